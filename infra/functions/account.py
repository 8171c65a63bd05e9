"""The listener's own account."""

from constructs import Construct

from functions.account.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def account(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        identity_table=data.identity.table_name,
        billing_table=data.billing.table_name,
        library_table=data.library.table_name,
        playback_table=data.playback.table_name,
        foreign_issuer=bool(stage.issuer),
    )
    function = PythonFunction(
        scope, "Account", package="account", stage=stage, settings=settings, layers=["runtime", "schema", "crypto"]
    )
    data.identity.allow(function, "GetItem", "UpdateItem", "DeleteItem", "Query")
    if stage.issuer:
        data.identity.allow(function, "PutItem")
    data.billing.allow(function, "GetItem", "Query", "DeleteItem")
    data.library.allow(function, "Query", "DeleteItem")
    data.playback.allow(function, "Query", "DeleteItem")
    return function
