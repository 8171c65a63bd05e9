"""The custom resource that puts the built web app into its bucket, and takes out what it no longer needs.

Properties: ``Bucket``, and ``SourceBucket`` and ``SourceKey`` of the zip that the CDK uploaded.
"""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from legato.custom_resource import Made, Request

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HASHED = "assets/"
"""Vite names what lies here by its contents, so it never changes."""
FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
OPEN_PAGES = timedelta(days=7)
"""How long a page that is open may still ask for the chunks it was built with."""
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@cache
def s3() -> "S3Client":
    config = Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})
    return cast("S3Client", botocore.session.get_session().create_client("s3", config=config))


def serve(request: Request) -> Made:
    """Make the bucket hold the zip's files. Deleting the resource leaves them: the bucket is retained."""
    bucket = request.properties["Bucket"]
    if request.kind != "Delete":
        source = s3().get_object(Bucket=request.properties["SourceBucket"], Key=request.properties["SourceKey"])
        with zipfile.ZipFile(io.BytesIO(source["Body"].read())) as built:
            names = {entry.filename for entry in built.infolist() if not entry.is_dir()}
            # Pages last: whoever gets the new one finds everything it names.
            for name in sorted(names, key=lambda name: (not name.startswith(HASHED), name)):
                _put(bucket, name, built.read(name))
        _remove_stale(bucket, names, datetime.now(UTC))
    return Made(id=f"{bucket}/web-app", attributes={})


def _put(bucket: str, name: str, content: bytes) -> None:
    s3().put_object(
        Bucket=bucket,
        Key=name,
        Body=content,
        ContentType=CONTENT_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream"),
        CacheControl=FOREVER if name.startswith(HASHED) else ASK_FIRST,
    )


def _remove_stale(bucket: str, names: set[str], now: datetime) -> None:
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", []):
            young = found["Key"].startswith(HASHED) and now - found["LastModified"] < OPEN_PAGES
            if found["Key"] not in names and not young:
                s3().delete_object(Bucket=bucket, Key=found["Key"])
