"""What a file says about its music, out of ID3, Vorbis comments, MP4 atoms and RIFF INFO, in one vocabulary.

Tags are hints, not facts: what cannot be read is left out, and no tag, however broken, stops a master.
"""

import re
import unicodedata
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mutagen
from mutagen.aiff import AIFF
from mutagen.flac import FLAC, Picture
from mutagen.id3 import ID3
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from legato import log
from legato.ingest.model import Source, Tags

FRONT_COVER = 3
"""Picture type of ID3v2.4 4.14 and of FLAC."""
LONGEST = 500
LONGEST_LYRICS = 50_000
LARGEST_PICTURE = 64 << 20

_ID3 = {
    "title": ("TIT2",),
    "artist": ("TXXX:ARTISTS", "TXXX:Artists", "TPE1"),
    "album": ("TALB",),
    "albumartist": ("TPE2",),
    "date": ("TDRC", "TDRL", "TDOR"),
    "isrc": ("TSRC",),
    "label": ("TPUB",),
    "upc": ("TXXX:BARCODE", "TXXX:UPC"),
    "tracknumber": ("TRCK",),
    "discnumber": ("TPOS",),
    "compilation": ("TCMP",),
    "advisory": ("TXXX:ITUNESADVISORY",),
    "releasetype": ("TXXX:MusicBrainz Album Type", "TXXX:RELEASETYPE"),
}
_MP4 = {
    "title": ("\xa9nam",),
    "artist": ("----:com.apple.iTunes:ARTISTS", "\xa9ART"),
    "album": ("\xa9alb",),
    "albumartist": ("aART",),
    "date": ("\xa9day",),
    "genre": ("\xa9gen",),
    "isrc": ("----:com.apple.iTunes:ISRC",),
    "label": ("----:com.apple.iTunes:LABEL",),
    "upc": ("----:com.apple.iTunes:BARCODE",),
    "tracknumber": ("trkn",),
    "discnumber": ("disk",),
    "compilation": ("cpil",),
    "lyrics": ("\xa9lyr",),
    "advisory": ("rtng",),
    "releasetype": ("----:com.apple.iTunes:MusicBrainz Album Type",),
}
_VORBIS = {
    "title": ("title",),
    "artist": ("artists", "artist"),
    "album": ("album",),
    "albumartist": ("albumartists", "albumartist", "album artist", "album_artist"),
    "date": ("date", "year", "originaldate"),
    "genre": ("genre",),
    "isrc": ("isrc",),
    "label": ("label", "organization", "publisher"),
    "upc": ("barcode", "upc", "ean/upn"),
    "tracknumber": ("tracknumber", "track"),
    "discnumber": ("discnumber", "disc"),
    "compilation": ("compilation",),
    "lyrics": ("lyrics", "unsyncedlyrics"),
    "advisory": ("itunesadvisory",),
    "releasetype": ("releasetype",),
}
_READERS: dict[tuple[str, str], Callable[[Path], Any]] = {
    ("flac", "flac"): FLAC,
    ("mp3", "mp3"): MP3,
    ("ogg", "vorbis"): OggVorbis,
    ("ogg", "opus"): OggOpus,
    ("ogg", "flac"): OggFLAC,
    ("aac", "aac"): ID3,
}
_BY_CONTAINER: dict[str, Callable[[Path], Any]] = {"wav": WAVE, "aiff": AIFF, "mov": MP4}

_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_KINDS = ("compilation", "single", "ep", "album")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A file's tags and the picture it carries."""

    tags: Tags = field(default_factory=Tags)
    picture: bytes = b""


def read(path: Path, source: Source, fallback: Mapping[str, str]) -> Tagged:
    """The tags of *path*; *fallback* are ffprobe's, for what mutagen does not read (RIFF INFO)."""
    reader = _READERS.get((source.container, source.codec)) or _BY_CONTAINER.get(source.container)
    try:
        file = reader(path) if reader else None
        found, picture = _found(file)
    except (mutagen.MutagenError, ValueError, KeyError, IndexError, OverflowError) as fault:
        log.warning("tags cannot be read", fault=type(fault).__name__)
        found, picture = {}, b""
    for name, values in _named(fallback, _VORBIS).items():
        found.setdefault(name, values)
    return Tagged(tags=_tags(found), picture=picture if len(picture) <= LARGEST_PICTURE else b"")


def _found(file: Any) -> tuple[dict[str, list[str]], bytes]:
    held = getattr(file, "tags", None) if not isinstance(file, ID3) else file
    if held is None:
        return {}, _front(getattr(file, "pictures", ()))
    if isinstance(held, ID3):
        found = _named(dict(held.items()), _ID3)
        found["genre"] = [genre for frame in held.getall("TCON") for genre in frame.genres]
        found["lyrics"] = [frame.text for frame in held.getall("USLT")]
        return found, _front(held.getall("APIC"))
    if isinstance(file, MP4):
        return _named(held, _MP4), bytes((held.get("covr") or [b""])[0])
    lower: dict[str, list[str]] = {}
    for key, value in held:
        lower.setdefault(key.lower(), []).append(value)
    pictures = list(getattr(file, "pictures", ()))
    pictures += [Picture(b64decode(text)) for text in lower.get("metadata_block_picture", ())]
    return _named(lower, _VORBIS), _front(pictures)


def _front(pictures: Iterable[Any]) -> bytes:
    """The front cover, or the first picture there is."""
    ranked = sorted(pictures, key=lambda picture: picture.type != FRONT_COVER)
    return bytes(ranked[0].data) if ranked else b""


def _named(held: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    out = {}
    for name, keys in names.items():
        for key in keys:
            values = [text for text in _texts(held.get(key)) if text]
            if values:
                out[name] = values
                break
    return out


def _texts(value: Any) -> list[str]:  # noqa: PLR0911 -- one return a type is the table it is
    """The values of one tag, whatever the format keeps them in."""
    if value is None:
        return []
    if isinstance(value, str):
        return [_clean(value)]
    if isinstance(value, bytes):
        return [_clean(value.decode(errors="replace"))]
    if isinstance(value, bool | int):
        return [str(int(value))]
    if isinstance(value, tuple):  # MP4's (number, total)
        return ["/".join(map(str, value))]
    if hasattr(value, "text"):
        return _texts(value.text)
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [_clean(str(value))]


def _clean(text: str) -> str:
    """*text* composed (NFC), without NULs and other controls; line breaks stay for lyrics."""
    kept = (c for c in unicodedata.normalize("NFC", text) if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()[:LONGEST_LYRICS]


def _tags(found: Mapping[str, list[str]]) -> Tags:
    def one(name: str) -> str:
        return " ".join((found.get(name) or [""])[0].split())[:LONGEST]

    advisory = one("advisory")
    return Tags(
        title=one("title"),
        artists=_people(found.get("artist", [])),
        album=one("album"),
        album_artists=_people(found.get("albumartist", [])),
        compilation=one("compilation") in ("1", "true", "True"),
        disc=_number(one("discnumber")),
        position=_number(one("tracknumber")),
        date=_date(one("date")),
        genre=one("genre").split(";")[0].strip(),
        isrc=_isrc(one("isrc")),
        label=one("label"),
        upc=_upc(one("upc")),
        lyrics=(found.get("lyrics") or [""])[0],
        explicit=advisory in ("1", "4"),
        kind=next((kind for kind in _KINDS if kind in " ".join(found.get("releasetype", [])).lower()), ""),
    )


def _people(values: Iterable[str]) -> tuple[str, ...]:
    """Names in order, each once. Several in one value are parted at semicolons, which no name holds."""
    names = [" ".join(name.split())[:LONGEST] for value in values for name in value.split(";")]
    return tuple(dict.fromkeys(name for name in names if name))


def _number(text: str) -> int:
    """``3`` of ``03/12``; 0 where there is none that a record could have."""
    digits = re.match(r"\d{1,4}", text)
    return int(digits[0]) if digits else 0


def _date(text: str) -> str:
    found = _DATE.match(text)
    if not found or found[1] == "0000":
        return ""
    year, month, day = found[1], int(found[2] or 0), int(found[3] or 0)
    if not 1 <= month <= 12:  # noqa: PLR2004
        return year
    return f"{year}-{month:02}-{day:02}" if 1 <= day <= 31 else f"{year}-{month:02}"  # noqa: PLR2004


def _isrc(text: str) -> str:
    """ISO 3901 without its hyphens, or nothing."""
    plain = text.replace("-", "").replace(" ", "").upper()
    return plain if _ISRC.fullmatch(plain) else ""


def _upc(text: str) -> str:
    plain = text.replace("-", "").replace(" ", "")
    return plain if re.fullmatch(r"\d{8,14}", plain) else ""
