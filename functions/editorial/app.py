"""The operator's hand in the catalogue: songs, albums and artists put right, and shelves put together.

Every record has a version, which is its ETag. An edit says in ``If-Match`` which one it was made on; where
somebody else was faster, 412 says so and nothing is written.
"""

import re
from dataclasses import asdict, fields
from functools import cache
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import Response

from legato import ids
from legato.api import ADMIN, new_api
from legato.catalog import wire
from legato.catalog.edits import Edits
from legato.catalog.model import AlbumNotFound, Credit, Feature, SyncedLine, TrackNotFound
from legato.catalog.table import CatalogTable
from legato.config import load
from legato.errors import MalformedRequest

from . import asked
from .asked import AlbumChange, ArtistChange, ShelfWritten, TrackChange
from .settings import Settings

app = new_api()
Answer = TypeVar("Answer")
settings = cache(lambda: load(Settings))
catalog = cache(lambda: CatalogTable(settings().catalog_table))
edits = cache(lambda: Edits(catalog()))


@app.get(
    "/v1/admin/tracks/<track_id>",
    operation_id="getTrackToEdit",
    summary="A song as it is kept, with its version as ETag",
    tags=["operator"],
    security=ADMIN,
)
def get_track(track_id: str) -> Response[wire.Track]:
    song = catalog().track(track_id)
    return _versioned(wire.track(song, playable=False), song.version)


@app.patch(
    "/v1/admin/tracks/<track_id>",
    operation_id="editTrack",
    summary="Put a song's facts right; `If-Match` says which version they were read in",
    tags=["operator"],
    security=ADMIN,
)
def edit_track(track_id: str, change: TrackChange) -> Response[wire.Track]:
    changes = asked.checked(_said(change))
    if "synced_lyrics" in changes:
        changes["synced"] = tuple(SyncedLine(**asdict(line)) for line in changes.pop("synced_lyrics"))
    if "credits" in changes:
        changes["credits"] = tuple(Credit(**asdict(each)) for each in changes["credits"])
    if "artists" in changes:
        changes["artists"] = asked.refs(changes["artists"])
    song = edits().track(track_id, changes, since=_since())
    return _versioned(wire.track(song, playable=False), song.version)


@app.get(
    "/v1/admin/albums/<album_id>",
    operation_id="getAlbumToEdit",
    summary="An album as it is kept, with its version as ETag",
    tags=["operator"],
    security=ADMIN,
)
def get_album(album_id: str) -> Response[wire.Album]:
    record = catalog().albums([album_id]).get(album_id) if ids.is_id("alb", album_id) else None
    if record is None:
        raise AlbumNotFound(album_id=album_id)
    return _versioned(wire.album(record), record.version)


@app.patch(
    "/v1/admin/albums/<album_id>",
    operation_id="editAlbum",
    summary="Put an album's facts right; `If-Match` says which version they were read in",
    tags=["operator"],
    security=ADMIN,
)
def edit_album(album_id: str, change: AlbumChange) -> Response[wire.Album]:
    changes = asked.checked(_said(change))
    record = edits().album(album_id, changes, since=_since())
    return _versioned(wire.album(record), record.version)


@app.get(
    "/v1/admin/artists/<artist_id>",
    operation_id="getArtistToEdit",
    summary="An artist as they are kept, with the version as ETag",
    tags=["operator"],
    security=ADMIN,
)
def get_artist(artist_id: str) -> Response[wire.Artist]:
    person = catalog().artist(artist_id)
    return _versioned(wire.artist(person), person.version)


@app.patch(
    "/v1/admin/artists/<artist_id>",
    operation_id="editArtist",
    summary="Put an artist's facts right; `If-Match` says which version they were read in",
    tags=["operator"],
    security=ADMIN,
)
def edit_artist(artist_id: str, change: ArtistChange) -> Response[wire.Artist]:
    person = edits().artist(artist_id, asked.checked(_said(change)), since=_since())
    return _versioned(wire.artist(person), person.version)


@app.put(
    "/v1/admin/shelves/<shelf_id>",
    operation_id="putShelf",
    summary="Put a shelf together; `If-Match` for one that is there, `If-None-Match: *` for a new one",
    tags=["operator"],
    security=ADMIN,
)
def put_shelf(shelf_id: str, shelf: ShelfWritten) -> Response[ShelfWritten]:
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", shelf_id):
        raise MalformedRequest("shelf_id: lower-case letters, digits and hyphens, at most 64")
    _insist_on(shelf.items)
    since = 0 if _header("if-none-match") == "*" else _since()
    feature = Feature(
        id=shelf_id,
        title=shelf.title,
        description=shelf.description,
        items=tuple(dict.fromkeys(shelf.items)),
        position=shelf.position,
    )
    return _versioned(shelf, edits().shelf(feature, since=since).version)


@app.delete(
    "/v1/admin/shelves/<shelf_id>",
    operation_id="dropShelf",
    summary="Take a shelf down; what stood on it stays in the catalogue",
    tags=["operator"],
    security=ADMIN,
    status_code=204,
)
def drop_shelf(shelf_id: str) -> Response[None]:
    edits().drop_shelf(shelf_id)
    return Response(204)


def _insist_on(items: list[str]) -> None:
    """Raises a refusal for the first that is not in the catalogue."""
    tracks = [each for each in items if ids.is_id("trk", each)]
    albums = [each for each in items if ids.is_id("alb", each)]
    if strange := [each for each in items if each not in {*tracks, *albums}]:
        raise MalformedRequest(f"items: {strange[0]} is neither a song nor an album")
    songs, records = catalog().tracks(tracks), catalog().albums(albums)
    for each in items:
        if each not in songs and each not in records:
            raise (TrackNotFound(track_id=each) if each in tracks else AlbumNotFound(album_id=each))


def _said(change: TrackChange | AlbumChange | ArtistChange) -> dict[str, Any]:
    said = {each.name: getattr(change, each.name) for each in fields(change)}
    changes = {name: value for name, value in said.items() if value is not None}
    if not changes:
        raise MalformedRequest("the body changes nothing")
    return changes


def _since() -> int:
    """The version in ``If-Match``; CloudFront weakens tags, so ``W/`` does not count. Raises `MalformedRequest`."""
    found = re.fullmatch(r'(?:W/)?"(\d{1,9})"', _header("if-match").strip())
    if not found:
        raise MalformedRequest("If-Match: the ETag of the version that was read")
    return int(found[1])


def _header(name: str) -> str:
    return app.current_event.headers.get(name) or ""


def _versioned(body: Answer, version: int) -> Response[Answer]:
    return Response(200, "application/json", body, headers={"ETag": f'"{version}"'})
