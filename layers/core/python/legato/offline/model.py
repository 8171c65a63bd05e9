"""What a device keeps, for how long, and on how many devices. Pure; times are epoch seconds.

A download is leased: it plays without a network until its lease ends, and asking for it again renews it. The
lease is what a takedown or a cancelled plan waits for where a device never comes back to the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from legato import ids
from legato.billing.model import TERMS, Plan
from legato.errors import Conflict, NotFound
from legato.media.model import Rendition, Tier
from legato.playback.model import Device, PlanTooLow, QualityNotAvailable, shown
from legato.rights.model import Admission

LEASE_SECONDS = 30 * 86_400
"""The longest that music plays without a word from us."""
MOST_TRACKS = 10_000
"""Kept on one device."""


class DownloadNotFound(NotFound): ...


class TooManyDevices(Conflict):
    """The plan keeps music on so many ``devices``, and ``holding`` are those that do."""


class DeviceFull(Conflict):
    """The device keeps ``most`` tracks already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """One track, in one rendition, on one device."""

    id: str
    listener_id: str
    device: Device
    track_id: str
    version: str
    rendition: str
    tier: Tier
    size: int
    """Bytes of the whole file."""
    created: int
    lease: int
    """The first second at which it may no longer be heard."""
    signed_until: int
    """Until when a media signature of it may open something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A device with music on it."""

    device: Device
    since: int
    tracks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A listener's devices that keep music, in one row, so that one condition guards the cap."""

    listener_id: str
    version: int = 0
    holders: Mapping[str, Holder] = field(default_factory=dict)
    """Device id → what it keeps."""

    def admit(self, device: Device, plan: Plan, *, new: bool) -> None:
        """Whether *device* may keep a track on *plan*. Raises `PlanTooLow`, `TooManyDevices` or `DeviceFull`.

        After a downgrade those that began first go on.
        """
        most = TERMS[plan].offline_devices
        if not most:
            raise PlanTooLow(needs=next(other for other, terms in TERMS.items() if terms.offline_devices))
        oldest = sorted(self.holders.values(), key=lambda holder: (holder.since, holder.device.id))[:most]
        ours = next((holder for holder in oldest if holder.device.id == device.id), None)
        if ours is None and len(oldest) == most:
            raise TooManyDevices(devices=most, holding=[shown(holder.device) for holder in oldest])
        if new and ours is not None and ours.tracks >= MOST_TRACKS:
            raise DeviceFull(most=MOST_TRACKS)

    def one_more(self, device: Device, now: int) -> "Shelf":
        before = self.holders.get(device.id, Holder(device=device, since=now, tracks=0))
        return self._with(replace(before, tracks=before.tracks + 1))

    def one_less(self, device_id: str) -> "Shelf":
        """A device whose last track goes is free for another."""
        before = self.holders[device_id]
        return self._with(replace(before, tracks=before.tracks - 1))

    def _with(self, holder: Holder) -> "Shelf":
        others = {name: each for name, each in self.holders.items() if name != holder.device.id}
        return replace(self, holders=others | ({holder.device.id: holder} if holder.tracks > 0 else {}))


def id_of(listener_id: str, device_id: str, track_id: str) -> str:
    """A track is kept once on a device: asked for again, it is the same download."""
    return ids.of("dwn", listener_id, device_id, track_id)


def lease_until(deal_ends: datetime | None, now: int) -> int:
    """No longer than the deal, and no longer than `LEASE_SECONDS`."""
    longest = now + LEASE_SECONDS
    return min(longest, int(deal_ends.timestamp())) if deal_ends else longest


def best(renditions: tuple[Rendition, ...]) -> Rendition:
    """The one rendition that is kept: the heaviest of those that may be heard."""
    return max(renditions, key=Rendition.average_bandwidth)


def size_of(rendition: Rendition) -> int:
    """Bytes of the whole file: its fragments follow its header without a gap."""
    return rendition.first + sum(rendition.sizes)


def still_open(download: Download, plan: Plan, admission: Admission) -> None:
    """Whether plan and deal open the quality that is kept. Raises `PlanTooLow` or `QualityNotAvailable`."""
    if download.tier not in admission.tiers:
        raise QualityNotAvailable(quality=download.tier)
    if download.tier not in TERMS[plan].tiers:
        raise PlanTooLow(needs=next(other for other, terms in TERMS.items() if download.tier in terms.tiers))
