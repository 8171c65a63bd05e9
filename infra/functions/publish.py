"""Ingest, last step: into the catalogue, or into the list of what failed and why."""

from constructs import Construct

from functions.publish.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def publish(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        work_bucket=data.work_bucket.bucket_name,
        media_bucket=data.media_bucket.bucket_name,
        ingest_table=data.ingest.table_name,
        catalog_table=data.catalog.table_name,
        media_table=data.media.table_name,
        rights_table=data.rights.table_name,
    )
    function = PythonFunction(scope, "Publish", package="publish", stage=stage, settings=settings, timeout_s=60)
    data.work_bucket.allow(function, "GetObject", below="ingest/")
    data.media_bucket.allow(function, "GetObject", below="media/")
    data.ingest.allow(function, "PutItem", "UpdateItem")
    data.catalog.allow(function, "DeleteItem", "PutItem", "Query")
    data.media.allow(function, "PutItem")
    data.rights.allow(function, "GetItem", "PutItem", "UpdateItem")
    return function
