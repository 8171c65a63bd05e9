"""The library: what a listener heard, likes, and puts together."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from legato import dynamo, ids, pages
from legato.api import GUARDED, new_api, timestamp
from legato.caller import caller
from legato.catalog import shown
from legato.catalog import wire as catalog_wire
from legato.catalog.model import AlbumNotFound, ArtistNotFound, TrackNotFound
from legato.catalog.table import CatalogTable, track_of
from legato.config import load
from legato.library import model, ranks
from legato.library.model import Item, Kind, PlaylistFull, PlaylistNotFound
from legato.library.playlists import PlaylistTable
from legato.library.table import LibraryTable
from legato.rights.model import playable_in
from legato.rights.table import RightsTable

from . import wire
from .settings import Settings
from .wire import Favorite, Favorites, History, HistoryItem, PlaylistItem, PlaylistItems, PlaylistPage, Playlists

app = new_api()
settings = cache(lambda: load(Settings))
library = cache(lambda: LibraryTable(settings().library_table))
playlists = cache(lambda: PlaylistTable(settings().library_table))
catalog = cache(lambda: CatalogTable(settings().catalog_table))

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=pages.LONGEST)]


@app.get(
    "/v1/me/history",
    operation_id="getHistory",
    tags=["library"],
    summary="What I heard, the newest first",
    security=GUARDED,
)
def get_history(cursor: Cursor = None, limit: Limit = 50) -> History:
    lines, after = library().history(_me(), limit=limit, after=_after(cursor))
    songs = _songs([line.track_id for line in lines])
    items = [
        HistoryItem(
            play_id=line.play_id,
            track=songs[line.track_id],
            played_at=line.played_at,
            heard_ms=line.heard_ms,
            qualified=line.qualified,
        )
        for line in lines
    ]
    return History(items=items, cursor=_cursor(after))


@app.get(
    "/v1/me/favorites",
    operation_id="listFavorites",
    tags=["library"],
    summary="My favourites, the newest first",
    security=GUARDED,
)
def list_favorites(type: Annotated[Kind | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50) -> Favorites:
    kept, after = library().favorites(_me(), type, limit=limit, after=_after(cursor))
    return Favorites(items=_favorites(kept), cursor=_cursor(after))


@app.put(
    "/v1/me/favorites/<type>/<id>",
    operation_id="addFavorite",
    tags=["library"],
    summary="Keep something",
    security=GUARDED,
    status_code=204,
)
def add_favorite(type: Kind, id: str) -> None:
    """Raises `TrackNotFound` and its like: only what there is can be kept."""
    _insist_on(type, id)
    library().add_favorite(_me(), model.Favorite(kind=type, id=id, added_at=_now()))


@app.delete(
    "/v1/me/favorites/<type>/<id>",
    operation_id="removeFavorite",
    tags=["library"],
    summary="Keep it no longer",
    security=GUARDED,
    status_code=204,
)
def remove_favorite(type: Kind, id: str) -> None:
    library().remove_favorite(_me(), type, id)


@app.get(
    "/v1/me/playlists",
    operation_id="listMyPlaylists",
    tags=["library"],
    summary="My playlists, the newest first",
    security=GUARDED,
)
def list_my_playlists(cursor: Cursor = None, limit: Limit = 50) -> Playlists:
    mine, after = playlists().of(_me(), limit=limit, after=_after(cursor))
    return Playlists(items=[wire.playlist(each) for each in mine], cursor=_cursor(after))


@app.get(
    "/v1/me/playlists/<playlist_id>",
    operation_id="getMyPlaylist",
    tags=["library"],
    summary="A playlist, private ones too",
    security=GUARDED,
)
def get_my_playlist(playlist_id: str, cursor: Cursor = None, limit: Limit = 100) -> PlaylistPage:
    return _page(playlists().playlist(playlist_id).seen_by(_me()), cursor, limit)


@app.get(
    "/v1/playlists/<playlist_id>", operation_id="getPlaylist", tags=["library"], summary="A public or unlisted playlist"
)
def get_playlist(playlist_id: str, cursor: Cursor = None, limit: Limit = 100) -> PlaylistPage:
    return _page(playlists().playlist(playlist_id).seen_by(None), cursor, limit)


@app.post(
    "/v1/playlists",
    operation_id="createPlaylist",
    tags=["library"],
    summary="A new playlist",
    security=GUARDED,
    status_code=201,
)
def create_playlist(new: wire.NewPlaylist) -> PlaylistPage:
    songs, now = _there(new.tracks), _now()
    playlist = model.Playlist(
        id=_new_id("pls", "playlist"),
        owner_id=_me(),
        title=new.title,
        description=new.description,
        visibility=new.visibility,
        created_at=now,
        updated_at=now,
    )
    playlists().create(playlist)
    items = _items(new.tracks, ranks.several(None, None, len(new.tracks)), now)
    playlists().add(playlist.id, items, now=now)
    return wire.playlist_page(playlists().playlist(playlist.id), _shown(items, songs), None)


@app.patch(
    "/v1/playlists/<playlist_id>",
    operation_id="changePlaylist",
    tags=["library"],
    summary="Rename, describe, show or hide it",
    security=GUARDED,
)
def change_playlist(playlist_id: str, change: wire.PlaylistChange) -> wire.Playlist:
    _mine(playlist_id)
    said = {"title": change.title, "description": change.description, "visibility": change.visibility}
    changes = {name: str(value) for name, value in said.items() if value is not None}
    return wire.playlist(playlists().describe(playlist_id, changes | {"updated_at": _now()}))


@app.delete(
    "/v1/playlists/<playlist_id>",
    operation_id="deletePlaylist",
    tags=["library"],
    summary="Delete it",
    security=GUARDED,
    status_code=204,
)
def delete_playlist(playlist_id: str) -> None:
    playlists().delete(_mine(playlist_id))


@app.post(
    "/v1/playlists/<playlist_id>/items",
    operation_id="addPlaylistItems",
    tags=["library"],
    summary="Put songs in",
    security=GUARDED,
    status_code=201,
)
def add_playlist_items(playlist_id: str, new: wire.NewItems) -> PlaylistItems:
    playlist, songs, now = _mine(playlist_id), _there(new.tracks), _now()
    if playlist.count + len(new.tracks) > model.MOST_ITEMS:
        raise PlaylistFull(most=model.MOST_ITEMS)
    gap = playlists().gap(playlist_id, after=new.after, position=new.position)
    items = _items(new.tracks, ranks.several(*gap, len(new.tracks)), now)
    playlists().add(playlist_id, items, now=now)
    return PlaylistItems(items=_shown(items, songs))


@app.patch(
    "/v1/playlists/<playlist_id>/items/<item_id>",
    operation_id="movePlaylistItem",
    tags=["library"],
    summary="Put a song elsewhere",
    security=GUARDED,
    status_code=204,
)
def move_playlist_item(playlist_id: str, item_id: str, move: wire.Move) -> None:
    _mine(playlist_id)
    playlists().move(playlist_id, item_id, after=move.after, position=move.position, now=_now())


@app.delete(
    "/v1/playlists/<playlist_id>/items/<item_id>",
    operation_id="removePlaylistItem",
    tags=["library"],
    summary="Take a song out",
    security=GUARDED,
    status_code=204,
)
def remove_playlist_item(playlist_id: str, item_id: str) -> None:
    _mine(playlist_id)
    playlists().remove(playlist_id, item_id, now=_now())


def _me() -> str:
    return caller(app.current_event.raw_event).id


def _now() -> str:
    return timestamp(datetime.now(UTC))


def _after(cursor: str | None) -> str | None:
    position = pages.position(cursor, ["sk"])
    return position["sk"] if position else None


def _cursor(after: str | None) -> str | None:
    return pages.cursor({"sk": after}) if after else None


def _new_id(kind: str, what: str) -> str:
    """A fresh id; of a request that is sent again under the same ``Idempotency-Key``, the same one."""
    key = app.current_event.headers.get("idempotency-key")
    return ids.of(kind, _me(), app.current_event.path, what, key) if key else ids.new(kind)


def _mine(playlist_id: str) -> model.Playlist:
    return playlists().playlist(playlist_id).changed_by(_me())


def _songs(track_ids: Collection[str]) -> dict[str, catalog_wire.Track]:
    """Every song asked for, as this viewer sees it; one batched read of songs and rights for every fifty."""
    territory = shown.territory(app.current_event.headers, settings().origin_secret)
    tables = settings().catalog_table, settings().rights_table
    rows = dynamo.get_many(
        {
            tables[0]: [CatalogTable.track_key(each) for each in track_ids],
            tables[1]: [RightsTable.key(each) for each in track_ids],
        }
    )
    songs = {row["pk"]: track_of(row) for row in rows[tables[0]]}
    permitted = {row["pk"]: row for row in rows[tables[1]]}
    now = datetime.now(UTC)
    return {
        each: catalog_wire.track(
            songs[each], playable=playable_in(RightsTable.read(permitted.get(each)), territory, now)
        )
        if each in songs
        else catalog_wire.gone(each)
        for each in track_ids
    }


def _there(track_ids: Collection[str]) -> dict[str, catalog_wire.Track]:
    songs = _songs(track_ids)
    if missing := [each for each, song in songs.items() if song.album is None]:
        raise TrackNotFound(track_id=missing[0])
    return songs


def _items(track_ids: Sequence[str], places: Sequence[str], now: str) -> list[Item]:
    return [
        Item(id=_new_id("itm", str(n)), rank=rank, track_id=track_id, added_at=now)
        for n, (track_id, rank) in enumerate(zip(track_ids, places, strict=True))
    ]


def _shown(items: Collection[Item], songs: dict[str, catalog_wire.Track]) -> list[PlaylistItem]:
    return [PlaylistItem(item_id=each.id, track=songs[each.track_id], added_at=each.added_at) for each in items]


def _page(playlist: model.Playlist, cursor: str | None, limit: int) -> PlaylistPage:
    items, after = playlists().items(playlist.id, limit=limit, after=_after(cursor))
    return wire.playlist_page(playlist, _shown(items, _songs([each.track_id for each in items])), _cursor(after))


def _insist_on(kind: Kind, id: str) -> None:
    match kind:
        case Kind.TRACK if not catalog().tracks([id]):
            raise TrackNotFound(track_id=id)
        case Kind.ALBUM if not catalog().albums([id]):
            raise AlbumNotFound(album_id=id)
        case Kind.ARTIST if not catalog().artists([id]):
            raise ArtistNotFound(artist_id=id)
        case Kind.PLAYLIST:
            playlists().playlist(id).seen_by(_me())


def _favorites(kept: Sequence[model.Favorite]) -> list[Favorite]:
    """With what each of them is: one batched read a kind that is among them."""
    of = {kind: [each.id for each in kept if each.kind is kind] for kind in Kind}
    songs = _songs(of[Kind.TRACK]) if of[Kind.TRACK] else {}
    albums = catalog().albums(of[Kind.ALBUM])
    artists = catalog().artists(of[Kind.ARTIST])
    lists = playlists().many(of[Kind.PLAYLIST])
    return [
        Favorite(
            type=each.kind,
            id=each.id,
            added_at=each.added_at,
            track=songs.get(each.id),
            album=catalog_wire.album(albums[each.id]) if each.id in albums else None,
            artist=catalog_wire.artist(artists[each.id]) if each.id in artists else None,
            playlist=_visible(lists.get(each.id)),
        )
        for each in kept
    ]


def _visible(playlist: model.Playlist | None) -> wire.Playlist | None:
    """None where it was deleted, or its owner has hidden it since."""
    try:
        return wire.playlist(playlist.seen_by(_me())) if playlist else None
    except PlaylistNotFound:
        return None
