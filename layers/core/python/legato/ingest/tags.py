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
from legato.catalog import identifiers, lyrics
from legato.catalog.model import Credit
from legato.ingest.model import Source, Tags

FRONT_COVER = 3
"""Picture type of ID3v2.4 4.14 and of FLAC."""
LONGEST = 500
MOST_CREDITS = 200
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
    "originaldate": ("TDOR", "TORY"),
    "iswc": ("TXXX:ISWC",),
    "album_mbid": ("TXXX:MusicBrainz Album Id",),
    "mood": ("TMOO", "TXXX:MOOD"),
    "language": ("TLAN",),
    "bpm": ("TBPM",),
    "key": ("TKEY",),
    "composer": ("TCOM",),
    "conductor": ("TPE3",),
    "remixer": ("TPE4",),
    "p_line": ("TPRO",),
    "c_line": ("TCOP",),
    "lyricist": ("TEXT",),
    "producer": ("TXXX:PRODUCER",),
    "arranger": ("TXXX:ARRANGER",),
    "engineer": ("TXXX:ENGINEER",),
    "mixer": ("TXXX:MIXER",),
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
    "originaldate": ("----:com.apple.iTunes:ORIGINALDATE", "----:com.apple.iTunes:originaldate"),
    "iswc": ("----:com.apple.iTunes:ISWC",),
    "mbid": ("----:com.apple.iTunes:MusicBrainz Track Id",),
    "album_mbid": ("----:com.apple.iTunes:MusicBrainz Album Id",),
    "mood": ("----:com.apple.iTunes:MOOD",),
    "language": ("----:com.apple.iTunes:LANGUAGE",),
    "bpm": ("tmpo",),
    "key": ("----:com.apple.iTunes:initialkey",),
    "composer": ("\xa9wrt",),
    "conductor": ("----:com.apple.iTunes:CONDUCTOR",),
    "remixer": ("----:com.apple.iTunes:REMIXER",),
    "c_line": ("cprt",),
    "lyricist": ("----:com.apple.iTunes:LYRICIST",),
    "producer": ("----:com.apple.iTunes:PRODUCER",),
    "arranger": ("----:com.apple.iTunes:ARRANGER",),
    "engineer": ("----:com.apple.iTunes:ENGINEER",),
    "mixer": ("----:com.apple.iTunes:MIXER",),
}
_VORBIS = {
    "title": ("title",),
    "artist": ("artists", "artist"),
    "album": ("album",),
    "albumartist": ("albumartists", "albumartist", "album artist", "album_artist"),
    "date": ("date", "year", "originaldate"),
    "originaldate": ("originaldate", "originalyear"),
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
    "synced": ("syncedlyrics",),
    "iswc": ("iswc",),
    "mbid": ("musicbrainz_trackid",),
    "album_mbid": ("musicbrainz_albumid",),
    "mood": ("mood",),
    "language": ("language",),
    "bpm": ("bpm", "tempo"),
    "key": ("initialkey", "key"),
    "composer": ("composer",),
    "conductor": ("conductor",),
    "remixer": ("remixer", "mixartist"),
    "p_line": ("phonographic copyright", "produced"),
    "c_line": ("copyright",),
    "performers": ("performer",),
    "lyricist": ("lyricist",),
    "producer": ("producer",),
    "arranger": ("arranger",),
    "engineer": ("engineer",),
    "mixer": ("mixer",),
}
_PARTS = ("lyricist", "producer", "arranger", "engineer", "mixer")
"""Roles that are credits: nobody has a page for having mixed a record."""
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
_KINDS = ("compilation", "single", "ep", "album")
_MILLISECONDS = 2
"""SYLT's time stamp format that does not count MPEG frames."""
_KEY = re.compile(r"([A-Ga-g])([b#\u266d\u266f]?)\s*(m(?:in(?:or)?)?|maj(?:or)?)?", re.IGNORECASE)
_OWNER = re.compile(r"^[\s\u2117\u00a9]*(?:\((?:c|p)\)|copyright)?[\s\u2117\u00a9]*", re.IGNORECASE)


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
        found["synced"] = [_lrc(frame) for frame in held.getall("SYLT") if frame.format == _MILLISECONDS]
        found["mbid"] = [f.data.decode(errors="replace") for f in held.getall("UFID:http://musicbrainz.org")]
        found["performers"] = [
            f"{name} ({part})"
            for key in ("TMCL", "TIPL", "IPLS")
            for frame in held.getall(key)
            for part, name in frame.people
        ]
        return found, _front(held.getall("APIC"))
    if isinstance(file, MP4):
        return _named(held, _MP4), bytes((held.get("covr") or [b""])[0])
    lower: dict[str, list[str]] = {}
    for key, value in held:
        lower.setdefault(key.lower(), []).append(value)
    pictures = list(getattr(file, "pictures", ()))
    pictures += [Picture(b64decode(text)) for text in lower.get("metadata_block_picture", ())]
    return _named(lower, _VORBIS), _front(pictures)


def _lrc(frame: Any) -> str:
    """A SYLT frame (ID3v2.4 4.9) as LRC."""
    return "\n".join(
        f"[{at // 60_000:02}:{at // 1000 % 60:02}.{at % 1000:03}]{' '.join(text.split())}" for text, at in frame.text
    )


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
    words = (found.get("lyrics") or [""])[0]
    # Many write LRC where plain words belong.
    timed = lyrics.synced((found.get("synced") or [""])[0]) or lyrics.synced(words)
    if lyrics.synced(words) or not words:
        words = lyrics.plain(timed)
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
        isrc=identifiers.isrc(one("isrc")),
        label=one("label"),
        upc=identifiers.upc(one("upc")),
        lyrics=words,
        synced=timed,
        original_date=_date(one("originaldate")),
        iswc=identifiers.iswc(one("iswc")),
        mbid=identifiers.mbid(one("mbid")),
        album_mbid=identifiers.mbid(one("album_mbid")),
        mood=one("mood"),
        language=_language(one("language")),
        bpm=_bpm(one("bpm")),
        key=_key(one("key")),
        p_line=_OWNER.sub("", one("p_line")),
        c_line=_OWNER.sub("", one("c_line")),
        composers=_people(found.get("composer", [])),
        conductors=_people(found.get("conductor", [])),
        remixers=_people(found.get("remixer", [])),
        credits=_credits(found),
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


def _language(text: str) -> str:
    """``und`` and ``xxx`` say that nobody knows (ISO 639-2; ID3v2.4 4)."""
    plain = text.lower()[:35]
    return "" if plain in {"und", "xxx"} else plain


def _bpm(text: str) -> int:
    found = re.match(r"\d{1,3}(?:\.\d+)?", text)
    return round(float(found[0])) if found else 0


def _key(text: str) -> str:
    """``F sharp minor`` is written in many ways; ID3v2.4 4.2.3 has ``F#m``."""
    found = _KEY.fullmatch(text.strip())
    if not found:
        return ""
    sign = {"\u266d": "b", "\u266f": "#", "B": "b"}.get(found[2], found[2])
    minor = (found[3] or "").lower() in {"m", "min", "minor"}
    return found[1].upper() + sign + ("m" if minor else "")


def _credits(found: Mapping[str, list[str]]) -> tuple[Credit, ...]:
    """Producers and the like, then players: ``Name (instrument)``."""
    named = [Credit(name=name, part=part) for part in _PARTS for name in _people(found.get(part, []))]
    for each in _people(found.get("performers", [])):
        name, _, part = each.rstrip(")").rpartition(" (")
        if name and part:
            named.append(Credit(name=name, part=part.lower()))
    return tuple(dict.fromkeys(named))[:MOST_CREDITS]
