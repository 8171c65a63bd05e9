"""What the listener puts together."""

from collections.abc import Collection, Sequence

from aws_lambda_powertools.event_handler.api_gateway import Router

from legato import ids
from legato.api import GUARDED
from legato.catalog import wire as catalog_wire
from legato.catalog.model import TrackNotFound
from legato.library import model, ranks
from legato.library.model import Item, PlaylistFull

from . import asked, wire
from .wire import PlaylistItem, PlaylistItems, PlaylistPage, Playlists

routes = Router()


@routes.get(
    "/v1/me/playlists",
    operation_id="listMyPlaylists",
    tags=["library"],
    summary="My playlists, the newest first",
    security=GUARDED,
)
def list_my_playlists(cursor: asked.Cursor = None, limit: asked.Limit = 50) -> Playlists:
    mine, after = asked.playlists().of(asked.me(routes), limit=limit, after=asked.after(cursor))
    return Playlists(items=[wire.playlist(each) for each in mine], cursor=asked.cursor(after))


@routes.get(
    "/v1/me/playlists/<playlist_id>",
    operation_id="getMyPlaylist",
    tags=["library"],
    summary="A playlist, private ones too",
    security=GUARDED,
)
def get_my_playlist(playlist_id: str, cursor: asked.Cursor = None, limit: asked.Limit = 100) -> PlaylistPage:
    return _page(asked.playlists().playlist(playlist_id).seen_by(asked.me(routes)), cursor, limit)


@routes.get(
    "/v1/playlists/<playlist_id>", operation_id="getPlaylist", tags=["library"], summary="A public or unlisted playlist"
)
def get_playlist(playlist_id: str, cursor: asked.Cursor = None, limit: asked.Limit = 100) -> PlaylistPage:
    return _page(asked.playlists().playlist(playlist_id).seen_by(None), cursor, limit)


@routes.post(
    "/v1/playlists",
    operation_id="createPlaylist",
    tags=["library"],
    summary="A new playlist",
    security=GUARDED,
    status_code=201,
)
def create_playlist(new: wire.NewPlaylist) -> PlaylistPage:
    songs, now = _there(new.tracks), asked.now()
    playlist = model.Playlist(
        id=ids.new("pls"),
        owner_id=asked.me(routes),
        title=new.title,
        description=new.description,
        visibility=new.visibility,
        created_at=now,
        updated_at=now,
    )
    playlist = asked.playlists().create(playlist, once=_key())
    items = _items(playlist.id, new.tracks, ranks.several(None, None, len(new.tracks)), now)
    asked.playlists().add(playlist.id, items, now=now)
    return wire.playlist_page(asked.playlists().playlist(playlist.id), _shown(items, songs), None)


@routes.patch(
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
    return wire.playlist(asked.playlists().describe(playlist_id, changes | {"updated_at": asked.now()}))


@routes.delete(
    "/v1/playlists/<playlist_id>",
    operation_id="deletePlaylist",
    tags=["library"],
    summary="Delete it",
    security=GUARDED,
    status_code=204,
)
def delete_playlist(playlist_id: str) -> None:
    """Asked again after a failure, it goes on where it stopped."""
    asked.playlists().delete(playlist_id, by=asked.me(routes), now=asked.now())


@routes.post(
    "/v1/playlists/<playlist_id>/items",
    operation_id="addPlaylistItems",
    tags=["library"],
    summary="Put songs in",
    security=GUARDED,
    status_code=201,
)
def add_playlist_items(playlist_id: str, new: wire.NewItems) -> PlaylistItems:
    playlist, songs, now = _mine(playlist_id), _there(new.tracks), asked.now()
    if playlist.count + len(new.tracks) > model.MOST_ITEMS:
        raise PlaylistFull(most=model.MOST_ITEMS)
    gap = asked.playlists().gap(playlist_id, after=new.after, position=new.position)
    items = _items(playlist_id, new.tracks, ranks.several(*gap, len(new.tracks)), now)
    asked.playlists().add(playlist_id, items, now=now)
    return PlaylistItems(items=_shown(items, songs))


@routes.patch(
    "/v1/playlists/<playlist_id>/items/<item_id>",
    operation_id="movePlaylistItem",
    tags=["library"],
    summary="Put a song elsewhere",
    security=GUARDED,
    status_code=204,
)
def move_playlist_item(playlist_id: str, item_id: str, move: wire.Move) -> None:
    _mine(playlist_id)
    asked.playlists().move(playlist_id, item_id, after=move.after, position=move.position, now=asked.now())


@routes.delete(
    "/v1/playlists/<playlist_id>/items/<item_id>",
    operation_id="removePlaylistItem",
    tags=["library"],
    summary="Take a song out",
    security=GUARDED,
    status_code=204,
)
def remove_playlist_item(playlist_id: str, item_id: str) -> None:
    _mine(playlist_id)
    asked.playlists().remove(playlist_id, item_id, now=asked.now())


def _key() -> str:
    """The same for a request that is sent again; nothing for one that does not say."""
    return routes.current_event.headers.get("idempotency-key") or ""


def _mine(playlist_id: str) -> model.Playlist:
    return asked.playlists().playlist(playlist_id).changed_by(asked.me(routes))


def _there(track_ids: Collection[str]) -> dict[str, catalog_wire.Track]:
    songs = asked.songs(routes, track_ids)
    if missing := [each for each, song in songs.items() if song.album is None]:
        raise TrackNotFound(track_id=missing[0])
    return songs


def _items(playlist_id: str, track_ids: Sequence[str], places: Sequence[str], now: str) -> list[Item]:
    """With fresh ids; of a request that is sent again under the same ``Idempotency-Key``, the same ones."""
    path, key = routes.current_event.path, _key()
    return [
        Item(
            id=ids.of("itm", playlist_id, path, key, str(n)) if key else ids.new("itm"),
            rank=rank,
            track_id=track_id,
            added_at=now,
        )
        for n, (track_id, rank) in enumerate(zip(track_ids, places, strict=True))
    ]


def _shown(items: Collection[Item], songs: dict[str, catalog_wire.Track]) -> list[PlaylistItem]:
    return [PlaylistItem(item_id=each.id, track=songs[each.track_id], added_at=each.added_at) for each in items]


def _page(playlist: model.Playlist, cursor: str | None, limit: int) -> PlaylistPage:
    items, after = asked.playlists().items(playlist.id, limit=limit, after=asked.after(cursor))
    return wire.playlist_page(
        playlist, _shown(items, asked.songs(routes, [each.track_id for each in items])), asked.cursor(after)
    )
