"""The data plane of one CloudFront KeyValueStore: every write needs the store's ETag of that moment."""

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudfront_keyvaluestore import CloudFrontKeyValueStoreClient

CHUNK = 50
"""The most keys that one UpdateKeys takes, and that one ListKeys returns (CloudFront quotas)."""
ATTEMPTS = 8
_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})


@cache
def client() -> "CloudFrontKeyValueStoreClient":
    # The data plane signs with SigV4A, for which botocore needs awscrt: it is in the layer.
    made = botocore.session.get_session().create_client("cloudfront-keyvaluestore", config=_CONFIG)
    return cast("CloudFrontKeyValueStoreClient", made)


@dataclass(frozen=True, slots=True)
class Store:
    arn: str

    def pages(self) -> Iterator[dict[str, str]]:
        """Everything in the store, `CHUNK` keys at a time."""
        more: dict[str, str] = {}
        while True:
            answer = client().list_keys(KvsARN=self.arn, MaxResults=CHUNK, **more)
            yield {item["Key"]: item["Value"] for item in answer.get("Items", [])}
            if "NextToken" not in answer:
                return
            more = {"NextToken": answer["NextToken"]}

    def write(self, wanted: Mapping[str, str | None]) -> None:
        """Put these values; None deletes a key, which must be there. Each `CHUNK` is written whole or not at all."""
        changes = iter(wanted.items())
        while chunk := dict(islice(changes, CHUNK)):
            self._write(chunk)

    def _write(self, chunk: Mapping[str, str | None]) -> None:
        puts = [{"Key": key, "Value": value} for key, value in chunk.items() if value is not None]
        deletes = [{"Key": key} for key, value in chunk.items() if value is None]
        lists = {name: each for name, each in (("Puts", puts), ("Deletes", deletes)) if each}
        for attempt in range(ATTEMPTS):
            etag = client().describe_key_value_store(KvsARN=self.arn)["ETag"]
            try:
                client().update_keys(KvsARN=self.arn, IfMatch=etag, **lists)  # type: ignore[arg-type]
            except ClientError as fault:
                # Somebody else wrote in between; this function is one at a time, an operator's script is not.
                lost = fault.response.get("Error", {}).get("Code") == "ConflictException"
                if not lost or attempt == ATTEMPTS - 1:
                    raise
            else:
                return
            # Writers that met once would meet again and again; at most 4 s in all.
            time.sleep(random.uniform(0.05, 1) * 0.05 * 2 ** min(attempt, 4))  # noqa: S311 -- spreads writers, guards nothing
