"""Renditions in clear to encrypted fragmented MP4 (shaka-packager), and the package's index.

``cbcs`` with no clear lead: nothing is left readable. The same keys and input make the same bytes, so that a
step that runs twice overwrites a file with itself.
"""

import hashlib
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import pack_into, unpack_from

from legato.ingest import binaries
from legato.ingest.ladder import Rung
from legato.licensing import keys
from legato.media import index, mp4
from legato.media.model import Loudness, Package, Rendition, Tier

_SYSTEMS = "CommonSystem,Widevine,PlayReady"
_AAC_FRAME = 1024
_TRUN_DATA_OFFSET, _TRUN_FIRST_FLAGS, _TRUN_DURATIONS = 0x1, 0x4, 0x100
_TFHD_DURATION = 0x8
_TFHD_BEFORE_DURATION = ((0x1, 8), (0x2, 4))
"""Optional fields of ``tfhd`` that stand before the default duration: base data offset, description index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentKey:
    """One tier's key."""

    kid: bytes
    key: bytes
    iv: bytes
    """The constant IV of ``cbcs``; public, in each file's ``tenc``."""


def content_keys(version: str, masters_json: str, key_version: int) -> dict[Tier, ContentKey]:
    """The keys of every tier of a track version."""
    out = {}
    for tier in Tier:
        kid = keys.kid(version, tier)
        iv = hashlib.sha256(b"legato iv|" + kid).digest()[:16]
        out[tier] = ContentKey(kid=kid, key=keys.content_key(masters_json, key_version, kid), iv=iv)
    return out


def encrypt(
    clear: Path, rungs: Sequence[Rung], folder: Path, tier_keys: Mapping[Tier, ContentKey], *, fragment_s: int = 1
) -> None:
    """Write ``<folder>/<rung>.mp4`` from ``<clear>/<rung>.mp4``. Raises `binaries.ToolFailed`."""
    streams = [
        f"in={clear / rung.name}.mp4,stream=audio,output={folder / rung.name}.mp4,drm_label={rung.tier}"
        for rung in rungs
    ]
    used = {rung.tier for rung in rungs}
    labels = [
        f"label={tier}:key_id={of.kid.hex()}:key={of.key.hex()}:iv={of.iv.hex()}"
        for tier, of in tier_keys.items()
        if tier in used
    ]
    length = str(fragment_s)
    binaries.run(
        "packager",
        [
            *streams,
            *("--segment_duration", length, "--fragment_duration", length),
            *("--enable_raw_key_encryption", "--protection_scheme", "cbcs", "--clear_lead", "0"),
            *("--protection_systems", _SYSTEMS, "--keys", ",".join(labels), "--quiet"),
        ],
        hide=[of.key.hex() for of in tier_keys.values()],
    )
    for rung in rungs:
        settle(folder / f"{rung.name}.mp4", aac=rung.codec == "aac")


def settle(path: Path, *, aac: bool) -> None:
    """Take the packager's clock out of the headers, and give AAC's last sample its whole duration back.

    ffmpeg shortens that sample to mark padding; a player then plays the padding. Whole, it can be cut off to
    the sample at the end that the index tells, which is the way to gapless albums.
    """
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        head = data[: index.HEAD_BYTES]
        sidx = None
        for box in mp4.walk(head):
            if box.kind in (b"mvhd", b"tkhd", b"mdhd"):
                # creation_time and modification_time, 8 bytes each in version 1 (14496-12, 8.2.2)
                width = 16 if head[box.body] else 8
                data[box.body + 4 : box.body + 4 + width] = bytes(width)
            if box.kind == b"sidx":
                sidx = box
                break
        if aac and sidx:
            _whole_last_sample(data, head, sidx)


def package(
    track_id: str,
    version: str,
    *,
    folder: Path,
    rungs: Sequence[Rung],
    loudness: Loudness,
    duration_ms: int,
    key_version: int,
) -> Package:
    """The index of the encrypted files in *folder*."""
    renditions: list[Rendition] = []
    pssh: dict[str, dict[str, bytes]] = {}
    for rung in rungs:
        with (folder / f"{rung.name}.mp4").open("rb") as file:
            head = file.read(index.HEAD_BYTES)
        renditions.append(index.rendition(head, name=rung.name, tier=rung.tier))
        pssh[str(rung.tier)] = index.pssh(head)
    return Package(
        track_id=track_id,
        version=version,
        duration_ms=duration_ms,
        loudness=loudness,
        key_version=key_version,
        pssh=pssh,
        renditions=tuple(renditions),
    )


def _whole_last_sample(data: mmap.mmap, head: bytes, sidx: mp4.Box) -> None:
    last = index.last_fragment(head, sidx)
    fragment = bytes(data[last:])
    trun, tfhd = mp4.find(fragment, b"trun"), mp4.find(fragment, b"tfhd")
    assert trun, "the packager wrote a fragment without trun"
    assert tfhd, "the packager wrote a fragment without tfhd"
    flags, count = unpack_from(">II", fragment, trun.body)
    flags &= 0xFFFFFF
    if flags & _TRUN_DURATIONS:
        start = trun.body + 8 + 4 * bool(flags & _TRUN_DATA_OFFSET) + 4 * bool(flags & _TRUN_FIRST_FLAGS)
        stride = 4 * ((flags >> 8) & 0xF).bit_count()
        pack_into(">I", data, last + start + stride * (count - 1), _AAC_FRAME)
    elif count == 1:
        (flags,) = unpack_from(">I", fragment, tfhd.body)
        if flags & _TFHD_DURATION:
            at = tfhd.body + 8 + sum(width for flag, width in _TFHD_BEFORE_DURATION if flags & flag)
            pack_into(">I", data, last + at, _AAC_FRAME)
