"""Lambda entry point. Connect here, during init, while the CPU is generous."""

from typing import Any

from legato import dynamo, secrets

from .app import handle

dynamo.client()
secrets.client()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return handle(event)
