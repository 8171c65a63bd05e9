"""Music that devices keep."""

from constructs import Construct

from functions.downloads.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def downloads(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        playback_table=data.playback.table_name,
        rights_table=data.rights.table_name,
        media_table=data.media.table_name,
        billing_table=data.billing.table_name,
        media_signing_secret=data.media_signing.arn,
        media_key_pair_id=data.media_key_pair_id,
        licence_secret=data.licence_secret.arn,
        play_keys_secret=data.play_keys.arn,
        origin_secret=data.origin_secret.arn,
        grant_ttl_seconds=stage.grant_seconds,
    )
    function = PythonFunction(
        scope, "Downloads", package="downloads", stage=stage, settings=settings, layers=["runtime", "schema", "crypto"]
    )
    data.playback.allow(function, "BatchGetItem", "DeleteItem", "PutItem", "Query")
    for table in (data.rights, data.media, data.billing):
        table.allow(function, "BatchGetItem")
    for secret in (data.media_signing, data.licence_secret, data.play_keys, data.origin_secret):
        secret.allow_read(function)
    return function
