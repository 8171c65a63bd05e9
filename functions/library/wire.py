"""The library as clients see it, and what they send."""

from dataclasses import asdict, dataclass, field
from typing import Annotated

from pydantic import Field

from legato.catalog import wire
from legato.library import model
from legato.library.model import Kind, Visibility

MOST_TRACKS = 100
"""In one request."""

Title = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=2000)]
TrackIds = Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=MOST_TRACKS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    play_id: str
    track: wire.Track
    played_at: str
    heard_ms: int
    qualified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    items: list[HistoryItem]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    id: str
    title: str
    description: str
    visibility: Visibility
    owner_id: str
    created_at: str
    updated_at: str
    track_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlists:
    items: list[Playlist]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistItem:
    item_id: str
    track: wire.Track
    added_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistItems:
    items: list[PlaylistItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistPage(Playlist):
    """A playlist and a page of its items."""

    items: list[PlaylistItem]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Favorite:
    """``track``, ``album``, ``artist`` or ``playlist`` is what ``type`` says; null where it is no longer there."""

    type: Kind
    id: str
    added_at: str
    track: wire.Track | None = None
    album: wire.Album | None = None
    artist: wire.Artist | None = None
    playlist: Playlist | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Favorites:
    items: list[Favorite]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlaylist:
    title: Title
    description: Description = ""
    visibility: Visibility = Visibility.PRIVATE
    tracks: TrackIds = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistChange:
    """What is left out stays."""

    title: Title | None = None
    description: Description | None = None
    visibility: Visibility | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItems:
    """Where to: behind the item ``after``, at ``position`` (from 0), else at the end."""

    tracks: Annotated[TrackIds, Field(min_length=1)]
    after: str | None = None
    position: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where to: behind the item ``after``, at ``position`` (from 0), else to the end."""

    after: str | None = None
    position: Annotated[int, Field(ge=0)] | None = None


def playlist(kept: model.Playlist) -> Playlist:
    return Playlist(
        id=kept.id,
        title=kept.title,
        description=kept.description,
        visibility=kept.visibility,
        owner_id=kept.owner_id,
        created_at=kept.created_at,
        updated_at=kept.updated_at,
        track_count=kept.count,
    )


def playlist_page(kept: model.Playlist, items: list[PlaylistItem], cursor: str | None) -> PlaylistPage:
    return PlaylistPage(**asdict(playlist(kept)), items=items, cursor=cursor)
