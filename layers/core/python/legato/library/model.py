"""What a listener keeps. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from legato.errors import Conflict, Forbidden, NotFound

MOST_ITEMS = 10_000
"""Of one playlist."""


class PlaylistNotFound(NotFound):
    """There is none, or it is somebody's private one."""


class ItemNotFound(NotFound): ...


class NotYourPlaylist(Forbidden):
    """Only its owner may change or delete it."""


class PlaylistFull(Conflict):
    """It holds ``most`` items."""


class Visibility(StrEnum):
    PRIVATE = "private"
    UNLISTED = "unlisted"
    """Whoever has the link may see it."""
    PUBLIC = "public"


class Kind(StrEnum):
    """What can be a favourite."""

    TRACK = "track"
    ALBUM = "album"
    ARTIST = "artist"
    PLAYLIST = "playlist"

    @property
    def prefix(self) -> str:
        """Of its ids."""
        return {"track": "trk", "album": "alb", "artist": "art", "playlist": "pls"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One line of a listener's history."""

    play_id: str
    track_id: str
    played_at: str
    """RFC 3339, UTC, to the millisecond."""
    heard_ms: int
    qualified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Favorite:
    kind: Kind
    id: str
    added_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    id: str
    owner_id: str
    title: str
    description: str
    visibility: Visibility
    created_at: str
    updated_at: str
    count: int = 0
    """How many items it holds."""

    def seen_by(self, listener_id: str | None) -> "Playlist":
        """Raises `PlaylistNotFound`: that there is a private playlist is private too."""
        if self.visibility is Visibility.PRIVATE and listener_id != self.owner_id:
            raise PlaylistNotFound(playlist_id=self.id)
        return self

    def changed_by(self, listener_id: str) -> "Playlist":
        if self.seen_by(listener_id).owner_id != listener_id:
            raise NotYourPlaylist(playlist_id=self.id)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A song in a playlist. The same song twice is two items."""

    id: str
    rank: str
    """Its place (`legato.library.ranks`)."""
    track_id: str
    added_at: str
