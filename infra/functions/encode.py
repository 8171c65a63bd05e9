"""Ingest, second step: the ladder, encrypted and packaged."""

from constructs import Construct

from functions.encode.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def encode(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        inbox_bucket=data.inbox_bucket.bucket_name,
        work_bucket=data.work_bucket.bucket_name,
        media_bucket=data.media_bucket.bucket_name,
        ingest_table=data.ingest.table_name,
        content_master_secret=data.content_master.arn,
    )
    function = PythonFunction(
        scope,
        "Encode",
        package="encode",
        stage=stage,
        settings=settings,
        layers=["media"],
        timeout_s=900,
        memory_mb=stage.encode_memory_mb,
        scratch_mb=10240,
    )
    data.inbox_bucket.allow(function, "GetObject", below="inbox/")
    data.work_bucket.allow(function, "GetObject", "PutObject", below="ingest/")
    data.media_bucket.allow(function, "PutObject", below="media/")
    data.ingest.allow(function, "UpdateItem")
    data.content_master.allow_read(function)
    return function
