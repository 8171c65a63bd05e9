"""Lambda entry point. Connect here, during init, while the CPU is generous."""

from typing import Any

from legato.search import versions

from .app import handle

versions.client()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return handle(event)
