"""Which renditions a master gets. Pure: facts in, rungs out.

Never above the source: no rate is raised, a lossy source gets no FLAC, and AAC only up to the first rung that
reaches the source's own bitrate.
"""

import base64
import hashlib
from dataclasses import dataclass

from legato.ingest.model import Source
from legato.media.model import Tier

RECIPE = 1
"""Raise it when the ladder, the encoder's options or the packaging change: every track gets a new version."""

LONG_MS = 20 * 60 * 1000
"""From here on it is a mix or a set, not a song."""

_AAC = ((48, Tier.FREE), (96, Tier.FREE), (160, Tier.FREE), (320, Tier.PREMIUM))
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_FRAME_BITS = 6144
"""The most that one AAC frame of 1,024 samples may take for each channel (ISO/IEC 14496-3, 4.5.1.1)."""
_BASE_RATE = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rendition to make."""

    name: str
    codec: str
    """``aac`` or ``flac``, as ffmpeg names the encoder."""
    tier: Tier
    sample_rate: int
    channels: int
    bit_rate: int = 0
    """Bits per second; 0 for FLAC."""
    bits: int = 0
    """Bits per sample of FLAC: 16 or 24."""


def rungs(source: Source) -> tuple[Rung, ...]:
    """The ladder of *source*, lightest first. Mono stays mono; more than two channels are mixed down to two."""
    channels = min(source.channels, 2)
    out = list(_aac(source, channels))
    if source.lossless:
        bits = 24 if source.bits > 16 else 16  # noqa: PLR2004 -- FLAC in MP4 is played at 16 and 24 bit everywhere
        base = _at_most_base(source.sample_rate)
        out.append(Rung(name="flac", codec="flac", tier=Tier.LOSSLESS, sample_rate=base, channels=channels, bits=bits))
        if base != source.sample_rate:
            rate = source.sample_rate
            out.append(
                Rung(
                    name="flac-hires", codec="flac", tier=Tier.LOSSLESS, sample_rate=rate, channels=channels, bits=bits
                )
            )
    return tuple(out)


def fragment_s(source: Source) -> int:
    """Seconds a fragment: what a player must have before it sounds.

    One second starts a song twice as fast as a plain file (0.46; two seconds 0.72, four 1.22). A mix of three
    hours would then be 10,800 fragments a rendition, and its manifest 2 MB: there the manifest is what delays.
    """
    return 1 if source.duration_ms <= LONG_MS else 4


def version(track_id: str, sha256: str, *, key_version: int, recipe: int = RECIPE) -> str:
    """The name of the media made from these bytes in this way: ``<track id>-<16 characters>``.

    The same master, recipe and keys have the same version, so that a step that runs twice overwrites itself.
    """
    digest = hashlib.sha256(f"legato version|{sha256}|{key_version}|{recipe}".encode()).digest()
    return f"{track_id}-{base64.b32hexencode(digest[:10]).decode().lower()}"


def _aac(source: Source, channels: int) -> list[Rung]:
    rate = max((r for r in _AAC_RATES if r <= source.sample_rate), default=_AAC_RATES[0])
    limit = _AAC_FRAME_BITS * rate * channels // 1024
    enough = limit if source.lossless else min(limit, source.bit_rate)
    out = []
    for kbps, tier in _AAC:
        bit_rate = min(kbps * 1000, limit)
        out.append(
            Rung(name=f"aac{kbps}", codec="aac", tier=tier, sample_rate=rate, channels=channels, bit_rate=bit_rate)
        )
        if bit_rate >= enough:
            break
    return out


def _at_most_base(rate: int) -> int:
    """*rate*, or where it is above 48 kHz its own family's base rate, so that resampling is by a whole number."""
    if rate <= _BASE_RATE:
        return rate
    return next((base for base in (48_000, 44_100) if rate % base == 0), _BASE_RATE)
