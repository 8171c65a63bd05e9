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
class Credit:
    name: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedLine:
    at_ms: int
    text: str


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
    iswc: str
    mbid: str
    genre: str
    mood: str
    language: str
    year: int
    bpm: int
    key: str
    p_line: str
    explicit: bool
    credits: list[Credit]
    art: Art | None
    lyrics: str | None = None
    """Only where one song is asked for."""
    synced_lyrics: list[SyncedLine] | None = None
    """The same, with times, where they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    id: str
    title: str
    artists: list[ArtistRef]
    kind: str
    release_date: str
    original_date: str
    genre: str
    label: str
    upc: str
    mbid: str
    c_line: str
    p_line: str
    explicit: bool
    added_at: str
    art: Art | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    id: str
    name: str
    sort_name: str
    biography: str
    mbid: str


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
        iswc=song.iswc,
        mbid=song.mbid,
        genre=song.genre,
        mood=song.mood,
        language=song.language,
        year=song.year,
        bpm=song.bpm,
        key=song.key,
        p_line=song.p_line,
        explicit=song.explicit,
        credits=[Credit(name=each.name, part=each.part) for each in song.credits],
        art=_art(song.art),
        lyrics=song.lyrics or None,
        synced_lyrics=[SyncedLine(at_ms=line.at_ms, text=line.text) for line in song.synced] or None,
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
        original_date=record.original_date,
        genre=record.genre,
        label=record.label,
        upc=record.upc,
        mbid=record.mbid,
        c_line=record.c_line,
        p_line=record.p_line,
        explicit=record.explicit,
        added_at=record.added_at,
        art=_art(record.art),
    )


def artist(person: model.Artist) -> Artist:
    return Artist(
        id=person.id,
        name=person.name,
        sort_name=person.sort_name,
        biography=person.biography,
        mbid=person.mbid,
    )


def _artists(refs: Collection[model.ArtistRef]) -> list[ArtistRef]:
    return [ArtistRef(id=ref.id, name=ref.name, role=ref.role) for ref in refs]


def _art(art: model.Art | None) -> Art | None:
    return Art(key=art.key, edges=list(art.edges), placeholder=art.placeholder) if art else None
