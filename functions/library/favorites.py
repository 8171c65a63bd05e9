"""What the listener likes."""

from collections.abc import Sequence
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from legato import ids
from legato.api import GUARDED
from legato.catalog import wire as catalog_wire
from legato.catalog.model import AlbumNotFound, ArtistNotFound, TrackNotFound
from legato.library import model
from legato.library.model import Kind, PlaylistNotFound

from . import asked, wire
from .wire import Favorite, Favorites

routes = Router()


@routes.get(
    "/v1/me/favorites",
    operation_id="listFavorites",
    tags=["library"],
    summary="My favourites, the newest first",
    security=GUARDED,
)
def list_favorites(
    type: Annotated[Kind | None, Query()] = None, cursor: asked.Cursor = None, limit: asked.Limit = 50
) -> Favorites:
    kept, after = asked.library().favorites(asked.me(routes), type, limit=limit, after=asked.after(cursor))
    return Favorites(items=_favorites(kept), cursor=asked.cursor(after))


@routes.put(
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
    asked.library().add_favorite(asked.me(routes), model.Favorite(kind=type, id=id, added_at=asked.now()))


@routes.delete(
    "/v1/me/favorites/<type>/<id>",
    operation_id="removeFavorite",
    tags=["library"],
    summary="Keep it no longer",
    security=GUARDED,
    status_code=204,
)
def remove_favorite(type: Kind, id: str) -> None:
    """What cannot be kept is not kept: no refusal."""
    if ids.is_id(type.prefix, id):
        asked.library().remove_favorite(asked.me(routes), type, id)


def _insist_on(kind: Kind, id: str) -> None:
    seen = asked.seen(routes, [id])
    match kind:
        case Kind.TRACK if id not in seen.tracks:
            raise TrackNotFound(track_id=id)
        case Kind.ALBUM if id not in seen.albums:
            raise AlbumNotFound(album_id=id)
        case Kind.ARTIST if id not in seen.artists:
            raise ArtistNotFound(artist_id=id)
        case Kind.PLAYLIST:
            asked.playlists().playlist(id).seen_by(asked.me(routes))


def _favorites(kept: Sequence[model.Favorite]) -> list[Favorite]:
    """With what each of them is: one batched read of the catalogue, and one of playlists if there are any."""
    seen = asked.seen(routes, [each.id for each in kept])
    lists = asked.playlists().many([each.id for each in kept if each.kind is Kind.PLAYLIST])
    return [
        Favorite(
            type=each.kind,
            id=each.id,
            added_at=each.added_at,
            track=(seen.tracks.get(each.id) or catalog_wire.gone(each.id)) if each.kind is Kind.TRACK else None,
            album=seen.albums.get(each.id),
            artist=seen.artists.get(each.id),
            playlist=_visible(lists.get(each.id)),
        )
        for each in kept
    ]


def _visible(playlist: model.Playlist | None) -> wire.Playlist | None:
    """None where it was deleted, or its owner has hidden it since."""
    try:
        return wire.playlist(playlist.seen_by(asked.me(routes))) if playlist else None
    except PlaylistNotFound:
        return None
