"""A track's package: its renditions, their fragments, and what each tier opens. Pure."""

from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple


class Tier(StrEnum):
    """Quality tiers. Each has a content key of its own, so that a plan opens some and not others."""

    FREE = "free"
    PREMIUM = "premium"
    LOSSLESS = "lossless"


TARGET_LUFS = -14.0
"""What the player brings a track to, by gain (AES TD1008 recommends -14 LUFS for track-normalised streaming)."""

ABSOLUTE_GATE_LUFS = -70.0
"""Below it BS.1770-4 measures nothing: such a track is silence."""

GROUP_S = 4.0
"""Seconds of a group of fragments for players that do not join requests themselves (HLS authoring: 4 to 6 s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """EBU R 128 / ITU-R BS.1770-4, measured on the source."""

    integrated_lufs: float
    true_peak_dbtp: float

    def gain_db(self) -> float:
        """The gain to `TARGET_LUFS`, never so much that the true peak passes -1 dBTP; none for silence."""
        if self.integrated_lufs <= ABSOLUTE_GATE_LUFS:
            return 0.0
        return round(min(TARGET_LUFS - self.integrated_lufs, max(-1.0 - self.true_peak_dbtp, 0.0)), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One encrypted, fragmented MP4 file of a track version, and where its fragments lie.

    ``sizes`` are bytes and ``durations`` are in units of ``timescale``; fragment 0 begins at byte ``first``,
    the others follow without a gap. ``init`` is ftyp + moov without ``pssh`` (the manifest carries that).
    """

    name: str
    """File stem and representation id: ``aac160``, ``flac``, ``flac-hires``."""
    codec: str
    """RFC 6381: ``mp4a.40.2`` or ``flac`` (HLS writes ``fLaC``)."""
    tier: Tier
    kid: bytes
    """16 bytes: the key id of the tier (ISO/IEC 23001-7)."""
    sample_rate: int
    channels: int
    timescale: int
    init_bytes: int
    """Bytes of the file's own init section, ``[0, init_bytes)``, ``pssh`` included."""
    init: bytes
    first: int
    earliest: int
    """Earliest presentation time in ``timescale`` units; 0 where the init section's edit list hides the
    encoder's delay, as the packager writes it."""
    sizes: tuple[int, ...]
    durations: tuple[int, ...]
    """What is heard of each fragment: their sum is the source's length to the sample, without AAC's padding."""

    @property
    def file(self) -> str:
        return f"{self.name}.mp4"

    @property
    def duration_s(self) -> float:
        return sum(self.durations) / self.timescale

    def average_bandwidth(self) -> int:
        """Bits per second over the whole file."""
        return int(8 * sum(self.sizes) * self.timescale / sum(self.durations))

    def peak_bandwidth(self) -> int:
        """Bits per second of the heaviest `GROUP_S` seconds: what a manifest declares."""
        # The last group may be a few samples with all of a fragment's overhead: it says nothing about the rate.
        heavy = [8 * g.size * self.timescale // g.duration for g in self.groups() if g.duration >= self.timescale]
        return max([*heavy, self.average_bandwidth()])

    def groups(self, seconds: float = GROUP_S) -> "list[Group]":
        """Runs of fragments of about *seconds* each, on boundaries that aligned renditions share."""
        times = list(accumulate(self.durations, initial=0))
        places = list(accumulate(self.sizes, initial=self.first))
        # Half a fragment of slack: AAC's frames do not divide a second.
        step, slack = seconds * self.timescale, max(self.durations) / 2
        out: list[Group] = []
        start, last = 0, len(self.sizes)
        while start < last:
            end = bisect_left(times, step * (len(out) + 1) - slack, start + 1, last)
            out.append(Group(times[end] - times[start], places[start], places[end] - places[start]))
            start = end
        return out


class Group(NamedTuple):
    """Consecutive fragments that a player without our coalescer loads at once."""

    duration: int
    """In the rendition's timescale."""
    first: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One version of a track's media: everything a manifest is made from.

    ``version`` is ``<track id>-<16 base-32 characters>`` and names the folder ``media/<version>/`` in the
    bucket; re-delivered audio gets a new version, and listeners in mid-song keep the old one.
    """

    track_id: str
    version: str
    duration_ms: int
    loudness: Loudness
    key_version: int
    """Which content master the keys are derived from."""
    pssh: dict[str, dict[str, bytes]]
    """tier → DRM system id (UUID text) → whole ``pssh`` box."""
    renditions: tuple[Rendition, ...]

    @property
    def prefix(self) -> str:
        """Where the files lie in the media bucket."""
        return f"media/{self.version}/"

    def for_tiers(self, tiers: frozenset[Tier]) -> tuple[Rendition, ...]:
        """The renditions that *tiers* open, lightest first: a manifest must never name another."""
        return tuple(sorted((r for r in self.renditions if r.tier in tiers), key=Rendition.average_bandwidth))
