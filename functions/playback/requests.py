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
class AddGrants:
    tracks: tuple[str, ...]
    """1 to 10 track ids."""
    quality: Tier = Tier.LOSSLESS
    """The best tier the player wants; a wish above the plan is no fault, it is a ceiling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPlayback(AddGrants):
    device: Device
    take_over: bool = False
    """At the cap, end the oldest session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProgress:
    play_id: str
    position_ms: int
    state: str
    """The player's own word: ``playing``, ``paused``; ``ended`` makes the next time start at the beginning."""
    at: datetime | None = None
    """When the device says it was so; without it a play only goes forward."""


def start(body: Mapping[str, Any]) -> StartPlayback:
    device = body.get("device")
    if not isinstance(device, dict):
        raise MalformedRequest("device: an object {id, name, kind}")
    take_over = body.get("take_over", False)
    if not isinstance(take_over, bool):
        raise MalformedRequest("take_over: true or false")
    words = {name: _text(device, name, most, within="device.") for name, most in _LIMITS.items()}
    return StartPlayback(tracks=_tracks(body), device=Device(**words), quality=_quality(body), take_over=take_over)


def more(body: Mapping[str, Any]) -> AddGrants:
    return AddGrants(tracks=_tracks(body), quality=_quality(body))


def report(body: Mapping[str, Any]) -> ReportProgress:
    position = body.get("position_ms")
    if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position < WEEK_MS:
        raise MalformedRequest("position_ms: whole milliseconds from the start of the track")
    at = body.get("at")
    return ReportProgress(
        play_id=_text(body, "play_id", 64),
        position_ms=position,
        state=_text(body, "state", 32),
        at=None if at is None else _moment(at),
    )


def _tracks(body: Mapping[str, Any]) -> tuple[str, ...]:
    found = body.get("tracks")
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_TRACKS or not all(isinstance(t, str) for t in found):
        raise MalformedRequest(f"tracks: a list of 1 to {MAX_TRACKS} track ids")
    return tuple(found)


def _quality(body: Mapping[str, Any]) -> Tier:
    try:
        return Tier(body.get("quality") or Tier.LOSSLESS)
    except ValueError as fault:
        raise MalformedRequest(f"quality: one of {', '.join(Tier)}") from fault


def _text(source: Mapping[str, Any], name: str, most: int, *, within: str = "") -> str:
    value = source.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise MalformedRequest(f"{within}{name}: a text of 1 to {most} characters")
    return value


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as fault:
        raise MalformedRequest("at: a time as RFC 3339 writes it") from fault
    if moment.tzinfo is None:
        raise MalformedRequest("at: a time with its offset from UTC")
    return moment
