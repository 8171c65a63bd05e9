"""Search: what the listener typed, found in the function's own copy of the index.

The index knows ids; titles, art and rights come from the tables in one batch, so that an edit or a takedown
shows at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from legato import dynamo
from legato.api import new_api
from legato.caching import public
from legato.catalog import shown, wire
from legato.catalog.table import CatalogTable
from legato.config import load
from legato.errors import MalformedRequest
from legato.rights.table import RightsTable
from legato.search import folding
from legato.search.folding import Asked
from legato.search.index import SCHEMA
from legato.search.model import LONGEST_QUERY, Kind
from legato.search.reader import Reader
from legato.search.versions import Versions

from .settings import Settings

SUGGESTIONS = 8

app = new_api()
# Short: a song is to be found seconds after it was published, and the CDN stands in between.
app.use(middlewares=[public(seconds=2)])
settings = cache(lambda: load(Settings))
catalog = cache(lambda: CatalogTable(settings().catalog_table))
rights = cache(lambda: RightsTable(settings().rights_table))
reader = cache(lambda: Reader(Versions(bucket=settings().index_bucket, schema=SCHEMA), Path(mkdtemp(prefix="search-"))))

Typed = Annotated[
    str,
    Query(
        min_length=1, max_length=LONGEST_QUERY, description="What the listener typed; the last word may be unfinished"
    ),
]


class Type(StrEnum):
    TRACK = "track"
    ALBUM = "album"
    ARTIST = "artist"
    PLAYLIST = "playlist"

    @property
    def kind(self) -> Kind:
        return Kind[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistRef:
    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Best first. Lists of types that were not asked for are empty, and `playlists` always is: they are not indexed."""

    tracks: list[wire.Track]
    albums: list[wire.Album]
    artists: list[wire.Artist]
    playlists: list[PlaylistRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    suggestions: list[str]


@app.get(
    "/v1/search",
    operation_id="search",
    tags=["search"],
    summary="Songs, albums and artists by what they are called",
)
def search(
    q: Typed,
    types: Annotated[str, Query(max_length=100, description="`track,album,artist,playlist` or some of them")] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> Found:
    wanted = _types(types)
    territory = shown.territory(app.current_event.headers, settings().origin_secret)
    ids = _find(folding.asked(q), wanted, limit)
    return _shown(ids, territory)


@app.get(
    "/v1/search/suggest", operation_id="suggest", tags=["search"], summary="What the listener may be about to type"
)
def suggest(q: Typed) -> Suggestions:
    asked = folding.asked(q)
    ids = _find(asked, [Type.ARTIST, Type.ALBUM, Type.TRACK], SUGGESTIONS)
    names = _names(ids)
    if asked is None:
        return Suggestions(suggestions=[])
    # A song that is found by its singer is no way to go on typing the singer's name.
    fitting = [name for name in names if any(word.startswith(asked.last) for word in folding.indexed(name))]
    return Suggestions(suggestions=list({folding.fold(name): name for name in fitting or names}.values())[:SUGGESTIONS])


def _types(text: str) -> list[Type]:
    try:
        return list(dict.fromkeys(Type(each.strip()) for each in text.split(","))) if text else list(Type)
    except ValueError as fault:
        raise MalformedRequest(f"types: some of {', '.join(Type)}") from fault


def _find(asked: Asked | None, types: Sequence[Type], limit: int) -> list[str]:
    if asked is None:
        return []
    index = reader().index()
    # Nobody indexes playlists; the type is part of the contract for the day somebody does.
    return [hit for each in types if each is not Type.PLAYLIST for hit in index.find(asked, each.kind, limit)]


def _shown(ids: Sequence[str], territory: str) -> Found:
    # An id without a row was taken out of the catalogue after this version of the index was made.
    seen = shown.read(ids, catalog(), rights(), territory=territory, now=datetime.now(UTC))
    return Found(
        tracks=list(seen.tracks.values()),
        albums=list(seen.albums.values()),
        artists=list(seen.artists.values()),
        playlists=[],
    )


def _names(ids: Sequence[str]) -> list[str]:
    table = catalog()
    rows = dynamo.get_many({table.name: [table.key(each) for each in ids]})[table.name]
    known = {row["pk"]: row.get("title") or row["name"] for row in rows}
    return [known[each] for each in ids if each in known]
