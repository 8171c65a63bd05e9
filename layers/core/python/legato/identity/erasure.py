"""Starting the workflow that erases a listener (infra/erasure.py)."""

import json
from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_CONFIG = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})


@cache
def client() -> "SFNClient":
    return cast("SFNClient", botocore.session.get_session().create_client("stepfunctions", config=_CONFIG))


def start(machine: str, listener_id: str) -> None:
    """A run of its own each time: one that is too many finds nothing to do."""
    client().start_execution(stateMachineArn=machine, input=json.dumps({"listener_id": listener_id}))
