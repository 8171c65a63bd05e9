"""A master's place in the catalogue, from its tags and, where they are silent, from its file name. Pure."""

import re
from dataclasses import dataclass, replace

from legato import ids
from legato.catalog.model import Album, Art, ArtistRef, Track, album_id, artist_id
from legato.ingest.model import Tags

UNKNOWN = "Unknown Artist"
VARIOUS = "Various Artists"

# A bare number before a space is a track's only with its zero: "99 Luftballons" is a title.
_NUMBERED = re.compile(
    r"(?:(\d{1,2})-)?(?:(?=0)|(?=\d+(?:[.)]|\s*[-\u2013\u2014]\s)))(\d{1,3})(?:[.)]\s*|\s*[-\u2013\u2014]\s+|\s+)(?=\S)(.*)"
)
_FEATURING = re.compile(r"\s*[(\[]?\b(?:feat\.?|ft\.?|featuring)\s+([^)\]]+)[)\]]?", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*(?:,|&| and )\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    album: Album
    track: Track


def entry(tags: Tags, *, file: str, track_id: str, duration_ms: int, art: Art | None, added_at: str) -> Entry:
    """The song and its album. Every song has one: without an album's name it is its own single."""
    tags = _completed(tags, file)
    artists = _artists(tags.artists or (UNKNOWN,))
    mains = [ref.name for ref in artists if ref.role == "main"]
    various = tags.compilation and not tags.album_artists
    album_artists = (VARIOUS,) if various else tags.album_artists or (mains[0],)
    if tags.album:
        album_of = album_id(", ".join(album_artists), tags.album)
        kind = tags.kind or ("compilation" if various or VARIOUS in album_artists else "album")
    else:
        album_of, kind = ids.of("alb", track_id), "single"
    album = Album(
        id=album_of,
        title=tags.album or tags.title,
        artists=tuple(_ref(name, "main") for name in album_artists),
        kind=kind,
        release_date=tags.date,
        genre=tags.genre,
        label=tags.label,
        upc=tags.upc,
        added_at=added_at,
        art=art,
    )
    track = Track(
        id=track_id,
        title=tags.title,
        duration_ms=duration_ms,
        artists=artists,
        album_id=album.id,
        album_title=album.title,
        disc=tags.disc or 1,
        position=tags.position or 1,
        isrc=tags.isrc,
        genre=tags.genre,
        year=int(tags.date[:4] or 0),
        explicit=tags.explicit,
        lyrics=tags.lyrics,
        art=art,
    )
    return Entry(album=album, track=track)


def _completed(tags: Tags, file: str) -> Tags:
    """*tags* with what ``03 - Artist - Title.flac`` says where they say nothing."""
    if tags.title:
        return tags
    stem = file.rpartition(".")[0] or file
    name = " ".join(stem.replace("_", " ").split())
    disc = position = 0
    if numbered := _NUMBERED.fullmatch(name):
        disc, position, name = int(numbered[1] or 0), int(numbered[2]), numbered[3]
    artist, dash, title = name.partition(" - ")
    if not dash or tags.artists:
        artist, title = "", name if not dash or artist not in tags.artists else title
    return replace(
        tags,
        title=title or name or file,
        artists=tags.artists or ((artist,) if artist else ()),
        disc=tags.disc or disc,
        position=tags.position or position,
    )


def _artists(names: tuple[str, ...]) -> tuple[ArtistRef, ...]:
    """Main artists in order, then those behind a ``feat.``; each once."""
    mains, guests = [], []
    for name in names:
        guests += [guest for found in _FEATURING.findall(name) for guest in _SEVERAL.split(found.strip())]
        mains.append(_FEATURING.sub("", name).strip() or name)
    refs = [*(_ref(name, "main") for name in mains), *(_ref(name, "featured") for name in guests)]
    return tuple({ref.id: ref for ref in reversed(refs) if ref.name}.values())[::-1]


def _ref(name: str, role: str) -> ArtistRef:
    return ArtistRef(id=artist_id(name), name=name, role=role)
