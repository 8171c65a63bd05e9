"""The part of the cloud that listening needs: tables, buckets, the stream and the origin secret, empty."""

from contextlib import contextmanager
from types import SimpleNamespace

import boto3
import pytest

from legato import dynamo
from legato.catalog.table import CatalogTable
from legato.rights.table import RightsTable
from legato.search import versions
from legato.telemetry import poison, stream
from tests.player_events import KEYS


def _bucket(name):
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


@pytest.fixture
def cloud(tables, monkeypatch):
    clients = (versions.client, poison.client, stream.client)
    for client in clients:
        client.cache_clear()
    boto3.client("kinesis").create_stream(StreamName="events", ShardCount=2)
    settings = {f"{name.upper()}_TABLE": table for name, table in tables.items()} | {
        "ORIGIN_SECRET": boto3.client("secretsmanager").create_secret(Name="origin", SecretString="s3cret")["ARN"],
        "INDEX_BUCKET": _bucket("index"),
        "POISON_BUCKET": _bucket("failures"),
        "EVENT_STREAM": "events",
        "PLAY_KEYS_SECRET": boto3.client("secretsmanager").create_secret(Name="plays", SecretString=KEYS.text)["ARN"],
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield SimpleNamespace(catalog=CatalogTable(tables["Catalog"]), rights=RightsTable(tables["Rights"]), tables=tables)
    for client in clients:
        client.cache_clear()


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
