"""What players send, read by hand: this function does without pydantic (docs/adr/0004)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from legato.errors import MalformedRequest
from legato.media.model import Tier
from legato.playback.model import MAX_TRACKS, Device

WEEK_MS = 7 * 86_400_000
_LIMITS = {"id": 128, "name": 128, "kind": 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    tracks: tuple[str, ...]
    device: Device
    quality: Tier
    take_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    play_id: str
    position_ms: int
    state: str
    at_ms: int | None


def start(body: Mapping[str, Any]) -> Start:
    """``{tracks, device: {id, name, kind}, quality?, take_over?}``."""
    device = body.get("device")
    if not isinstance(device, dict):
        raise MalformedRequest("device: an object {id, name, kind}")
    take_over = body.get("take_over", False)
    if not isinstance(take_over, bool):
        raise MalformedRequest("take_over: true or false")
    words = {name: _text(device, name, most, within="device.") for name, most in _LIMITS.items()}
    return Start(tracks=tracks(body), device=Device(**words), quality=quality(body), take_over=take_over)


def tracks(body: Mapping[str, Any]) -> tuple[str, ...]:
    found = body.get("tracks")
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_TRACKS or not all(isinstance(t, str) for t in found):
        raise MalformedRequest(f"tracks: a list of 1 to {MAX_TRACKS} track ids")
    return tuple(found)


def quality(body: Mapping[str, Any]) -> Tier:
    """The best tier the player wants; a wish above the plan is no fault, it is a ceiling."""
    try:
        return Tier(body.get("quality") or Tier.LOSSLESS)
    except ValueError as fault:
        raise MalformedRequest(f"quality: one of {', '.join(Tier)}") from fault


def report(body: Mapping[str, Any]) -> Report:
    """``{play_id, position_ms, state, at?}``; ``at`` is when the device says it was so, RFC 3339."""
    position = body.get("position_ms")
    if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position < WEEK_MS:
        raise MalformedRequest("position_ms: whole milliseconds from the start of the track")
    at = body.get("at")
    return Report(
        play_id=_text(body, "play_id", 64),
        position_ms=position,
        state=_text(body, "state", 32),
        at_ms=None if at is None else _moment_ms(at),
    )


def _text(source: Mapping[str, Any], name: str, most: int, *, within: str = "") -> str:
    value = source.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise MalformedRequest(f"{within}{name}: a text of 1 to {most} characters")
    return value


def _moment_ms(text: Any) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as fault:
        raise MalformedRequest("at: a time as RFC 3339 writes it") from fault
    if moment.tzinfo is None:
        raise MalformedRequest("at: a time with its offset from UTC")
    return int(moment.timestamp() * 1000)
