"""Playback: a tap on a song becomes a grant, in two calls of DynamoDB."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache

from aws_lambda_powertools.event_handler import Response

from legato import ids, secrets
from legato.api import GUARDED, ON_THE_WIRE, body, from_json, new_api
from legato.billing.model import Plan
from legato.billing.table import BillingTable
from legato.caller import Caller, Viewer, caller, viewer
from legato.config import load
from legato.media.table import MediaTable
from legato.playback import signing
from legato.playback.grants import Granter
from legato.playback.model import SessionNotFound
from legato.playback.signing import MediaSigner
from legato.playback.table import PlaybackTable
from legato.rights.table import RightsTable
from legato.telemetry.grant import PlayGrant, PlayKeys

from . import requests
from .answers import Decision, answer, cleared, decide
from .facts import Reader
from .leases import Leases
from .settings import Settings
from .wire import PlayerShown, Started, player_shown

app = new_api(validate=False)  # hot path: no pydantic, see docs/adr/0004
settings = cache(lambda: load(Settings))
table = cache(lambda: PlaybackTable(settings().playback_table))
leases = cache(
    lambda: Leases(
        table=table(),
        lease_seconds=settings().lease_seconds,
        signature_seconds=settings().grant_ttl_seconds,
    )
)
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
    listener, seen, now = _caller(), _viewer(), datetime.now(UTC)
    facts = reader().facts(listener.id, ask.tracks)
    decisions = decide(facts, ask, territory=seen.country, now=now)
    granter = _granter(listener, seen)  # before the write: a secret that cannot be read must not cost a stream
    session_id = ids.new("ses")
    plays = _plays(decisions, session_id=session_id, listener=listener, seen=seen, plan=facts.plan, now=now)
    session = leases().begin(facts.player, facts.plan, ask.device, session_id, plays, take_over=ask.take_over, now=now)
    return answer(granter, session, decisions, expires=session.signed_until)


@app.post(
    "/v1/playback/<session_id>/grants",
    operation_id="addGrants",
    summary="Grants for more tracks, or fresh ones, in a session that goes on",
    tags=["playback"],
    security=GUARDED,
)
def add_grants(session_id: str, _: requests.AddGrants = ON_THE_WIRE) -> Started:
    ask = requests.more(body(app))
    session_id, listener, seen, now = _session(session_id), _caller(), _viewer(), datetime.now(UTC)
    facts = reader().facts(listener.id, ask.tracks)
    session = facts.player.session(session_id) or leases().missing(session_id, facts.player)
    decisions = decide(facts, ask, territory=seen.country, now=now)
    granter = _granter(listener, seen)
    plays = _plays(decisions, session_id=session.id, listener=listener, seen=seen, plan=facts.plan, now=now)
    session = leases().extend(facts.player, facts.plan, session, plays, now)
    return answer(granter, session, decisions, expires=session.signed_until)


@app.put(
    "/v1/playback/<session_id>/progress",
    operation_id="reportProgress",
    summary="How far a play has come; keeps the session's stream",
    tags=["playback"],
    security=GUARDED,
    status_code=204,
)
def report_progress(session_id: str, _: requests.ReportProgress = ON_THE_WIRE) -> Response[None]:
    leases().report(_caller().id, _session(session_id), requests.report(body(app)), datetime.now(UTC))
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
    leases().end(_caller().id, _session(session_id), datetime.now(UTC))
    return Response(204)


@app.get(
    "/v1/me/player",
    operation_id="getPlayer",
    summary="Where was I, on which device",
    tags=["playback"],
    security=GUARDED,
)
def get_player() -> PlayerShown:
    return player_shown(table().player(_caller().id), datetime.now(UTC))


def _plays(
    decisions: Sequence[tuple[str, Decision]],
    *,
    session_id: str,
    listener: Caller,
    seen: Viewer,
    plan: Plan,
    now: datetime,
) -> dict[str, str]:
    """Play → track. The ids say what was granted, so that a play counts without a row that remembers it."""
    grant = PlayGrant(granted_at=int(now.timestamp() * 1000), territory=seen.country, plan=str(plan), offline=False)
    keys = PlayKeys(secrets.read(settings().play_keys_secret))
    return keys.mint(grant, cleared(decisions), listener_id=listener.id, session_id=session_id)


def _granter(listener: Caller, seen: Viewer) -> Granter:
    pem = from_json(secrets.read(settings().media_signing_secret))["private_key"]
    return Granter(
        signer=MediaSigner(key_pair_id=settings().media_key_pair_id, key=_private_key(pem), hash=settings().media_hash),
        licence_secret=secrets.read(settings().licence_secret),
        viewer=seen,
        listener=listener,
    )


def _caller() -> Caller:
    return caller(app.current_event.raw_event)


def _session(id: str) -> str:
    """What does not look like a session is in no table, and DynamoDB refuses keys of some shapes."""
    if not ids.is_id("ses", id):
        raise SessionNotFound(session_id=id)
    return id


def _viewer() -> Viewer:
    return viewer(app.current_event.headers, secrets.accepted(settings().origin_secret))
