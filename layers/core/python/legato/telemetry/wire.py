"""Events as clients send them (docs/events.md), read once at the intake and once by every consumer. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from legato.errors import MalformedRequest
from legato.telemetry.model import Event, EventType

MOST_EVENTS = 500
"""In one request; also the most records of one PutRecords."""
LATEST = timedelta(days=30)
"""How late an event may come: a telephone that was off the net for a month."""
AHEAD = timedelta(days=1)
"""How far a client's clock may be ahead."""
LONGEST_MS = 24 * 3_600_000
"""The last position anybody may be at."""
MOST_DETAILS = 32
LONGEST_DETAIL = 256

_EXACT = 2**53
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_IDS = {"play_id": ("ply",), "track_id": ("trk",), "session_id": ("ses", "dwn")}
"""A play without a network belongs to the download that it was heard from."""
_ID = re.compile(r"(ply|trk|ses|dwn)_[A-Za-z0-9_-]{1,64}")
_DETAIL = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAMED = frozenset({"event_id", "type", *_IDS, "at", "position_ms", "from_ms"})
_OURS = frozenset({"listener_id", "received_at"})
"""What the intake adds: a client that says it is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvent:
    """What a player says. It may say more: flat members of its own, text up to 256 characters or numbers."""

    event_id: str
    """A UUIDv7 that the client makes: an event that is sent twice counts once."""
    type: EventType
    play_id: str
    track_id: str
    session_id: str
    at: datetime
    """By the client's clock, with its zone."""
    position_ms: int
    """Where the player is; after a seek, where it went."""
    from_ms: int | None = None
    """Where a seek began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    events: list[SentEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with one event of a request."""

    index: int
    at: str
    fault: str


def checked(body: Mapping[str, Any], *, now: datetime) -> list[dict[str, Any]]:
    """The events of a request, as sent. Raises `MalformedRequest` with the index of every fault."""
    events = body.get("events")
    if not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
        raise MalformedRequest(f"events: a list of 1 to {MOST_EVENTS}")
    faults = [
        Fault(index=n, at=at, fault=why) for n, event in enumerate(events) for at, why in faults_of(event, now=now)
    ]
    if faults:
        errors = [{"index": fault.index, "at": fault.at, "fault": fault.fault} for fault in faults]
        raise MalformedRequest(
            f"{len({fault.index for fault in faults})} events are not what they should be", errors=errors
        )
    return events


def faults_of(event: object, *, now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with *event*: ``(field, why)``."""
    if not isinstance(event, dict):
        yield "", "not an object"
        return
    if not _matches(_UUID7, event.get("event_id")):
        yield "event_id", "not a UUIDv7 (RFC 9562)"
    if event.get("type") not in list(EventType):
        yield "type", f"none of {', '.join(EventType)}"
    for name, prefixes in _IDS.items():
        if not _matches(_ID, event.get(name)) or not event[name].startswith(prefixes):
            yield name, f"not an id {' or '.join(f'{prefix}_…' for prefix in prefixes)}"
    moment = _moment(event.get("at"))
    if moment is None:
        yield "at", "not a time with its zone (RFC 3339)"
    elif not now - LATEST <= moment <= now + AHEAD:
        yield "at", f"more than {LATEST.days} days ago, or in the future"
    if not _is_position(event.get("position_ms")):
        yield "position_ms", f"not an integer from 0 to {LONGEST_MS}"
    if event.get("from_ms") is not None and not _is_position(event["from_ms"]):
        yield "from_ms", f"not an integer from 0 to {LONGEST_MS}"
    yield from _faults_of_details(event)


def event_of(sent: Mapping[str, Any]) -> Event:
    """A record of the stream. Raises `KeyError`, `TypeError` or `ValueError` where it is not one of ours."""
    received = datetime.fromisoformat(sent["received_at"])
    if fault := next(faults_of(dict(sent), now=received), None):
        raise ValueError(": ".join(fault))
    return Event(
        event_id=sent["event_id"].lower(),
        type=EventType(sent["type"]),
        play_id=sent["play_id"],
        track_id=sent["track_id"],
        session_id=sent["session_id"],
        listener_id=sent["listener_id"],
        # Later than it was received is impossible: the client's clock is ahead.
        at=min(_milliseconds(datetime.fromisoformat(sent["at"])), _milliseconds(received)),
        position_ms=sent["position_ms"],
        received=_milliseconds(received),
        from_ms=sent.get("from_ms"),
    )


def _faults_of_details(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything beyond the named fields is the client's to add, as long as it stays small and flat."""
    details = {name: value for name, value in event.items() if name not in _NAMED | _OURS}
    if len(details) > MOST_DETAILS:
        yield "", f"more than {MOST_DETAILS} members"
    for name, value in details.items():
        if not _DETAIL.fullmatch(name):
            yield name[:40], "a name of lower-case letters, digits and underscores, 40 at most"
        elif isinstance(value, str) and len(value) > LONGEST_DETAIL:
            yield name, f"longer than {LONGEST_DETAIL} characters"
        elif not isinstance(value, str | int | float | None):
            yield name, "neither text nor number, true, false or null"
        elif isinstance(value, int | float) and not -_EXACT <= value <= _EXACT:
            yield name, "a number beyond what a double holds exactly"


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_position(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_MS


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
