"""What the downloads function takes and answers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from legato.media.model import Rendition, Tier
from legato.offline.model import Download
from legato.playback import model
from legato.playback.grants import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    id: Annotated[str, Field(min_length=1, max_length=128)]
    name: Annotated[str, Field(min_length=1, max_length=128)]
    kind: Annotated[str, Field(min_length=1, max_length=32)]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepTrack:
    track_id: Annotated[str, Field(min_length=1, max_length=64)]
    device: Device
    quality: Tier = Tier.LOSSLESS
    """The best tier wanted; a wish above the plan is no fault, it is a ceiling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The one file to fetch whole: ``url``, with the grant's ``media.query`` behind it."""

    url: str
    bytes: int
    codec: str
    """RFC 6381."""
    kid: str
    """Of its content key: 32 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A track that a device may keep. ``problem``: why it may be heard no longer, its key is to be thrown away."""

    download_id: str
    track_id: str
    device: Device
    quality: Tier
    bytes: int
    created_at: datetime
    expires_at: datetime
    """From then on it is not to be heard, unless asking again has renewed it."""
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Kept):
    """With everything that fetching it takes. The manifest names only what is kept."""

    file: File
    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    items: list[Kept]
    cursor: str | None


def kept(download: Download, problem: dict[str, Any] | None = None) -> Kept:
    return Kept(**_shown(download), problem=problem)


def ready(download: Download, grant: Grant, rendition: Rendition) -> Ready:
    file = File(
        url=f"{grant.media.url}{rendition.file}", bytes=download.size, codec=rendition.codec, kid=rendition.kid.hex()
    )
    return Ready(**_shown(download), file=file, grant=grant)


def device_of(asked: Device) -> model.Device:
    return model.Device(id=asked.id, name=asked.name, kind=asked.kind)


def _shown(download: Download) -> dict[str, Any]:
    device = download.device
    return {
        "download_id": download.id,
        "track_id": download.track_id,
        "device": Device(id=device.id, name=device.name, kind=device.kind),
        "quality": download.tier,
        "bytes": download.size,
        "created_at": datetime.fromtimestamp(download.created, UTC),
        "expires_at": datetime.fromtimestamp(download.lease, UTC),
    }
