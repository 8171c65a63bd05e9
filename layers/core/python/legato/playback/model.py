"""Who plays what, on which device, and how many devices may play at once. Pure.

A session holds one of the plan's streams as a lease: progress and new grants renew it, and a device that
went away frees it by saying nothing. Times are epoch seconds unless a name ends in ``_ms``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from legato.billing.model import TERMS, Plan
from legato.errors import Conflict, Forbidden, NotFound, TooLarge
from legato.media.model import Package, Rendition, Tier
from legato.rights.model import Admission, up_to

MAX_TRACKS = 10
"""The most tracks that one request asks grants for."""
REMEMBERED_PLAYS = 40
"""Of how many grants a session remembers which track each was for."""
FINISHED_MS = 1_000
"""So near its end a track counts as heard, and the next time starts at its beginning."""


class TooManyStreams(Conflict):
    """Every stream of the plan is in use; ``device`` is the one that would have to stop."""


class SessionNotFound(NotFound): ...


class SessionEnded(Forbidden):
    """Taken over, or stopped by its listener; ``device`` is the one that plays now, if any."""


class PlayNotFound(NotFound): ...


class PlanTooLow(Forbidden):
    """The plan opens no quality of this track; ``needs`` is the smallest that does."""


class AskAlone(TooLarge):
    """The manifests of this queue do not fit into one answer; this track does, in a request of its own."""


class QualityNotAvailable(Forbidden):
    """Between what the deal permits and what was asked for, the track has no rendition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a play has come."""

    play_id: str
    position_ms: int
    state: str
    at_ms: int
    """When the device says it was so, never later than when we heard of it."""
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    id: str
    device: Device
    started: int
    lease: int
    """Until when the stream counts as in use."""
    signed_until: int
    """Until when a media signature of this session may open something."""
    plays: Mapping[str, str] = field(default_factory=dict)
    """Play → track."""
    current: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where the listener was when a session ended."""

    session_id: str
    device: Device
    track_id: str
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A listener's sessions, never more of them than the plan had streams when the last one began."""

    listener_id: str
    version: int = 0
    sessions: tuple[Session, ...] = ()
    last: Stop | None = None

    def session(self, id: str) -> Session | None:
        return next((session for session in self.sessions if session.id == id), None)

    def make_room(self, device: Device, *, streams: int, take_over: bool, now: int) -> tuple[Session, ...]:
        """The sessions that end so that *device* may begin one. Raises `TooManyStreams`.

        Its own earlier session always does; then those whose lease has run out; the oldest that still
        play only with *take_over*.
        """
        own = tuple(session for session in self.sessions if session.device.id == device.id)
        others = tuple(session for session in self.sessions if session.device.id != device.id)
        ending = _beyond(streams - 1, others, now)
        playing = [session for session in ending if session.lease > now]
        if playing and not take_over:
            raise TooManyStreams(device=shown(playing[0].device), streams=streams)
        return own + ending

    def surplus(self, *, streams: int, now: int) -> tuple[Session, ...]:
        """The sessions that end when the plan has fewer streams than it had: those a take-over would end first.

        Silent ones before those that play, and of these the oldest: the devices that began last play on.
        """
        return _beyond(streams, self.sessions, now)

    def where(self, ended: tuple[Session, ...] | None = None) -> Stop | None:
        """The newest progress known, of all sessions or of those *ended*, and of the past."""
        sessions = self.sessions if ended is None else ended
        stops = [
            Stop(session_id=s.id, device=s.device, track_id=s.plays[s.current.play_id], progress=s.current)
            for s in sessions
            if s.current and s.current.play_id in s.plays
        ]
        stops += [self.last] if self.last else []
        return max(stops, key=lambda stop: (stop.progress.seen, stop.progress.play_id), default=None)


def _beyond(room: int, sessions: tuple[Session, ...], now: int) -> tuple[Session, ...]:
    """Those for which there is no *room*: the silent ones first, then the oldest."""
    order = sorted(sessions, key=lambda session: (session.lease > now, session.started, session.id))
    return tuple(order[: max(0, len(order) - room)])


def shown(device: Device) -> dict[str, str]:
    return {"id": device.id, "name": device.name, "kind": device.kind}


def renditions_for(package: Package, plan: Plan, admission: Admission, quality: Tier) -> tuple[Rendition, ...]:
    """What plan, deal and wish leave of *package*, at least one. Raises `PlanTooLow` or `QualityNotAvailable`."""
    allowed = admission.tiers & up_to(quality)
    if found := package.for_tiers(TERMS[plan].tiers & allowed):
        return found
    for other, terms in TERMS.items():
        if package.for_tiers(terms.tiers & allowed):
            raise PlanTooLow(needs=other)
    raise QualityNotAvailable(quality=quality)


def resume_at(progress: Progress | None, duration_ms: int) -> int:
    """Where a track goes on: at its beginning once it was heard to the end."""
    if progress is None or progress.state == "ended" or progress.position_ms >= duration_ms - FINISHED_MS:
        return 0
    return progress.position_ms
