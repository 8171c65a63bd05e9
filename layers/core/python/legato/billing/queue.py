"""What billing has to do, in a queue: events of Stripe as they came, and customers who left."""

import json
from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})


@cache
def client() -> "SQSClient":
    return cast("SQSClient", botocore.session.get_session().create_client("sqs", config=_CONFIG))


def put(queue: str, event: str) -> None:
    """An event whose signature is good, word for word."""
    client().send_message(QueueUrl=queue, MessageBody=event)


def leave(queue: str, customer: str) -> None:
    """Nobody who left is charged again."""
    client().send_message(QueueUrl=queue, MessageBody=json.dumps({"leave": customer}))
