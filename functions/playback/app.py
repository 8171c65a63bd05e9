"""Playback: a tap on a song becomes a grant, in two calls of DynamoDB."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NoReturn, TypeAlias

from aws_lambda_powertools.event_handler import Response

from legato import ids, secrets
from legato.api import GUARDED, ON_THE_WIRE, body, from_json, new_api, problem_of
from legato.billing.model import TERMS
from legato.billing.table import BillingTable
from legato.caller import Viewer, caller, viewer
from legato.config import load
from legato.errors import Refusal, TryAgain
from legato.media.table import MediaTable
from legato.playback import signing
from legato.playback.grants import Granter
from legato.playback.model import (
    Device,
    Player,
    PlayNotFound,
    Progress,
    Session,
    SessionEnded,
    SessionNotFound,
    shown,
)
from legato.playback.signing import MediaSigner
from legato.playback.table import PlaybackTable
from legato.rights.table import RightsTable

from . import requests
from .facts import Cleared, Facts, Reader
from .settings import Settings
from .wire import PlayerShown, RefusedTrack, Started, player_shown

ATTEMPTS = 12
"""How often a start is tried again when other devices of the same listener start at the same moment."""

Decision: TypeAlias = Cleared | Refusal

app = new_api(validate=False)  # hot path: no pydantic, see docs/adr/0004
settings = cache(lambda: load(Settings))
table = cache(lambda: PlaybackTable(settings().playback_table))
reader = cache(
    lambda: Reader(
        playback=table(),
        rights=RightsTable(settings().rights_table),
        media=MediaTable(settings().media_table),
        billing=BillingTable(settings().billing_table),
    )
)
_private_key = lru_cache(maxsize=2)(signing.private_key)


@app.post(
    "/v1/playback",
    operation_id="startPlayback",
    summary="Begin a session on a device, with grants for up to ten tracks",
    tags=["playback"],
    security=GUARDED,
    status_code=201,
)
def start_playback(_: requests.StartPlayback = ON_THE_WIRE) -> Started:
    ask = requests.start(body(app))
    listener, seen, now = _listener(), _viewer(), datetime.now(UTC)
    facts = reader().facts(listener, ask.tracks)
    decisions = _decide(facts, ask, seen, now)
    granter = _granter(listener, seen)  # before the write: a secret that cannot be read must not cost a stream
    session = _begin(facts, ask.device, _plays(decisions), take_over=ask.take_over, now=now)
    return _answer(granter, session, decisions, now)


@app.post(
    "/v1/playback/<session_id>/grants",
    operation_id="addGrants",
    summary="Grants for more tracks, or fresh ones, in a session that goes on",
    tags=["playback"],
    security=GUARDED,
)
def add_grants(session_id: str, _: requests.AddGrants = ON_THE_WIRE) -> Started:
    ask = requests.more(body(app))
    listener, seen, now = _listener(), _viewer(), datetime.now(UTC)
    facts = reader().facts(listener, ask.tracks)
    session = facts.player.session(session_id) or _missing(session_id, facts.player)
    decisions = _decide(facts, ask, seen, now)
    granter, plays = _granter(listener, seen), _plays(decisions)
    lease, signed_until = _in(now, settings().lease_seconds), _in(now, settings().grant_ttl_seconds)
    if not table().extend(listener, session, plays=plays, lease=lease, signed_until=signed_until):
        _missing(session_id, table().player(listener))
    return _answer(granter, replace(session, plays=plays, lease=lease), decisions, now)


@app.put(
    "/v1/playback/<session_id>/progress",
    operation_id="reportProgress",
    summary="How far a play has come; keeps the session's stream",
    tags=["playback"],
    security=GUARDED,
    status_code=204,
)
def report_progress(session_id: str, _: requests.ReportProgress = ON_THE_WIRE) -> Response[None]:
    report = requests.report(body(app))
    listener, now = _listener(), datetime.now(UTC)
    progress = Progress(
        play_id=report.play_id,
        position_ms=report.position_ms,
        state=report.state,
        # A clock that runs ahead must not shut out the reports that follow.
        at_ms=int(min(report.at or now, now).timestamp() * 1000),
        seen=int(now.timestamp()),
    )
    by_clock = report.at is not None
    lease = _in(now, settings().lease_seconds)
    player = table().report(listener, session_id, progress, by_clock=by_clock, lease=lease)
    if player is None:
        _explain_unheeded(session_id, report.play_id, table().player(listener))
    else:
        track_id = _session(player, session_id).plays[report.play_id]
        table().keep(listener, track_id, progress, by_clock=by_clock)
    return Response(204)


@app.delete(
    "/v1/playback/<session_id>",
    operation_id="endPlayback",
    summary="End a session, and free its stream",
    tags=["playback"],
    security=GUARDED,
    status_code=204,
)
def end_playback(session_id: str) -> Response[None]:
    listener, now = _listener(), datetime.now(UTC)
    for _ in _attempts():
        player = table().player(listener)
        session = player.session(session_id)
        if session is None:
            if not table().was_revoked(session_id, listener):
                raise SessionNotFound(session_id=session_id)
            return Response(204)
        if _change(player, None, (session,), now):
            return Response(204)
    raise TryAgain(retry_after=1)


@app.get(
    "/v1/me/player",
    operation_id="getPlayer",
    summary="Where was I, on which device",
    tags=["playback"],
    security=GUARDED,
)
def get_player() -> PlayerShown:
    return player_shown(table().player(_listener()), datetime.now(UTC))


def _decide(facts: Facts, ask: requests.AddGrants, seen: Viewer, now: datetime) -> list[tuple[str, Decision]]:
    """What is to become of each track. Raises the first one's refusal: it is the one that was tapped."""
    decisions: list[tuple[str, Decision]] = []
    for track_id in ask.tracks:
        try:
            cleared = facts.clear(track_id, territory=seen.country, quality=ask.quality, now=now)
            decisions.append((track_id, cleared))
        except Refusal as refusal:
            if not decisions:
                raise
            decisions.append((track_id, refusal))
    return decisions


def _plays(decisions: Sequence[tuple[str, Decision]]) -> dict[str, str]:
    """Play → track, in the order of the queue: of two plays the one begun later has the greater id."""
    cleared = [track_id for track_id, decision in decisions if isinstance(decision, Cleared)]
    return dict(zip(sorted(ids.new("ply") for _ in cleared), cleared, strict=True))


def _begin(facts: Facts, device: Device, plays: Mapping[str, str], *, take_over: bool, now: datetime) -> Session:
    """Take a stream for *device*. Raises `TooManyStreams`, with nothing changed."""
    session = Session(
        id=ids.new("ses"),
        device=device,
        started=_in(now, 0),
        lease=_in(now, settings().lease_seconds),
        signed_until=_in(now, settings().grant_ttl_seconds),
        plays=plays,
    )
    streams, player = TERMS[facts.plan].streams, facts.player
    for attempt in _attempts():
        if attempt:
            player = table().player(player.listener_id)
        ending = player.make_room(device, streams=streams, take_over=take_over, now=_in(now, 0))
        if _change(player, session, ending, now):
            return session
    raise TryAgain(retry_after=1)


def _change(player: Player, begin: Session | None, end: Sequence[Session], now: datetime) -> bool:
    until = _in(now, settings().grant_ttl_seconds)
    return table().change(player, begin=begin, end=end, now=_in(now, 0), revoke_until=until)


def _attempts() -> Any:
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.001, 0.004) * 2 ** min(attempt, 5))  # noqa: S311 -- spreads writers, guards nothing
        yield attempt


def _answer(granter: Granter, session: Session, decisions: Sequence[tuple[str, Decision]], now: datetime) -> Started:
    latest = _in(now, settings().grant_ttl_seconds)
    plays = iter(session.plays)
    grants, refusals = [], []
    for track_id, decision in decisions:
        if isinstance(decision, Refusal):
            refusals.append(RefusedTrack(track_id=track_id, problem=problem_of(decision)))
            continue
        # Nothing signed outlives the deal that it was signed under.
        expires = min(latest, int(decision.until.timestamp())) if decision.until else latest
        grants.append(
            granter.grant(
                session,
                next(plays),
                decision.package,
                decision.renditions,
                resume_ms=decision.resume_ms,
                expires=expires,
            )
        )
    return Started(
        session_id=session.id,
        expires_at=datetime.fromtimestamp(session.lease, UTC),
        grants=grants,
        refusals=refusals,
    )


def _granter(listener: str, seen: Viewer) -> Granter:
    pem = from_json(secrets.read(settings().media_signing_secret))["private_key"]
    return Granter(
        signer=MediaSigner(key_pair_id=settings().media_key_pair_id, key=_private_key(pem), hash=settings().media_hash),
        licence_secret=secrets.read(settings().licence_secret),
        viewer=seen,
        listener_id=listener,
    )


def _session(player: Player, session_id: str) -> Session:
    return player.session(session_id) or _missing(session_id, player)


def _missing(session_id: str, player: Player) -> NoReturn:
    """Say what became of a session that is not there."""
    if not table().was_revoked(session_id, player.listener_id):
        raise SessionNotFound(session_id=session_id)
    newest = max(player.sessions, key=lambda session: session.started, default=None)
    raise SessionEnded(device=shown(newest.device)) if newest else SessionEnded


def _explain_unheeded(session_id: str, play_id: str, player: Player) -> None:
    """Return for a report that merely came late; raise where there was nothing to report on."""
    if play_id not in _session(player, session_id).plays:
        raise PlayNotFound(play_id=play_id)


def _listener() -> str:
    return caller(app.current_event.raw_event).id


def _viewer() -> Viewer:
    return viewer(app.current_event.headers, secrets.accepted(settings().origin_secret))


def _in(now: datetime, seconds: int) -> int:
    return int(now.timestamp()) + seconds
