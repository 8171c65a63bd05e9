"""What ingest needs of the cloud: its buckets, tables and the content master, in moto."""

import json
from types import SimpleNamespace

import boto3
import pytest

from functions.encode import app as encode
from functions.ingests import app as ingests
from functions.inspect import app as inspect
from functions.publish import app as publish
from legato.audit.table import AuditTable
from legato.catalog.table import CatalogTable
from legato.ingest import objects
from legato.ingest.table import IngestTable
from legato.media.table import MediaTable
from legato.rights.table import RightsTable

MASTERS = json.dumps({"version": 1, "masters": {"1": "5a" * 32}})
APPS = (inspect, encode, publish, ingests)


@pytest.fixture
def cloud(tables, monkeypatch):
    _forget()
    for name in ("Catalog", "Rights", "Media", "Ingest", "Audit"):
        monkeypatch.setenv(f"{name.upper()}_TABLE", tables[name])
    for name in ("inbox", "work", "media", "art"):
        boto3.client("s3").create_bucket(
            Bucket=f"{name}-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        monkeypatch.setenv(f"{name.upper()}_BUCKET", f"{name}-bucket")
    secret = boto3.client("secretsmanager").create_secret(Name="masters", SecretString=MASTERS)
    monkeypatch.setenv("CONTENT_MASTER_SECRET", secret["ARN"])
    yield SimpleNamespace(
        catalog=CatalogTable(tables["Catalog"]),
        rights=RightsTable(tables["Rights"]),
        media=MediaTable(tables["Media"]),
        audit=AuditTable(tables["Audit"]),
        ingest=IngestTable(tables["Ingest"]),
        s3=boto3.client("s3"),
    )
    _forget()


def _forget():
    ingests.bus.cache_clear()
    objects.client.cache_clear()
    for app in APPS:
        app.settings.cache_clear()
        app.ingests.cache_clear()
    ingests.audit.cache_clear()
