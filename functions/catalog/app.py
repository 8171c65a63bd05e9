"""The catalogue: songs, albums, artists and the lists of them. Public, and kept by the CDN for a minute."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from legato import pages
from legato.api import new_api
from legato.caching import public
from legato.catalog import shelves, shown, wire
from legato.catalog.model import Feature, Track
from legato.catalog.shelves import Sort
from legato.catalog.table import CatalogTable, Shelf
from legato.config import load
from legato.rights.table import RightsTable

from .settings import Settings

app = new_api()
app.use(middlewares=[public(seconds=60)])
settings = cache(lambda: load(Settings))
catalog = cache(lambda: CatalogTable(settings().catalog_table))
rights = cache(lambda: RightsTable(settings().rights_table))

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=pages.LONGEST)]
POSITION = ("id", "sk", "rank")
MOST_ALBUMS = 1000
"""Of an artist's page. Their pointers are one read, they themselves one more for every hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumWithTracks(wire.Album):
    tracks: list[wire.Track]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistWithAlbums(wire.Artist):
    """`albums`: the newest thousand."""

    albums: list[wire.Album]


@dataclass(frozen=True, slots=True, kw_only=True)
class Albums:
    items: list[wire.Album]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artists:
    items: list[wire.Artist]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Genres:
    items: list[wire.Genre]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    items: list[wire.Track]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfItem:
    """A song or an album: one of the two is null."""

    track: wire.Track | None
    album: wire.Album | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorialShelf:
    id: str
    title: str
    description: str
    items: list[ShelfItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    items: list[EditorialShelf]
    cursor: str | None


@app.get("/v1/tracks/<track_id>", operation_id="getTrack", tags=["catalog"], summary="One song, with its lyrics")
def get_track(track_id: str) -> wire.Track:
    return _shown([catalog().track(track_id)])[0]


@app.get("/v1/albums/<album_id>", operation_id="getAlbum", tags=["catalog"], summary="An album and its songs")
def get_album(album_id: str) -> AlbumWithTracks:
    page = catalog().album_page(album_id)
    return AlbumWithTracks(**_fields(wire.album(page.album)), tracks=_shown(page.tracks))


@app.get("/v1/artists/<artist_id>", operation_id="getArtist", tags=["catalog"], summary="An artist and their albums")
def get_artist(artist_id: str) -> ArtistWithAlbums:
    artist = catalog().artist(artist_id)
    albums = catalog().shelf(shelves.of_artist(artist_id), limit=MOST_ALBUMS, backwards=True)
    return ArtistWithAlbums(**_fields(wire.artist(artist)), albums=_albums(albums))


@app.get(
    "/v1/albums",
    operation_id="listAlbums",
    tags=["catalog"],
    summary="Albums, newest first unless `sort` says otherwise",
)
def list_albums(
    sort: Annotated[Sort, Query()] = Sort.NEW,
    genre: Annotated[str, Query(max_length=100)] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Albums:
    page = _shelf(shelves.albums(sort, genre), cursor, limit, backwards=sort.backwards)
    return Albums(items=_albums(page), cursor=_cursor(page))


@app.get("/v1/artists", operation_id="listArtists", tags=["catalog"], summary="Artists by name")
def list_artists(cursor: Cursor = None, limit: Limit = 50) -> Artists:
    page = _shelf(shelves.ARTISTS, cursor, limit)
    known = catalog().artists(page.ids)
    return Artists(items=[wire.artist(known[each]) for each in page.ids if each in known], cursor=_cursor(page))


@app.get("/v1/genres", operation_id="listGenres", tags=["catalog"], summary="Genres by name")
def list_genres() -> Genres:
    return Genres(items=[wire.Genre(id=each.id, name=each.name) for each in catalog().genres()], cursor=None)


@app.get(
    "/v1/shelves",
    operation_id="listShelves",
    tags=["catalog"],
    summary="What the editors put together: new releases, moods, choices; in their order",
)
def list_shelves() -> Shelves:
    features = catalog().features()
    wanted = [each for feature in features for each in feature.items]
    seen = shown.read(wanted, catalog(), rights(), territory=_territory(), now=datetime.now(UTC))
    return Shelves(items=[_feature(each, seen) for each in features], cursor=None)


@app.get(
    "/v1/charts",
    operation_id="getChart",
    tags=["catalog"],
    summary="The most played songs; of equals, the newest first",
)
def get_chart(cursor: Cursor = None, limit: Limit = 50) -> Chart:
    page = _shelf(shelves.TRACKS_POPULAR, cursor, limit, backwards=True)
    seen = shown.read(page.ids, catalog(), rights(), territory=_territory(), now=datetime.now(UTC))
    return Chart(items=list(seen.tracks.values()), cursor=_cursor(page))


def _feature(feature: Feature, seen: shown.Seen) -> EditorialShelf:
    """Without what has left the catalogue since it was put up."""
    found = [ShelfItem(track=seen.tracks.get(each), album=seen.albums.get(each)) for each in feature.items]
    items = [each for each in found if each.track or each.album]
    return EditorialShelf(id=feature.id, title=feature.title, description=feature.description, items=items)


def _shown(songs: list[Track] | tuple[Track, ...]) -> list[wire.Track]:
    return shown.tracks(songs, rights(), territory=_territory(), now=datetime.now(UTC))


def _territory() -> str:
    return shown.territory(app.current_event.headers, settings().origin_secret)


def _shelf(name: str, cursor: str | None, limit: int, *, backwards: bool = False) -> Shelf:
    return catalog().shelf(name, limit=limit, after=pages.position(cursor, POSITION), backwards=backwards)


def _albums(page: Shelf) -> list[wire.Album]:
    known = catalog().albums(page.ids)
    return [wire.album(known[each]) for each in page.ids if each in known]


def _fields(value: wire.Album | wire.Artist) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _cursor(page: Shelf) -> str | None:
    return pages.cursor(page.after) if page.after else None
