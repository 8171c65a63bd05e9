"""Songs, albums, artists. Pure."""

import re
import unicodedata
from dataclasses import dataclass, field, fields, replace

from legato import ids
from legato.errors import NotFound


class TrackNotFound(NotFound): ...


class AlbumNotFound(NotFound): ...


class ArtistNotFound(NotFound): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistRef:
    id: str
    name: str
    role: str = "main"
    """``main``, ``featured``, ``composer``, ``conductor`` or ``remixer``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Art:
    """Cover art in square variants under ``/art/<key>/<edge>.webp`` (and ``.jpg``)."""

    key: str
    edges: tuple[int, ...]
    placeholder: str
    """A tiny picture as a ``data:`` URI, to blur until the real one is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    id: str
    title: str
    duration_ms: int
    artists: tuple[ArtistRef, ...]
    album_id: str
    album_title: str
    disc: int = 1
    position: int = 1
    isrc: str = ""
    genre: str = ""
    year: int = 0
    explicit: bool = False
    lyrics: str = ""
    art: Art | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    id: str
    title: str
    artists: tuple[ArtistRef, ...]
    kind: str = "album"
    """``album``, ``single``, ``ep`` or ``compilation``."""
    release_date: str = ""
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``: as precise as the tags are."""
    genre: str = ""
    label: str = ""
    upc: str = ""
    added_at: str = ""
    """RFC 3339; set at the first import and kept."""
    art: Art | None = None

    def updated(self, later: "Album") -> "Album":
        """What *later* says about this album, but nothing is forgotten that it does not mention.

        Songs of one album come with tags of their own, and not all of them name the label.
        """
        said = {f.name: getattr(later, f.name) for f in fields(self) if getattr(later, f.name)}
        return replace(self, **said | {"added_at": self.added_at or later.added_at})


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    id: str
    """The name folded: what ``?genre=`` compares."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumPage:
    album: Album
    tracks: tuple[Track, ...] = field(default=())


def folded(name: str) -> str:
    """*name* as people compare names: case, width, accents and runs of space do not count."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", plain).strip()


def artist_id(name: str) -> str:
    return ids.of("art", folded(name))


def album_id(artist: str, title: str) -> str:
    return ids.of("alb", folded(artist), folded(title))
