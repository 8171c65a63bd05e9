"""Taking, keeping and giving back a stream, while other devices of the same listener do so too."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from legato.billing.model import TERMS, Plan
from legato.errors import TryAgain
from legato.playback.model import Device, Player, PlayNotFound, Progress, Session, SessionEnded, SessionNotFound, shown
from legato.playback.table import PlaybackTable

from .requests import ReportProgress

ATTEMPTS = 12
"""How often a change is tried again when other devices change the same player at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    table: PlaybackTable
    lease_seconds: int
    signature_seconds: int

    def begin(
        self,
        player: Player,
        plan: Plan,
        device: Device,
        session_id: str,
        plays: Mapping[str, str],
        *,
        take_over: bool,
        now: datetime,
    ) -> Session:
        """Take a stream for *device*. Raises `TooManyStreams` with nothing changed, or `TryAgain`."""
        session = Session(
            id=session_id,
            device=device,
            started=_seconds(now),
            lease=self._lease(now),
            signed_until=self._signed(now),
            plays=plays,
        )
        for attempt in _attempts():
            if attempt:
                player = self.table.player(player.listener_id)
            ending = player.make_room(device, streams=TERMS[plan].streams, take_over=take_over, now=_seconds(now))
            if self._change(player, session, ending, now):
                return session
        raise TryAgain(retry_after=1)

    def extend(self, player: Player, plan: Plan, session: Session, plays: Mapping[str, str], now: datetime) -> Session:
        """Keep the stream, with *plays* added. Raises `SessionEnded` where it was taken meanwhile, or `TryAgain`.

        After a downgrade the first device that asks ends what the plan has no streams for, its own session included.
        """
        self._end_surplus(player, plan, now)
        lease, signed = self._lease(now), self._signed(now)
        if not self.table.extend(player.listener_id, session, plays=plays, lease=lease, signed_until=signed):
            self.missing(session.id, self.table.player(player.listener_id))
        return replace(session, plays=plays, lease=lease, signed_until=signed)

    def end(self, listener_id: str, session_id: str, now: datetime) -> None:
        """Give the stream back; twice is once. Raises `SessionNotFound` or `TryAgain`."""
        for _ in _attempts():
            player = self.table.player(listener_id)
            session = player.session(session_id)
            if session is None and self.table.was_revoked(session_id, listener_id):
                return
            if session is None:
                raise SessionNotFound(session_id=session_id)
            if self._change(player, None, (session,), now):
                return
        raise TryAgain(retry_after=1)

    def report(self, listener_id: str, session_id: str, report: ReportProgress, now: datetime) -> None:
        """Note how far a play has come, and keep the stream. A late report changes nothing.

        Raises `SessionEnded`, `SessionNotFound` or `PlayNotFound`.
        """
        progress = Progress(
            play_id=report.play_id,
            position_ms=report.position_ms,
            state=report.state,
            # A clock that runs ahead must not shut out the reports that follow.
            at_ms=int(min(report.at or now, now).timestamp() * 1000),
            seen=_seconds(now),
        )
        by_clock = report.at is not None
        player = self.table.report(listener_id, session_id, progress, by_clock=by_clock, lease=self._lease(now))
        heeded = player is not None
        player = player or self.table.player(listener_id)
        session = player.session(session_id) or self.missing(session_id, player)
        if report.play_id not in session.plays:
            raise PlayNotFound(play_id=report.play_id)
        if heeded:
            self.table.keep(listener_id, session.plays[report.play_id], progress, by_clock=by_clock)

    def missing(self, session_id: str, player: Player) -> NoReturn:
        """Say what became of a session that is not there."""
        if not self.table.was_revoked(session_id, player.listener_id):
            raise SessionNotFound(session_id=session_id)
        newest = max(player.sessions, key=lambda session: session.started, default=None)
        raise SessionEnded(device=shown(newest.device)) if newest else SessionEnded

    def _end_surplus(self, player: Player, plan: Plan, now: datetime) -> None:
        for attempt in _attempts():
            if attempt:
                player = self.table.player(player.listener_id)
            surplus = player.surplus(streams=TERMS[plan].streams, now=_seconds(now))
            if not surplus or self._change(player, None, surplus, now):
                return
        raise TryAgain(retry_after=1)

    def _change(self, player: Player, begin: Session | None, end: Sequence[Session], now: datetime) -> bool:
        until = self._signed(now)
        return self.table.change(player, begin=begin, end=end, now=_seconds(now), revoke_until=until)

    def _lease(self, now: datetime) -> int:
        return _seconds(now) + self.lease_seconds

    def _signed(self, now: datetime) -> int:
        return _seconds(now) + self.signature_seconds


def _attempts() -> Iterator[int]:
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.001, 0.004) * 2 ** min(attempt, 5))  # noqa: S311 -- spreads writers, guards nothing
        yield attempt


def _seconds(now: datetime) -> int:
    return int(now.timestamp())
