"""What the first step found out about a master, as JSON between the steps."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from legato.catalog.model import Art, Credit, SyncedLine
from legato.ingest.model import Source, Tags
from legato.media.model import Loudness

_NAMES = ("artists", "album_artists", "composers", "conductors", "remixers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    sha256: str
    """Of the file's bytes, tags and all."""
    track_id: str
    received_at: str
    """RFC 3339: when the ingest began, so that a second attempt publishes the same."""
    source: Source
    tags: Tags
    loudness: Loudness
    range_lu: float
    art: Art | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def from_json(value: Mapping[str, Any]) -> Inspection:
    held = value["tags"]
    tags = held | {name: tuple(held.get(name, ())) for name in _NAMES}
    tags |= {"credits": tuple(Credit(**each) for each in held.get("credits", ()))}
    tags |= {"synced": tuple(SyncedLine(**each) for each in held.get("synced", ()))}
    art = value["art"]
    return Inspection(
        **{
            **value,
            "source": Source(**value["source"]),
            "tags": Tags(**tags),
            "loudness": Loudness(**value["loudness"]),
            "art": Art(**art | {"edges": tuple(art["edges"])}) if art else None,
        }
    )


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def key(ingest_id: str) -> str:
    """Where the inspection lies in the work bucket."""
    return f"ingest/{ingest_id}/inspection.json"


def package_key(ingest_id: str) -> str:
    """Where the packed index lies in the work bucket until it is published."""
    return f"ingest/{ingest_id}/package"
