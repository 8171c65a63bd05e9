"""The sender of mail."""

from aws_cdk import Stack
from constructs import Construct

from functions.mail.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def mail(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(identity_table=data.identity.table_name, mail_from=stage.mail_from)
    function = PythonFunction(scope, "Mail", package="mail", stage=stage, settings=settings, timeout_s=30)
    data.identity.allow(function, "GetItem", "PutItem")
    if stage.mail_from:
        identity = stage.mail_identity or stage.mail_from.rpartition("@")[2]
        arn = Stack.of(scope).format_arn(service="ses", resource="identity", resource_name=identity)
        function.allow("ses:SendEmail", on=arn)
    return function
