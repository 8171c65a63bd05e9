"""Licences: the keys of a granted track, for the tiers that its listener's plan opens at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from legato import dynamo, ids, secrets
from legato.api import GUARDED, ON_THE_WIRE, body, new_api
from legato.billing.model import TERMS, Plan
from legato.billing.table import BillingTable
from legato.caller import caller, viewer
from legato.config import load
from legato.licensing import clearkey, keys, token
from legato.licensing.clearkey import KeySet, LicenceRequest
from legato.licensing.model import DrmSystemNotConfigured, opened
from legato.licensing.token import LicenceClaims
from legato.offline.model import Download, DownloadNotFound
from legato.offline.table import OfflineTable
from legato.playback.model import PlanTooLow, Player, SessionEnded
from legato.playback.table import PlaybackTable
from legato.rights.deals import Use
from legato.rights.model import Rights, admit
from legato.rights.table import RightsTable

from .settings import Settings

TOKEN_HEADER = "x-licence-token"  # noqa: S105 -- a header's name
VENDORS: Mapping[str, str] = {"widevine": "Widevine", "playready": "PlayReady", "fairplay": "FairPlay"}

app = new_api(validate=False)  # hot path: no pydantic, see docs/adr/0004
settings = cache(lambda: load(Settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    plan: Plan
    player: Player
    download: Download | None
    rights: Rights


@app.post(
    "/v1/licences/clearkey",
    operation_id="getClearKeyLicence",
    summary="Keys as W3C EME Clear Key asks for them; needs the grant's X-Licence-Token",
    tags=["licences"],
    security=GUARDED,
)
def get_clear_key_licence(_: LicenceRequest = ON_THE_WIRE) -> KeySet:
    kids = clearkey.requested(body(app))
    claims = _claims()
    country = viewer(app.current_event.headers, secrets.accepted(settings().origin_secret)).country
    now = datetime.now(UTC)
    facts = _facts(claims)
    use = _use(claims, facts, now)
    admission = admit(facts.rights, territory=country, model=TERMS[facts.plan].model, use=use, now=now)
    masters = secrets.read(settings().content_master_secret)
    found = opened(claims, kids, facts.plan, admission)
    return clearkey.key_set({kid: keys.content_key(masters, claims.key_version, kid) for kid in found})


@app.post(
    "/v1/licences/<system>",
    operation_id="getVendorLicence",
    summary="A licence of Widevine, PlayReady or FairPlay, from the configured vendor",
    tags=["licences"],
    security=GUARDED,
)
def get_vendor_licence(system: str) -> dict[str, Any]:
    raise DrmSystemNotConfigured(system=VENDORS.get(system, system))


def _claims() -> LicenceClaims:
    event = app.current_event
    listener = caller(event.raw_event)
    return token.read(
        event.headers.get(TOKEN_HEADER, ""),
        secrets.accepted(settings().licence_secret),
        listener_id=listener.id,
        sid=listener.sid,
        now=int(datetime.now(UTC).timestamp()),
    )


def _use(claims: LicenceClaims, facts: Facts, now: datetime) -> Use:
    """What the keys are for. Raises where the session, or the download, that the token names is no more."""
    if not ids.is_id("dwn", claims.session_id):
        if facts.player.session(claims.session_id) is None:
            raise SessionEnded
        return Use.ON_DEMAND_STREAM
    if facts.download is None or facts.download.lease <= now.timestamp():
        raise DownloadNotFound(download_id=claims.session_id)
    if not TERMS[facts.plan].offline_devices:
        raise PlanTooLow(needs=next(plan for plan, terms in TERMS.items() if terms.offline_devices))
    return Use.CONDITIONAL_DOWNLOAD


def _facts(claims: LicenceClaims) -> Facts:
    """Plan, session or download, and rights as they are now, in one BatchGetItem."""
    playback, rights, billing = (
        PlaybackTable(settings().playback_table),
        RightsTable(settings().rights_table),
        BillingTable(settings().billing_table),
    )
    kept = OfflineTable.key(claims.listener_id, claims.session_id)
    found = dynamo.get_many(
        {
            playback.name: [playback.player_key(claims.listener_id), kept],
            rights.name: [rights.key(claims.track_id)],
            billing.name: [billing.key(claims.listener_id)],
        },
        consistent=True,
    )
    rows = {row["sk"]: row for row in found[playback.name]}
    return Facts(
        plan=billing.plan_in(next(iter(found[billing.name]), None)),
        player=playback.read_player(claims.listener_id, rows.get("PLAYER")),
        download=OfflineTable.read(rows[kept["sk"]]) if kept["sk"] in rows else None,
        rights=rights.read(next(iter(found[rights.name]), None)),
    )
