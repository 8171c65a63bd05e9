"""Rights: the operator's deals and takedowns."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from aws_lambda_powertools.event_handler import Response

from legato import ids
from legato.api import ADMIN, new_api
from legato.audit.model import Action, entry
from legato.audit.table import AuditTable
from legato.billing.model import TERMS, Plan
from legato.caller import caller
from legato.catalog.model import AlbumNotFound, TrackNotFound
from legato.catalog.table import CatalogTable
from legato.config import load
from legato.errors import MalformedRequest
from legato.rights.deals import Deal, Use, consistent
from legato.rights.model import Takedown, explain
from legato.rights.table import Note, RightsTable

from .settings import Settings

MAX_DEALS = 100
"""A row holds 400 kB; a deal that names every territory takes 1.3 kB, and a track keeps a copy of its album's."""
MAX_REASON = 1000

app = new_api()
settings = cache(lambda: load(Settings))
rights = cache(lambda: RightsTable(settings().rights_table))
audit = cache(lambda: AuditTable(settings().audit_table))
catalog = cache(lambda: CatalogTable(settings().catalog_table))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deals:
    deals: list[Deal]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsShown:
    deals: list[Deal]
    """The deals that govern."""
    source: str
    """Whose they are: ``own``, ``album``, ``import`` or ``none``."""
    takedown: Takedown | None
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    reason: str


@app.get(
    "/v1/admin/rights/<track_or_album_id>",
    operation_id="getRights",
    summary="What decides about a track or an album, and for a given listener in one sentence why",
    tags=["operator"],
    security=ADMIN,
)
def get_rights(
    track_or_album_id: str,
    territory: str = "",
    plan: Plan = Plan.FREE,
    use: Use = Use.ON_DEMAND_STREAM,
    at: datetime | None = None,
) -> RightsShown:
    """``at``: an RFC 3339 moment with its offset; unless told otherwise now."""
    if at is not None and at.tzinfo is None:
        raise MalformedRequest("at has no time zone")
    _must_exist(track_or_album_id)
    found = rights().of(track_or_album_id)
    about = ""
    if ids.is_id("alb", track_or_album_id):
        # An album's own row says nothing before an operator does: until then its songs follow their import.
        found, about = replace(found, imported=True), "Songs without deals or a takedown of their own: "
    asked = {"territory": territory.upper(), "model": TERMS[plan].model, "use": use}
    return RightsShown(
        deals=list(found.deals),
        source=found.source,
        takedown=found.withdrawn,
        explanation=about + explain(found, **asked, now=at or datetime.now(UTC)),
    )


@app.put(
    "/v1/admin/rights/<track_or_album_id>",
    operation_id="replaceDeals",
    summary="Replace the deals of a track or an album",
    tags=["operator"],
    security=ADMIN,
    status_code=204,
)
def replace_deals(track_or_album_id: str, terms: Deals) -> Response[None]:
    if len(terms.deals) > MAX_DEALS:
        raise MalformedRequest(f"deals: at most {MAX_DEALS}")
    consistent(terms.deals)
    _must_exist(track_or_album_id)
    now = datetime.now(UTC)
    note = _note(Action.REPLACE_DEALS, track_or_album_id, now)
    rights().replace(track_or_album_id, terms.deals, now=now, note=note)
    return Response(204)


@app.post(
    "/v1/admin/takedowns/<track_or_album_id>",
    operation_id="takeDown",
    summary="Withdraw a track or an album, everywhere and at once",
    tags=["operator"],
    security=ADMIN,
    status_code=204,
)
def take_down(track_or_album_id: str, why: Reason) -> Response[None]:
    if not 1 <= len(why.reason) <= MAX_REASON:
        raise MalformedRequest(f"reason: a text of 1 to {MAX_REASON} characters")
    _must_exist(track_or_album_id)
    now = datetime.now(UTC)
    note = _note(Action.TAKE_DOWN, track_or_album_id, now)
    rights().take_down(track_or_album_id, why.reason, now=now, note=note)
    return Response(204)


@app.delete(
    "/v1/admin/takedowns/<track_or_album_id>",
    operation_id="reinstate",
    summary="Lift a takedown",
    tags=["operator"],
    security=ADMIN,
    status_code=204,
)
def reinstate(track_or_album_id: str) -> Response[None]:
    _must_exist(track_or_album_id)
    now = datetime.now(UTC)
    rights().reinstate(track_or_album_id, now=now, note=_note(Action.REINSTATE, track_or_album_id, now))
    return Response(204)


def _note(action: Action, target: str, at: datetime) -> Note:
    """The line of the audit log that is written with the change, or the change is not."""
    actor = caller(app.current_event.raw_event).id
    return lambda before, after: audit().put(entry(actor, action, target, at=at, before=before, after=after))


def _must_exist(id: str) -> None:
    """Raises `AlbumNotFound` or `TrackNotFound`."""
    if ids.is_id("alb", id):
        if id not in catalog().albums([id]):
            raise AlbumNotFound(album_id=id)
    elif not ids.is_id("trk", id) or id not in catalog().tracks([id]):
        raise TrackNotFound(track_id=id)
