"""Lambda entry point of the state machine's second step."""

from typing import Any

from legato import dynamo, secrets
from legato.ingest import objects

from .app import handle

dynamo.client()
secrets.client()
objects.client()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    return handle(event)
