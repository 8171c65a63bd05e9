"""The listener's own account."""

from constructs import Construct

from functions.account.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.erasure import erasure_machine
from infra.stage import Stage


def account(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    erasure = erasure_machine(scope, data, stage)
    settings = Settings(
        identity_table=data.identity.table_name,
        billing_table=data.billing.table_name,
        library_table=data.library.table_name,
        playback_table=data.playback.table_name,
        origin_secret=data.origin_secret.arn,
        erasure_machine=erasure.state_machine_arn,
        foreign_issuer=bool(stage.issuer),
    )
    function = PythonFunction(
        scope,
        "Account",
        package="account",
        stage=stage,
        settings=settings,
        layers=["runtime", "schema", "crypto", "passkeys"],
    )
    data.identity.allow(function, "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query")
    data.billing.allow(function, "GetItem", "Query")
    data.library.allow(function, "Query")
    data.playback.allow(function, "Query")
    data.origin_secret.allow_read(function)
    function.allow("states:StartExecution", on=erasure.state_machine_arn)
    return function
