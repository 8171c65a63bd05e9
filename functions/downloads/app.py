"""Downloads: music that a device keeps, and plays without a network until its lease ends."""

from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from legato import ids, pages, secrets
from legato.api import GUARDED, from_json, new_api, problem_of
from legato.billing.table import BillingTable
from legato.caller import Caller, Viewer, caller, viewer
from legato.config import load
from legato.media.table import MediaTable
from legato.offline.model import DownloadNotFound
from legato.offline.table import OfflineTable
from legato.playback import signing
from legato.playback.grants import Granter
from legato.playback.signing import MediaSigner
from legato.rights.table import RightsTable
from legato.telemetry.grant import PlayGrant, PlayKeys

from . import wire
from .keeping import Granted, Keeping
from .settings import Settings

MOST = 90
"""Of one page: their rights, the plan and the shelf are read in one BatchGetItem."""

app = new_api()
settings = cache(lambda: load(Settings))
keeping = cache(
    lambda: Keeping(
        offline=OfflineTable(settings().playback_table),
        rights=RightsTable(settings().rights_table),
        media=MediaTable(settings().media_table),
        billing=BillingTable(settings().billing_table),
        signature_seconds=settings().grant_ttl_seconds,
    )
)
_private_key = lru_cache(maxsize=2)(signing.private_key)


@app.post(
    "/v1/downloads",
    operation_id="keepTrack",
    summary="Keep a track on a device, or renew it there",
    tags=["offline"],
    security=GUARDED,
    status_code=201,
)
def keep_track(ask: wire.KeepTrack) -> wire.Ready:
    listener, seen, now = _caller(), _viewer(), datetime.now(UTC)
    granter = _granter(listener, seen)  # before the write: a secret that cannot be read must cost nothing
    granted = keeping().keep(
        listener.id,
        ask.track_id,
        wire.device_of(ask.device),
        quality=ask.quality,
        territory=seen.country,
        now=now,
    )
    grant = granter.grant(
        granted.download.id,
        _ticket(granted, listener, seen, now),
        granted.package,
        (granted.rendition,),
        resume_ms=0,
        expires=granted.signed_until,
    )
    return wire.ready(granted.download, grant, granted.rendition)


@app.get(
    "/v1/downloads",
    operation_id="listDownloads",
    summary="What my devices keep, and what they may keep no longer",
    tags=["offline"],
    security=GUARDED,
)
def list_downloads(
    cursor: Annotated[str | None, Query(max_length=pages.LONGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> wire.Downloads:
    me, seen, now = _caller().id, _viewer(), datetime.now(UTC)
    position = pages.position(cursor, ["id"])
    found, after = keeping().offline.page(me, limit=limit, after=position["id"] if position else None)
    refused = keeping().refusals(me, found, territory=seen.country, now=now)
    items = [wire.kept(each, problem_of(refused[each.id]) if each.id in refused else None) for each in found]
    return wire.Downloads(items=items, cursor=pages.cursor({"id": after}) if after else None)


@app.delete(
    "/v1/downloads/<download_id>",
    operation_id="giveUpTrack",
    summary="Keep a track no longer",
    tags=["offline"],
    security=GUARDED,
    status_code=204,
)
def give_up_track(download_id: str) -> None:
    if not ids.is_id("dwn", download_id):
        raise DownloadNotFound(download_id=download_id)
    keeping().give_up(_caller().id, download_id, datetime.now(UTC))


def _ticket(granted: Granted, listener: Caller, seen: Viewer, now: datetime) -> str:
    """What plays without a network are told under, each ``<ticket>-<suffix>``: they count when they come in."""
    told = PlayGrant(
        granted_at=int(now.timestamp() * 1000), territory=seen.country, plan=str(granted.plan), offline=True
    )
    keys = PlayKeys(secrets.read(settings().play_keys_secret))
    [ticket] = keys.mint(told, [granted.download.track_id], listener_id=listener.id, session_id=granted.download.id)
    return ticket


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


def _viewer() -> Viewer:
    return viewer(app.current_event.headers, secrets.accepted(settings().origin_secret))
