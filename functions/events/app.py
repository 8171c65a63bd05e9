"""The intake of events: looked at, stamped and handed to the stream. What they mean is the consumers' business."""

import base64
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from legato.api import GUARDED, ON_THE_WIRE, from_json, new_api, timestamp, to_json
from legato.caller import caller
from legato.config import load
from legato.errors import MalformedRequest, TooLarge
from legato.telemetry import wire
from legato.telemetry.stream import EventStream

from .settings import Settings

LIMIT_BYTES = 1_048_576
"""Of a body once unpacked: 500 events of 2 kB."""

app = new_api(validate=False)
settings = cache(lambda: load(Settings))
stream = cache(lambda: EventStream(settings().event_stream))


class BodyTooLarge(TooLarge):
    """More than ``limit_bytes`` once unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    accepted: int


@app.post(
    "/v1/events",
    operation_id="sendEvents",
    tags=["events"],
    summary="Up to 500 playback events, as JSON or gzipped JSON; see docs/events.md",
    security=GUARDED,
    status_code=202,
)
def send_events(_: wire.Batch = ON_THE_WIRE) -> Accepted:
    now = datetime.now(UTC)
    listener = caller(app.current_event.raw_event).id
    events = wire.checked(_body(), now=now)
    stamp = {"listener_id": listener, "received_at": timestamp(now)}
    stream().put(listener, [to_json(event | stamp).encode() for event in events])
    return Accepted(accepted=len(events))


def _body() -> dict[str, Any]:
    event = app.current_event
    try:
        text = event.body or ""
        raw = base64.b64decode(text) if event.is_base64_encoded else text.encode()
        value = from_json(_unpacked(raw).decode())
    except (ValueError, zlib.error) as fault:
        raise MalformedRequest("the body is not JSON, nor gzipped JSON") from fault
    if not isinstance(value, dict):
        raise MalformedRequest("the body is not a JSON object")
    return value


def _unpacked(raw: bytes) -> bytes:
    """*raw*, gunzipped where it begins as gzip does (RFC 1952): the gateway may have dropped the header that says so."""
    if raw[:2] == b"\x1f\x8b":
        unzip = zlib.decompressobj(wbits=31)
        # One byte more than allowed is enough to know; a bomb is never unpacked.
        raw = unzip.decompress(raw, LIMIT_BYTES + 1)
    if len(raw) > LIMIT_BYTES:
        raise BodyTooLarge(limit_bytes=LIMIT_BYTES)
    return raw
