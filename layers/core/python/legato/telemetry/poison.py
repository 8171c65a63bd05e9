"""Records that nobody can use, set aside whole: ``events/<shard>/<sequence>.json`` → ``{reason, data}``."""

import base64
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})


@cache
def client() -> "S3Client":
    return cast("S3Client", botocore.session.get_session().create_client("s3", config=_CONFIG))


@dataclass(frozen=True, slots=True)
class PoisonBucket:
    name: str

    def put(self, event_id: str, data: str, reason: str) -> None:
        """*event_id* is ``<shard>:<sequence>``, so a record that is delivered again lands on itself; *data* is base64."""
        key = f"events/{event_id.replace(':', '/')}.json"
        body = json.dumps({"reason": reason, "data": data}).encode()
        client().put_object(Bucket=self.name, Key=key, Body=body, ContentType="application/json")

    def delete_of(self, listener_id: str) -> int:
        """Delete every record that names the listener. Reads them all: this bucket is empty on a good day."""
        found = 0
        for page in client().get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix="events/"):
            for key in [each["Key"] for each in page.get("Contents", [])]:
                with suppress(client().exceptions.NoSuchKey):  # another erasure was quicker
                    held = json.loads(client().get_object(Bucket=self.name, Key=key)["Body"].read())
                    if listener_id.encode() in base64.b64decode(held["data"]):
                        client().delete_object(Bucket=self.name, Key=key)
                        found += 1
        return found
