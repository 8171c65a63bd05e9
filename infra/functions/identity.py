"""The issuer of tokens."""

from constructs import Construct

from functions.identity.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def identity(scope: Construct, data: Data, stage: Stage, *, issuer: str, mail: PythonFunction) -> PythonFunction:
    settings = Settings(
        identity_table=data.identity.table_name,
        billing_table=data.billing.table_name,
        signing_keys_secret=data.token_keys.arn,
        origin_secret=data.origin_secret.arn,
        issuer=issuer,
        audience=stage.audience,
        mail_function=mail.function_name,
    )
    function = PythonFunction(
        scope,
        "Identity",
        package="identity",
        stage=stage,
        settings=settings,
        layers=["runtime", "schema", "crypto", "passkeys"],
    )
    data.identity.allow(function, "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query")
    function.allow("lambda:InvokeFunction", on=mail.function_arn)
    data.billing.allow(function, "GetItem")
    data.token_keys.allow_read(function)
    data.origin_secret.allow_read(function)
    return function
