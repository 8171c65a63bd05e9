"""The ledger of plays, and what each listener heard."""

from constructs import Construct

from functions.history.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def history(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        catalog_table=data.catalog.table_name,
        telemetry_table=data.telemetry.table_name,
        library_table=data.library.table_name,
        poison_bucket=data.failure_bucket.bucket_name,
        play_keys_secret=data.play_keys.arn,
    )
    function = PythonFunction(scope, "History", package="history", stage=stage, settings=settings, timeout_s=60)
    data.catalog.allow(function, "BatchGetItem")
    data.telemetry.allow(function, "BatchGetItem", "PutItem")
    data.library.allow(function, "DeleteItem", "PutItem")
    data.failure_bucket.allow(function, "PutObject", below="events/")
    data.play_keys.allow_read(function)
    function.allow(
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        on=data.event_stream.stream_arn,
    )
    return function
