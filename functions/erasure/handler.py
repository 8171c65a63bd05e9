"""Lambda entry point: a step of the erasure workflow, twice in each run."""

from typing import Any

from legato import dynamo
from legato.telemetry import poison

from .app import erase

dynamo.client()
poison.client()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {"listener_id": event["listener_id"], "erased": erase(event["listener_id"])}
