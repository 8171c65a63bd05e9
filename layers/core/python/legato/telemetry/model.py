"""Plays: what was heard, and what counts. Pure.

Everything is a function of the *set* of a play's events. Sets have no order and no duplicates, so neither has
the outcome: events that come twice, late or in another order change nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise

from legato.telemetry.grant import PlayGrant

QUALIFYING_MS = 30_000
"""What must be heard of a song for its play to count; half of it where it is shorter than twice that."""
NOT_GRANTED = "not-granted"
SLACK_MS = 2_000
"""How far a player's clock and its position may disagree between two events."""


class EventType(StrEnum):
    STARTED = "play_started"
    PROGRESS = "play_progress"
    PAUSED = "play_paused"
    RESUMED = "play_resumed"
    SEEKED = "play_seeked"
    STALLED = "play_stalled"
    ENDED = "play_ended"
    FAILED = "play_failed"
    QUALITY_SWITCHED = "quality_switched"


_SILENT_AFTER = frozenset({EventType.PAUSED, EventType.ENDED, EventType.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One observation of a player. Times are epoch milliseconds."""

    event_id: str
    type: EventType
    play_id: str
    track_id: str
    session_id: str
    listener_id: str
    at: int
    position_ms: int
    """Where the player is; after a seek, where it went."""
    received: int = 0
    """When it reached us, by our clock."""
    from_ms: int | None = None
    """Where a seek began, if the player says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the ledger keeps of an event."""

    event_id: str
    type: EventType
    at: int
    position_ms: int
    received: int = 0
    from_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One listener's hearing of one song: the ledger's entry."""

    play_id: str
    listener_id: str
    track_id: str
    session_id: str
    duration_ms: int
    """The song's own, from the catalogue; 0 where it is not known."""
    grant: PlayGrant | None = None
    """What it was granted for; None where we granted nothing of the kind: such a play never counts."""
    marks: frozenset[Mark] = frozenset()
    version: int = 0
    """How often the entry was written."""

    def with_events(self, events: Iterable[Event]) -> "Play":
        """This play with *events* added; itself where it knows them all."""
        marks = {mark.event_id: mark for mark in self.marks}
        for event in events:
            mark = mark_of(event)
            # One that was sent again came later: the first arrival stands, whichever we see first.
            marks[mark.event_id] = min(marks.get(mark.event_id, mark), mark, key=_arrival)
        found = frozenset(marks.values())
        return self if found == self.marks else replace(self, marks=found)

    def owns(self, event: Event) -> bool:
        """Whether *event* is of this play and not of one that only borrows its id."""
        return (event.listener_id, event.track_id) == (self.listener_id, self.track_id)

    @property
    def played_at(self) -> int:
        return min(mark.at for mark in self.marks)

    @property
    def heard_ms(self) -> int:
        """Never more than the time from the grant to the last word of the player, both by our own clock."""
        heard = heard_ms(self.marks, self.duration_ms)
        if self.grant is None:
            return heard
        return max(0, min(heard, max(mark.received for mark in self.marks) - self.grant.granted_at))

    @property
    def qualified(self) -> bool:
        return self.grant is not None and qualifies(self.heard_ms, self.duration_ms)

    @property
    def flagged(self) -> str | None:
        """Why the play is not to be believed."""
        return NOT_GRANTED if self.grant is None else None


def play_of(event: Event, duration_ms: int, grant: PlayGrant | None) -> Play:
    """The play that *event* belongs to, with nothing heard yet."""
    return Play(
        play_id=event.play_id,
        listener_id=event.listener_id,
        track_id=event.track_id,
        session_id=event.session_id,
        duration_ms=duration_ms,
        grant=grant,
    )


def mark_of(event: Event) -> Mark:
    return Mark(
        event_id=event.event_id,
        type=event.type,
        at=event.at,
        position_ms=event.position_ms,
        received=event.received,
        from_ms=event.from_ms,
    )


def heard_ms(marks: Iterable[Mark], duration_ms: int = 0) -> int:
    """How much of the song was heard, each part of it once.

    Between two events the player may have come forward as far as the clock did; a longer way is a jump, and
    what was jumped over was not heard. Stretches that were heard twice (a loop, a seek back) count once. The
    whole can never exceed the time from the first event to the last.
    """
    ordered = sorted(marks, key=lambda mark: (mark.at, mark.event_id))
    if not ordered:
        return 0
    stretches = [stretch for a, b in pairwise(ordered) if (stretch := _stretch(a, b))]
    end, total = 0, 0
    for begin, until in sorted(stretches):
        until = min(until, duration_ms or until)  # noqa: PLW2901 -- clipped to the song
        total += max(until - max(begin, end), 0)
        end = max(end, until)
    return min(total, ordered[-1].at - ordered[0].at)


def qualifies(heard: int, duration_ms: int) -> bool:
    if 0 < duration_ms < 2 * QUALIFYING_MS:
        return 2 * heard >= duration_ms
    return heard >= QUALIFYING_MS


def rfc3339(at: int) -> str:
    """Epoch milliseconds as ``2026-01-31T12:00:00.000Z``: of one length, so that text sorts as time."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _arrival(mark: Mark) -> tuple[int, int, str, int, int]:
    return mark.received, mark.at, mark.type, mark.position_ms, -1 if mark.from_ms is None else mark.from_ms


def _stretch(a: Mark, b: Mark) -> tuple[int, int] | None:
    if a.type in _SILENT_AFTER or b.type is EventType.STARTED:
        return None
    end = b.from_ms if b.type is EventType.SEEKED else b.position_ms
    if end is None or not 0 < end - a.position_ms <= b.at - a.at + SLACK_MS:
        return None
    return a.position_ms, end
