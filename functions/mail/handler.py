"""Lambda entry point, called without being waited for."""

from datetime import UTC, datetime
from typing import Any

from legato import dynamo
from legato.identity.links import Purpose
from legato.identity.mail import Wish

from .app import send

dynamo.client()


def handler(event: dict[str, Any], _context: Any) -> None:
    send(Wish(**event | {"purpose": Purpose(event["purpose"])}), datetime.now(UTC))
