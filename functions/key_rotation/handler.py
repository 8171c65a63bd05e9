"""Lambda entry point, called by a schedule."""

from datetime import UTC, datetime
from typing import Any

from legato import secrets

from .app import rotate

secrets.client()


def handler(_event: dict[str, Any], _context: Any) -> None:
    rotate(datetime.now(UTC))
