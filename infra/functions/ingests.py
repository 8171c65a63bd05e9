"""Uploads and what became of them, by the operator."""

from aws_cdk import Stack
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
    data.ingest.allow(function, "BatchGetItem", "GetItem", "PutItem")
    data.ingest.allow_listing(function)
    data.audit.allow(function, "PutItem")
    # A redrive is an event; who hears it is Ingest's part, which is deployed later.
    bus = Stack.of(scope).format_arn(service="events", resource="event-bus", resource_name="default")
    function.allow("events:PutEvents", on=bus)
    # The presigned upload is judged by the role that signed it.
    data.inbox_bucket.allow(function, "PutObject", below="inbox/")
    return function
