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
    artists = _artists(tags)
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
        original_date=tags.original_date,
        mbid=tags.album_mbid,
        c_line=tags.c_line,
        p_line=tags.p_line,
        explicit=tags.explicit,
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
        iswc=tags.iswc,
        mbid=tags.mbid,
        genre=tags.genre,
        mood=tags.mood,
        language=tags.language,
        # A remaster of 2011 is music of 1968.
        year=int((tags.original_date or tags.date)[:4] or 0),
        bpm=tags.bpm,
        key=tags.key,
        p_line=tags.p_line,
        explicit=tags.explicit,
        credits=tags.credits,
        lyrics=tags.lyrics,
        synced=tags.synced,
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


def _artists(tags: Tags) -> tuple[ArtistRef, ...]:
    """Main artists in order, those behind a ``feat.``, then who wrote, conducted and remixed; each once a role.

    Who performs is not named again as a guest of his own song, but may well have written it.
    """
    mains, guests = [], []
    for name in tags.artists or (UNKNOWN,):
        guests += [guest for found in _FEATURING.findall(name) for guest in _SEVERAL.split(found.strip())]
        mains.append(_FEATURING.sub("", name).strip() or name)
    heard = [*(_ref(name, "main") for name in mains), *(_ref(name, "featured") for name in guests)]
    refs = list({ref.id: ref for ref in reversed(heard) if ref.name}.values())[::-1]
    behind = (("composer", tags.composers), ("conductor", tags.conductors), ("remixer", tags.remixers))
    refs += [_ref(name, role) for role, names in behind for name in names]
    return tuple({(ref.id, ref.role): ref for ref in refs}.values())


def _ref(name: str, role: str) -> ArtistRef:
    return ArtistRef(id=artist_id(name), name=name, role=role)
