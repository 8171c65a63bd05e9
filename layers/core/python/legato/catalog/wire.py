"""The catalogue as clients see it: the shapes that the catalogue, search and the library all answer with."""

from collections.abc import Collection
from dataclasses import dataclass

from legato.catalog import model


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistRef:
    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumRef:
    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Art:
    """``/art/<key>/<edge>.webp`` and ``.jpg`` for every edge (pixels); ``placeholder`` is a ``data:`` URI."""

    key: str
    edges: list[int]
    placeholder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    id: str
    title: str
    duration_ms: int
    artists: list[ArtistRef]
    album: AlbumRef | None
    playable: bool
    disc: int
    position: int
    isrc: str
    genre: str
    year: int
    explicit: bool
    art: Art | None
    lyrics: str | None = None
    """Only where one song is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    id: str
    title: str
    artists: list[ArtistRef]
    kind: str
    release_date: str
    genre: str
    label: str
    upc: str
    added_at: str
    art: Art | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    id: str
    name: str


def track(song: model.Track, *, playable: bool) -> Track:
    return Track(
        id=song.id,
        title=song.title,
        duration_ms=song.duration_ms,
        artists=_artists(song.artists),
        album=AlbumRef(id=song.album_id, title=song.album_title) if song.album_id else None,
        playable=playable,
        disc=song.disc,
        position=song.position,
        isrc=song.isrc,
        genre=song.genre,
        year=song.year,
        explicit=song.explicit,
        art=_art(song.art),
        lyrics=song.lyrics or None,
    )


def gone(track_id: str) -> Track:
    """A song that is no longer in the catalogue, where a listener's own list still names it."""
    unknown = model.Track(id=track_id, title="", duration_ms=0, artists=(), album_id="", album_title="")
    return track(unknown, playable=False)


def album(record: model.Album) -> Album:
    return Album(
        id=record.id,
        title=record.title,
        artists=_artists(record.artists),
        kind=record.kind,
        release_date=record.release_date,
        genre=record.genre,
        label=record.label,
        upc=record.upc,
        added_at=record.added_at,
        art=_art(record.art),
    )


def artist(person: model.Artist) -> Artist:
    return Artist(id=person.id, name=person.name)


def _artists(refs: Collection[model.ArtistRef]) -> list[ArtistRef]:
    return [ArtistRef(id=ref.id, name=ref.name, role=ref.role) for ref in refs]


def _art(art: model.Art | None) -> Art | None:
    return Art(key=art.key, edges=list(art.edges), placeholder=art.placeholder) if art else None
