"""What every route of the library asks of its request and of the tables."""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from legato import dynamo, pages
from legato.api import timestamp
from legato.caller import caller
from legato.catalog import shown, wire
from legato.catalog.table import CatalogTable, track_of
from legato.config import load
from legato.library.playlists import PlaylistTable
from legato.library.table import LibraryTable
from legato.rights.model import playable_in
from legato.rights.table import RightsTable

from .settings import Settings

settings = cache(lambda: load(Settings))
library = cache(lambda: LibraryTable(settings().library_table))
playlists = cache(lambda: PlaylistTable(settings().library_table))
catalog = cache(lambda: CatalogTable(settings().catalog_table))

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
    """Every song asked for, as this viewer sees it; one batched read of songs and rights for every fifty."""
    territory = shown.territory(routes.current_event.headers, settings().origin_secret)
    tables = settings().catalog_table, settings().rights_table
    rows = dynamo.get_many(
        {
            tables[0]: [CatalogTable.track_key(each) for each in track_ids],
            tables[1]: [RightsTable.key(each) for each in track_ids],
        }
    )
    there = {row["pk"]: track_of(row) for row in rows[tables[0]]}
    permitted = {row["pk"]: row for row in rows[tables[1]]}
    moment = datetime.now(UTC)
    return {
        each: wire.track(there[each], playable=playable_in(RightsTable.read(permitted.get(each)), territory, moment))
        if each in there
        else wire.gone(each)
        for each in track_ids
    }
