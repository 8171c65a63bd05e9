"""Content keys, for those whose plan opens them."""

from constructs import Construct

from functions.licences.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def licences(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        playback_table=data.playback.table_name,
        rights_table=data.rights.table_name,
        billing_table=data.billing.table_name,
        licence_secret=data.licence_secret.arn,
        content_master_secret=data.content_master.arn,
        origin_secret=data.origin_secret.arn,
    )
    function = PythonFunction(scope, "Licences", package="licences", stage=stage, settings=settings, layers=["runtime"])
    for table in (data.playback, data.rights, data.billing):
        table.allow(function, "BatchGetItem")
    for secret in (data.licence_secret, data.content_master, data.origin_secret):
        secret.allow_read(function)
    return function
