"""The event stream: Kinesis, partitioned by listener, so that one listener's events keep their order."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from legato import log
from legato.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

ATTEMPTS = 4
_CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})


@cache
def client() -> "KinesisClient":
    return cast("KinesisClient", botocore.session.get_session().create_client("kinesis", config=_CONFIG))


@dataclass(frozen=True, slots=True)
class EventStream:
    name: str

    def put(self, listener_id: str, events: Sequence[bytes]) -> None:
        """Put up to 500 *events*. Those that Kinesis refuses are sent again, and only those.

        Raises `TryAgain` where it goes on refusing: the client sends the batch again, and the consumers know
        the events that they have seen.
        """
        waiting = [{"Data": event, "PartitionKey": listener_id} for event in events]
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0.5, 1) * 0.1 * 2**attempt)  # noqa: S311 -- spreads writers, guards nothing
            answer = client().put_records(StreamName=self.name, Records=waiting)  # type: ignore[arg-type]
            if not answer["FailedRecordCount"]:
                return
            waiting = [each for each, result in zip(waiting, answer["Records"], strict=True) if "ErrorCode" in result]
        log.warning("Kinesis refused events", left=len(waiting))
        raise TryAgain(retry_after=5)
