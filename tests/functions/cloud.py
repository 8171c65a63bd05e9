"""The part of the cloud that listening needs: tables, buckets, the stream and the origin secret, empty."""

from contextlib import contextmanager
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from legato import dynamo, secrets
from legato.catalog.table import CatalogTable
from legato.rights.table import RightsTable
from legato.search import versions


def _table(name, *, listing=False):
    keys = {"pk": "HASH", "sk": "RANGE"}
    index = {"shelf": "HASH", "rank": "RANGE"}
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": k, "KeyType": v} for k, v in keys.items()],
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in (keys | index if listing else keys)],
        **(
            {
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "listing",
                        "KeySchema": [{"AttributeName": k, "KeyType": v} for k, v in index.items()],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ]
            }
            if listing
            else {}
        ),
    )
    return name


def _bucket(name):
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


@pytest.fixture
def cloud(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    for cached in (dynamo.client, secrets.client, versions.client):
        cached.cache_clear()
    secrets.forget()
    with mock_aws():
        secret = boto3.client("secretsmanager").create_secret(Name="origin", SecretString="s3cret")
        names = {
            "CATALOG_TABLE": _table("catalog", listing=True),
            "RIGHTS_TABLE": _table("rights"),
            "LIBRARY_TABLE": _table("library"),
            "TELEMETRY_TABLE": _table("telemetry"),
            "ORIGIN_SECRET": secret["ARN"],
            "INDEX_BUCKET": _bucket("index"),
            "POISON_BUCKET": _bucket("failures"),
            "EVENT_STREAM": "events",
        }
        boto3.client("kinesis").create_stream(StreamName="events", ShardCount=2)
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        yield SimpleNamespace(catalog=CatalogTable("catalog"), rights=RightsTable("rights"))
    for cached in (dynamo.client, secrets.client, versions.client):
        cached.cache_clear()
    secrets.forget()


@pytest.fixture
def calls(cloud):
    """Which DynamoDB operations were made: ``with counted() as made`` collects their names in order."""

    @contextmanager
    def counted():
        made = []
        events = dynamo.client().meta.events
        note = lambda model, **_: made.append(model.name)  # noqa: E731
        events.register("before-call.dynamodb", note)
        try:
            yield made
        finally:
            events.unregister("before-call.dynamodb", note)

    return counted
