"""Lambda entry point of the state machine's first step."""

from typing import Any

from legato import dynamo
from legato.ingest import objects

from .app import handle

dynamo.client()
objects.client()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    return handle(event)
