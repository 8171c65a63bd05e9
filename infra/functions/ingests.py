"""Uploads and what became of them, by the operator."""

from constructs import Construct

from functions.ingests.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def ingests(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        ingest_table=data.ingest.table_name,
        audit_table=data.audit.table_name,
        inbox_bucket=data.inbox_bucket.bucket_name,
    )
    function = PythonFunction(
        scope, "Ingests", package="ingests", stage=stage, settings=settings, layers=["runtime", "schema"]
    )
    data.ingest.allow(function, "PutItem")
    data.ingest.allow_listing(function)
    data.audit.allow(function, "PutItem")
    # The presigned upload is judged by the role that signed it.
    data.inbox_bucket.allow(function, "PutObject", below="inbox/")
    return function
