"""Is the file whole? Told by its container's own structure, which decoders overlook.

ffmpeg plays a truncated Ogg, WAV or AIFF to its sudden end without a word. A label hands over its masters
once: what ends early must be refused, not published.
"""

import mmap
from pathlib import Path
from struct import unpack_from

from legato.ingest.model import EmptyFile, ProtectedFile, Truncated
from legato.media import mp4

_OGG_LAST_PAGE = 4
_UNKNOWN = 0xFFFFFFFF
_ENCRYPTED = {b"enca", b"drms", b"sinf"}
_SLACK = 4096
"""Encoders do not agree on whether an MP3's Info frame counts itself and its neighbours' tags."""


def check(path: Path) -> None:
    """Raises `EmptyFile`, `Truncated` or `ProtectedFile`. Containers not known here pass."""
    if path.stat().st_size == 0:
        raise EmptyFile("the file has no bytes")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        magic = data[:12]
        if magic[:4] in (b"RIFF", b"RF64", b"BW64"):
            _riff(data)
        elif magic[:4] == b"FORM":
            _aiff(data)
        elif magic[:4] == b"OggS":
            _ogg(data)
        elif magic[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
            _mp4(data)
        elif magic[:3] == b"ID3" or magic[:1] == b"\xff":
            _mp3(data)


def _riff(data: mmap.mmap) -> None:
    """RIFF/WAVE, and its 64-bit form RF64/BW64 (EBU Tech 3306)."""
    at, long = 12, 0
    while at + 8 <= len(data):
        kind, size = unpack_from("<4sI", data, at)
        if kind == b"ds64":
            (long,) = unpack_from("<Q", data, at + 16)
        if kind == b"data":
            if size == _UNKNOWN:
                size = long
            if size == 0:
                if at + 8 == len(data):
                    raise EmptyFile("the file has no sound in it")
                raise Truncated("the header does not say how much audio there should be")
            _all_there(at + 8 + size, data)
            return
        at += 8 + size + size % 2
    raise Truncated("the file ends before its audio begins")


def _aiff(data: mmap.mmap) -> None:
    at = 12
    while at + 8 <= len(data):
        kind, size = unpack_from(">4sI", data, at)
        if kind == b"SSND":
            _all_there(at + 8 + size, data)
            return
        at += 8 + size + size % 2
    raise Truncated("the file ends before its audio begins")


def _ogg(data: mmap.mmap) -> None:
    """Every logical stream must have its last page (RFC 3533, 6)."""
    at, ended = 0, {}
    while at + 27 <= len(data):
        flags, serial, segments = data[at + 5], unpack_from("<I", data, at + 14)[0], data[at + 26]
        end = at + 27 + segments + sum(data[at + 27 : at + 27 + segments])
        if end > len(data):
            raise Truncated("the last Ogg page is cut off")
        ended[serial] = bool(flags & _OGG_LAST_PAGE)
        if (at := data.find(b"OggS", end)) < 0:
            break
    if not all(ended.values()):
        raise Truncated("the Ogg stream has no end-of-stream page")


def _mp4(data: mmap.mmap) -> None:
    """Whole top-level boxes, a ``moov`` among them, and no sample entry of a protected kind."""
    moov = None
    for box in mp4.boxes(data):
        # A few bytes of padding behind the last box do no harm; a box cut off does.
        if box.end > len(data) and box.kind.isalnum():
            raise Truncated(
                f"the {box.kind.decode()} box says {box.end - box.start} bytes, {len(data) - box.start} are there"
            )
        if box.kind == b"moov":
            moov = data[box.start : box.end]
    if moov is None:
        raise Truncated("there is no moov box: the file was not finished")
    if any(box.kind in _ENCRYPTED for box in mp4.walk(moov)):
        raise ProtectedFile


def _mp3(data: mmap.mmap) -> None:
    """Where an Info frame says how many bytes of audio there are, they must be there. Others cannot be told."""
    start = 0
    if data[:3] == b"ID3":
        a, b, c, d = data[6:10]
        start = 10 + (a << 21 | b << 14 | c << 7 | d)
    head = data[start : start + 8192]
    at = max(head.find(b"Xing"), head.find(b"Info"))
    if at < 0 or len(head) < at + 16:
        return
    flags, first, second = unpack_from(">III", head, at + 4)
    has_frames, has_bytes = flags & 1, flags & 2
    if has_bytes:
        said = second if has_frames else first
        if said > len(data) - start + _SLACK:
            raise Truncated(f"the header says {said} bytes of audio, {len(data) - start} are there")


def _all_there(end: int, data: mmap.mmap) -> None:
    if end > len(data):
        raise Truncated(f"the header says {end} bytes, {len(data)} are there")
