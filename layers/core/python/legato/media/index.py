"""The index of a package: read out of the files' own headers, and packed into one small DynamoDB value.

Layout of a packed index, zlib around all of it: the length of a JSON header in 4 bytes, the header, the init
sections, then per rendition the fragments' sizes (zigzag varints of the difference to the fragment
before) and durations (pairs of run length and value). Seven renditions of 210 s take about 4 kB.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby
from struct import unpack_from
from uuid import UUID

from legato.media import mp4
from legato.media.model import Loudness, Package, Rendition, Tier

HEAD_BYTES = 1 << 18
"""How much of a file `rendition` needs: init section and ``sidx`` (12 bytes a fragment; three hours are 130 kB)."""

_CODECS = {b"mp4a": "mp4a.40.2", b"fLaC": "flac"}


def rendition(head: bytes, *, name: str, tier: Tier) -> Rendition:
    """Read one encrypted fragmented file; *head* holds at least everything before its first ``moof``.

    Raises `ValueError` where a box that the index needs is missing.
    """
    found = {box.kind: box for box in mp4.walk(head) if box.end <= len(head)}
    missing = {b"moov", b"mdhd", b"enca", b"frma", b"tenc", b"sidx"} - found.keys()
    if missing:
        raise ValueError(f"{name}: no {b', '.join(sorted(missing)).decode()} box")
    moov, mdhd, enca, sidx = (found[kind] for kind in (b"moov", b"mdhd", b"enca", b"sidx"))
    (timescale,) = unpack_from(">I", head, mdhd.body + (20 if head[mdhd.body] else 12))
    (channels,) = unpack_from(">H", head, enca.body + 16)
    first, earliest, sizes, durations = _fragments(head, sidx)
    frma, tenc = found[b"frma"].body, found[b"tenc"].body
    return Rendition(
        name=name,
        codec=_CODECS[bytes(head[frma : frma + 4])],
        tier=tier,
        kid=bytes(head[tenc + 8 : tenc + 24]),
        # An audio track's timescale is its sampling rate; the sample entry's 16.16 field ends at 65,535 Hz.
        sample_rate=timescale,
        channels=channels,
        timescale=timescale,
        init_bytes=moov.end,
        init=_without_pssh(head, moov),
        first=first,
        earliest=earliest,
        sizes=sizes,
        durations=durations,
    )


def last_fragment(head: bytes, sidx: mp4.Box) -> int:
    """Where the last ``moof`` begins."""
    first, _, sizes, _ = _fragments(head, sidx)
    return first + sum(sizes[:-1])


def pssh(head: bytes) -> dict[str, bytes]:
    """DRM system id → whole ``pssh`` box, in the file's order."""
    return {
        str(UUID(bytes=bytes(head[box.body + 4 : box.body + 20]))): bytes(head[box.start : box.end])
        for box in mp4.walk(head)
        if box.kind == b"pssh"
    }


def pack(package: Package) -> bytes:
    """*package* as one binary value; `unpack` gives back an equal one."""
    header = {
        "track": package.track_id,
        "version": package.version,
        "ms": package.duration_ms,
        "loudness": [package.loudness.integrated_lufs, package.loudness.true_peak_dbtp],
        "key": package.key_version,
        "pssh": {t: {s: b64encode(box).decode() for s, box in of.items()} for t, of in package.pssh.items()},
        "renditions": [
            [
                r.name,
                r.codec,
                str(r.tier),
                r.kid.hex(),
                r.sample_rate,
                r.channels,
                r.timescale,
                r.init_bytes,
                len(r.init),
                r.first,
                r.earliest,
                len(r.sizes),
            ]
            for r in package.renditions
        ],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    out = bytearray(len(text).to_bytes(4)) + text
    for each in package.renditions:
        out += each.init
    for each in package.renditions:
        out += _varints(_zigzag(each.sizes))
        runs = [(len(list(run)), value) for value, run in groupby(each.durations)]
        out += _varints([len(runs), *(number for run in runs for number in run)])
    return zlib.compress(bytes(out), 9)


def unpack(packed: bytes) -> Package:
    """The inverse of `pack`. Hot: a cold grant unpacks a thousand numbers, in about 0.2 ms."""
    data = zlib.decompress(packed)
    (length,) = unpack_from(">I", data)
    header = json.loads(data[4 : 4 + length])
    at = 4 + length
    inits = []
    for *_, init_length, _, _, _ in header["renditions"]:
        inits.append(data[at : at + init_length])
        at += init_length
    numbers = _numbers(data[at:])
    at = 0
    renditions = []
    for init, row in zip(inits, header["renditions"], strict=True):
        name, codec, tier, kid, sample_rate, channels, timescale, init_bytes, _, first, earliest, count = row
        coded, runs = numbers[at : at + count], numbers[at + count]
        at += count + 1
        flat = numbers[at : at + 2 * runs]
        at += 2 * runs
        renditions.append(
            Rendition(
                name=name,
                codec=codec,
                tier=Tier(tier),
                kid=bytes.fromhex(kid),
                sample_rate=sample_rate,
                channels=channels,
                timescale=timescale,
                init_bytes=init_bytes,
                init=init,
                first=first,
                earliest=earliest,
                sizes=tuple(accumulate([(n >> 1) ^ -(n & 1) for n in coded])),
                durations=tuple([v for n, v in zip(flat[::2], flat[1::2], strict=True) for _ in range(n)]),
            )
        )
    lufs, dbtp = header["loudness"]
    return Package(
        track_id=header["track"],
        version=header["version"],
        duration_ms=header["ms"],
        loudness=Loudness(integrated_lufs=lufs, true_peak_dbtp=dbtp),
        key_version=header["key"],
        pssh={t: {s: b64decode(box) for s, box in of.items()} for t, of in header["pssh"].items()},
        renditions=tuple(renditions),
    )


def _fragments(head: bytes, sidx: mp4.Box) -> tuple[int, int, tuple[int, ...], tuple[int, ...]]:
    """First byte, earliest presentation time, sizes and durations (ISO/IEC 14496-12, 8.16.3)."""
    wide = head[sidx.body] > 0
    earliest, gap = unpack_from(">QQ" if wide else ">II", head, sidx.body + 12)
    at = sidx.body + (30 if wide else 22)
    (count,) = unpack_from(">H", head, at)
    rows = [unpack_from(">II", head, at + 2 + 12 * i) for i in range(count)]
    if any(size >> 31 for size, _ in rows):
        raise ValueError("a sidx of sidx boxes is not what the packager writes")
    return sidx.end + gap, earliest, tuple(size for size, _ in rows), tuple(duration for _, duration in rows)


def _without_pssh(head: bytes, moov: mp4.Box) -> bytes:
    """The init section less its ``pssh`` boxes: 1,550 bytes become 930, and the manifest carries them anyway."""
    kept = b"".join(head[b.start : b.end] for b in mp4.boxes(head, moov.body, moov.end) if b.kind != b"pssh")
    return head[: moov.start] + (8 + len(kept)).to_bytes(4) + b"moov" + kept


def _zigzag(values: Sequence[int]) -> Iterator[int]:
    for before, value in zip((0, *values), values, strict=False):
        change = value - before
        yield change << 1 if change >= 0 else (-change << 1) - 1


def _varints(values: Iterable[int]) -> bytes:
    """Little-endian base 128, as in Protocol Buffers."""
    out = bytearray()
    for value in values:
        left = value
        while left > 127:  # noqa: PLR2004 -- seven bits a byte
            out.append(left & 127 | 128)
            left >>= 7
        out.append(left)
    return bytes(out)


def _numbers(data: bytes) -> list[int]:
    """Every varint in *data*."""
    values = []
    value = shift = 0
    for byte in data:
        if byte < 128:  # noqa: PLR2004 -- seven bits a byte
            values.append(value | byte << shift)
            value = shift = 0
        else:
            value |= (byte & 127) << shift
            shift += 7
    return values
