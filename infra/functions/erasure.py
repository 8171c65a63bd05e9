"""The erasure of a listener."""

from constructs import Construct

from functions.erasure.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def erasure(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        identity_table=data.identity.table_name,
        billing_table=data.billing.table_name,
        billing_queue=data.billing_queue.queue_url,
        library_table=data.library.table_name,
        playback_table=data.playback.table_name,
        telemetry_table=data.telemetry.table_name,
        poison_bucket=data.failure_bucket.bucket_name,
    )
    function = PythonFunction(scope, "Erasure", package="erasure", stage=stage, settings=settings, timeout_s=900)
    data.identity.allow(function, "GetItem", "DeleteItem", "Query")
    data.billing.allow(function, "GetItem", "Query", "DeleteItem")
    function.allow("sqs:SendMessage", on=data.billing_queue.queue_arn)
    data.library.allow(function, "Query", "DeleteItem")
    data.playback.allow(function, "Query", "DeleteItem", "UpdateItem")
    data.telemetry.allow(function, "UpdateItem")
    data.failure_bucket.allow(function, "GetObject", "DeleteObject", below="events/")
    data.failure_bucket.allow_list(function)
    return function
