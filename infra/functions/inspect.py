"""Ingest, first step: is it music, and what does it say of itself?"""

from constructs import Construct

from functions.inspect.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def inspect(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        inbox_bucket=data.inbox_bucket.bucket_name,
        work_bucket=data.work_bucket.bucket_name,
        art_bucket=data.art_bucket.bucket_name,
        ingest_table=data.ingest.table_name,
    )
    function = PythonFunction(
        scope,
        "Inspect",
        package="inspect",
        stage=stage,
        settings=settings,
        layers=["media"],
        timeout_s=300,
        memory_mb=2048,
        scratch_mb=10240,
    )
    data.inbox_bucket.allow(function, "GetObject", below="inbox/")
    data.work_bucket.allow(function, "PutObject", below="ingest/")
    data.art_bucket.allow(function, "PutObject", below="art/")
    data.ingest.allow(function, "DeleteItem", "GetItem", "UpdateItem")
    return function
