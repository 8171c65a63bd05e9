"""Songs, albums, artists. Pure."""

import re
import unicodedata
from dataclasses import dataclass, field, fields, replace

from legato import ids
from legato.errors import NotFound, Stale


class TrackNotFound(NotFound): ...


class AlbumNotFound(NotFound): ...


class ArtistNotFound(NotFound): ...


class ShelfNotFound(NotFound): ...


class ChangedMeanwhile(Stale):
    """Somebody else changed it since the version that ``If-Match`` names; ``version`` is the one it has now."""


ROLES = ("main", "featured", "composer", "conductor", "remixer")
KINDS = ("album", "single", "ep", "compilation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Somebody who took part and is no artist of the song: a producer, a drummer, an engineer."""

    name: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedLine:
    at_ms: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistRef:
    id: str
    name: str
    role: str = "main"
    """One of `ROLES`."""


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
    iswc: str = ""
    mbid: str = ""
    """Of the recording, at MusicBrainz."""
    genre: str = ""
    mood: str = ""
    language: str = ""
    """BCP 47 or ISO 639, as it was delivered, in lower case."""
    year: int = 0
    bpm: int = 0
    """Beats a minute; 0 where nobody knows."""
    key: str = ""
    """``C``, ``F#m``, ``Bb``: as ID3's TKEY writes it (ID3v2.4 4.2.3)."""
    p_line: str = ""
    """Who owns the recording, without the sign ℗."""
    explicit: bool = False
    credits: tuple[Credit, ...] = ()
    lyrics: str = ""
    synced: tuple[SyncedLine, ...] = ()
    """The lyrics with their times, where they are known."""
    art: Art | None = None
    version: int = 0
    edited: frozenset[str] = frozenset()
    """Fields that an operator has set: a later import of the same master leaves them alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    id: str
    title: str
    artists: tuple[ArtistRef, ...]
    kind: str = "album"
    """One of `KINDS`."""
    release_date: str = ""
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``: as precise as the tags are."""
    original_date: str = ""
    """When it first came out, of a re-release."""
    genre: str = ""
    label: str = ""
    upc: str = ""
    mbid: str = ""
    """Of the release, at MusicBrainz."""
    c_line: str = ""
    """Who owns the cover and the notes, without the sign ©."""
    p_line: str = ""
    """Who owns the recordings, without the sign ℗."""
    explicit: bool = False
    """Whether any of its songs is."""
    added_at: str = ""
    """RFC 3339; set at the first import and kept."""
    art: Art | None = None
    version: int = 0
    edited: frozenset[str] = frozenset()
    """Fields that an operator has set: songs that arrive later leave them alone."""

    def updated(self, later: "Album") -> "Album":
        """What *later* says about this album, but nothing is forgotten that it does not mention.

        Songs of one album come with tags of their own, and not all of them name the label.
        """
        kept = {"version", "edited", *self.edited}
        said = {f.name: getattr(later, f.name) for f in fields(self) if getattr(later, f.name) and f.name not in kept}
        return replace(self, **said | {"added_at": self.added_at or later.added_at})


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    id: str
    name: str
    sort_name: str = ""
    """Under which it stands in lists: ``Beatles, The``."""
    biography: str = ""
    mbid: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A shelf that the operator puts together: new releases, a mood, an editor's choice. In its own order."""

    id: str
    """Chosen by the operator: lower-case letters, digits and hyphens."""
    title: str
    description: str = ""
    items: tuple[str, ...] = ()
    """Ids of albums and songs."""
    position: int = 0
    """Among the shelves: the lowest comes first."""
    version: int = 0


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
