"""Lambda entry point: batches of two DynamoDB streams, and a schedule that prunes."""

from datetime import UTC, datetime
from typing import Any

from legato import dynamo
from legato.config import load
from legato.playback.table import PlaybackTable
from legato.rights.table import RightsTable

from . import store
from .app import EdgeWriter
from .settings import Settings

settings = load(Settings)
writer = EdgeWriter(
    store=store.Store(settings.key_value_store),
    rights=RightsTable(settings.rights_table),
    playback=PlaybackTable(settings.playback_table),
    longest_signature_s=settings.longest_signature_s,
)
dynamo.client()
store.client()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any] | None:
    now = datetime.now(UTC)
    if "Records" in event:
        return writer.follow(event, now)
    writer.prune(now)
    return None
