"""Secrets Manager, read once and remembered for five minutes, so that a rotation needs no deployment."""

import time
from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH_SECONDS = 300
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 3})
_known: dict[tuple[str, str], tuple[float, str]] = {}


@cache
def client() -> "SecretsManagerClient":
    return cast("SecretsManagerClient", botocore.session.get_session().create_client("secretsmanager", config=_CONFIG))


def read(arn: str, *, stage: str = "AWSCURRENT", now: float | None = None) -> str:
    """The secret's text. While Secrets Manager is away, the last known value serves on.

    *stage* is a Secrets Manager version label. Raises botocore's ``ClientError`` where nothing is known.
    """
    now = time.monotonic() if now is None else now
    since, value = _known.get((arn, stage), (float("-inf"), ""))
    if now - since < FRESH_SECONDS:
        return value
    try:
        value = client().get_secret_value(SecretId=arn, VersionStage=stage)["SecretString"]
    except Exception:
        if (arn, stage) not in _known:
            raise
    _known[arn, stage] = (now, value)
    return value


def accepted(arn: str) -> tuple[str, ...]:
    """The values that count as right: the current one and, where the secret was ever rotated, the one before."""
    current = read(arn)
    try:
        return current, read(arn, stage="AWSPREVIOUS")
    except ClientError as fault:
        if fault.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        # Remembered like a value, or every request would ask again for what is not there.
        _known[arn, "AWSPREVIOUS"] = (time.monotonic(), "")
        return (current,)


def forget() -> None:
    """Drop what is remembered; tests begin with this."""
    _known.clear()
