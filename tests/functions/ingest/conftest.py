"""What ingest needs of the cloud: its buckets, tables and the content master, in moto."""

import json
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from functions.encode import app as encode
from functions.ingests import app as ingests
from functions.inspect import app as inspect
from functions.publish import app as publish
from legato import dynamo, secrets
from legato.catalog.table import CatalogTable
from legato.ingest import objects
from legato.ingest.table import IngestTable
from legato.media.table import MediaTable
from legato.rights.table import RightsTable

MASTERS = json.dumps({"version": 1, "masters": {"1": "5a" * 32}})
CACHED = (
    dynamo.client,
    secrets.client,
    objects.client,
    inspect.settings,
    inspect.ingests,
    encode.settings,
    encode.ingests,
    publish.settings,
    publish.ingests,
    ingests.settings,
    ingests.ingests,
)


@pytest.fixture
def cloud(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    _forget()
    with mock_aws():
        for name in ("catalog", "rights", "media", "ingest"):
            _table(name)
            monkeypatch.setenv(f"{name.upper()}_TABLE", name)
        for name in ("inbox", "work", "media", "art"):
            boto3.client("s3").create_bucket(
                Bucket=f"{name}-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
            )
            monkeypatch.setenv(f"{name.upper()}_BUCKET", f"{name}-bucket")
        secret = boto3.client("secretsmanager").create_secret(Name="masters", SecretString=MASTERS)
        monkeypatch.setenv("CONTENT_MASTER_SECRET", secret["ARN"])
        yield SimpleNamespace(
            catalog=CatalogTable("catalog"),
            rights=RightsTable("rights"),
            media=MediaTable("media"),
            ingest=IngestTable("ingest"),
            s3=boto3.client("s3"),
            masters=MASTERS,
        )
    _forget()


def _forget():
    for cached in CACHED:
        cached.cache_clear()
    secrets.forget()


def _table(name):
    keys, index = {"pk": "HASH", "sk": "RANGE"}, {"shelf": "HASH", "rank": "RANGE"}
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": k, "KeyType": v} for k, v in keys.items()],
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys | index],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "listing",
                "KeySchema": [{"AttributeName": k, "KeyType": v} for k, v in index.items()],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
