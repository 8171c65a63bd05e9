"""Asking for a mail. The asker never learns whether one was sent, not even by the time it takes.

Looking the address up, making the link and talking to SES is the work of function ``mail``, called without
waiting for it: for an address that nobody has, exactly as for another.
"""

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from legato import log
from legato.identity.links import Purpose

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 2})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What function ``mail`` is called with."""

    purpose: Purpose
    address_key: str
    origin: str
    """``https://host`` that the link leads to: CloudFront answers for no host but its own."""


@cache
def client() -> "LambdaClient":
    return cast("LambdaClient", botocore.session.get_session().create_client("lambda", config=_CONFIG))


def ask(function: str, wish: Wish) -> None:
    """Does not fail: who registers is registered, and who forgot his password asks again."""
    try:
        client().invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(asdict(wish)).encode())
    except (ClientError, BotoCoreError) as fault:
        log.error("mail not asked for", fault, purpose=wish.purpose)
