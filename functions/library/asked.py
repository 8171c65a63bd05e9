"""What every route of the library asks of its request and of the tables."""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from legato import pages
from legato.api import timestamp
from legato.caller import caller
from legato.catalog import shown, wire
from legato.catalog.table import CatalogTable
from legato.config import load
from legato.library.playlists import PlaylistTable
from legato.library.table import LibraryTable
from legato.rights.table import RightsTable

from .settings import Settings

settings = cache(lambda: load(Settings))
library = cache(lambda: LibraryTable(settings().library_table))
playlists = cache(lambda: PlaylistTable(settings().library_table))
catalog = cache(lambda: CatalogTable(settings().catalog_table))
rights = cache(lambda: RightsTable(settings().rights_table))

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=pages.LONGEST)]


def me(routes: Router) -> str:
    return caller(routes.current_event.raw_event).id


def now() -> str:
    return timestamp(datetime.now(UTC))


def after(cursor: str | None) -> str | None:
    """The sort key to go on after."""
    position = pages.position(cursor, ["sk"])
    return position["sk"] if position else None


def cursor(after: str | None) -> str | None:
    return pages.cursor({"sk": after}) if after else None


def songs(routes: Router, track_ids: Collection[str]) -> dict[str, wire.Track]:
    """Every song asked for, as this viewer sees it."""
    there = seen(routes, track_ids).tracks
    return {each: there.get(each) or wire.gone(each) for each in track_ids}


def seen(routes: Router, wanted: Collection[str]) -> shown.Seen:
    territory = shown.territory(routes.current_event.headers, settings().origin_secret)
    return shown.read(wanted, catalog(), rights(), territory=territory, now=datetime.now(UTC))
