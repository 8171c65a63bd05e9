"""Secrets Manager, read once and remembered for five minutes, so that a rotation needs no deployment."""

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from legato import log

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH_SECONDS = 300
OVERLAP_SECONDS = 24 * 3600
"""How long after a rotation the value before it is still accepted: CloudFront needs a deployment to learn the new one."""
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 3})


@dataclass(frozen=True, slots=True)
class _Known:
    asked: float
    """Monotonic seconds."""
    text: str
    made: float
    """Epoch seconds: when this version was stored."""


_known: dict[tuple[str, str], _Known] = {}


@cache
def client() -> "SecretsManagerClient":
    return cast("SecretsManagerClient", botocore.session.get_session().create_client("secretsmanager", config=_CONFIG))


def read(arn: str, *, stage: str = "AWSCURRENT", now: float | None = None) -> str:
    """The secret's text. While Secrets Manager is away, the last known value serves on.

    *stage* is a Secrets Manager version label. Raises botocore's ``ClientError`` where nothing is known.
    """
    return _version(arn, stage, time.monotonic() if now is None else now).text


def accepted(arn: str) -> tuple[str, ...]:
    """The values that count as right: the current one and, for a day after a rotation, the one before."""
    current = _version(arn, "AWSCURRENT", time.monotonic())
    if time.time() - current.made > OVERLAP_SECONDS:
        return (current.text,)
    try:
        return current.text, read(arn, stage="AWSPREVIOUS")
    except ClientError as fault:
        if fault.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        # Remembered like a value, or every request would ask again for what is not there.
        _known[arn, "AWSPREVIOUS"] = _Known(time.monotonic(), "", 0)
        return (current.text,)


def _version(arn: str, stage: str, now: float) -> _Known:
    before = _known.get((arn, stage))
    if before and now - before.asked < FRESH_SECONDS:
        return before
    try:
        answer = client().get_secret_value(SecretId=arn, VersionStage=stage)
        found = _Known(now, answer["SecretString"], answer["CreatedDate"].timestamp())
    except (BotoCoreError, ClientError) as fault:
        if not before:
            raise
        log.error("a secret cannot be read; its last known value serves on", fault)
        found = _Known(now, before.text, before.made)
    _known[arn, stage] = found
    return found


def forget() -> None:
    """Drop what is remembered; tests begin with this."""
    _known.clear()
