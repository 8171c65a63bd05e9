"""What the playback function answers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from legato.playback.grants import Grant
from legato.playback.model import Device, Player, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedTrack:
    track_id: str
    problem: dict[str, Any]
    """RFC 9457, as the same refusal is answered alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    session_id: str
    expires_at: datetime
    """When the stream is free again, should the device say nothing more."""
    grants: list[Grant]
    refusals: list[RefusedTrack]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionShown:
    session_id: str
    device: Device
    started_at: datetime
    expires_at: datetime
    playing: bool
    """Whether it holds one of the plan's streams at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerShown:
    """Where the listener was, on which device; all null for one who never played."""

    session_id: str | None = None
    device: Device | None = None
    play_id: str | None = None
    track_id: str | None = None
    position_ms: int | None = None
    state: str | None = None
    updated_at: datetime | None = None
    sessions: list[SessionShown]


def player_shown(player: Player, now: datetime) -> PlayerShown:
    sessions = [_session(session, now) for session in player.sessions]
    stop = player.where()
    if stop is None:
        return PlayerShown(sessions=sessions)
    return PlayerShown(
        session_id=stop.session_id,
        device=stop.device,
        play_id=stop.progress.play_id,
        track_id=stop.track_id,
        position_ms=stop.progress.position_ms,
        state=stop.progress.state,
        updated_at=_moment(stop.progress.seen),
        sessions=sessions,
    )


def _session(session: Session, now: datetime) -> SessionShown:
    return SessionShown(
        session_id=session.id,
        device=session.device,
        started_at=_moment(session.started),
        expires_at=_moment(session.lease),
        playing=session.lease > now.timestamp(),
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
