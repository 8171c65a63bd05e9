"""S3, as the steps of ingest use it: big files to and from disk, small JSON between the steps."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOR_EVER = "public, max-age=31536000, immutable"
"""For objects whose key changes with their content."""

# One PUT for what is not huge: parts cost a request each, and a song is small.
_TRANSFER = TransferConfig(multipart_threshold=100 << 20, multipart_chunksize=64 << 20, max_concurrency=4)


@cache
def client() -> "S3Client":
    return boto3.client("s3", config=Config(signature_version="s3v4", retries={"mode": "standard", "max_attempts": 5}))


def download(bucket: str, key: str, path: Path) -> None:
    client().download_file(bucket, key, str(path), Config=_TRANSFER)


def upload(path: Path, bucket: str, key: str, *, content_type: str) -> None:
    extra = {"ContentType": content_type, "CacheControl": FOR_EVER}
    client().upload_file(str(path), bucket, key, ExtraArgs=extra, Config=_TRANSFER)


def put(bucket: str, key: str, body: bytes, *, content_type: str, cache: str = "no-store") -> None:
    client().put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, CacheControl=cache)


def get(bucket: str, key: str) -> bytes:
    return client().get_object(Bucket=bucket, Key=key)["Body"].read()


def length(bucket: str, key: str) -> int:
    """Bytes of the object. Raises `ClientError` where it is not there."""
    return client().head_object(Bucket=bucket, Key=key)["ContentLength"]


def put_json(bucket: str, key: str, value: Any) -> None:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    put(bucket, key, text.encode(), content_type="application/json")


def get_json(bucket: str, key: str) -> Any:
    return json.loads(get(bucket, key))
