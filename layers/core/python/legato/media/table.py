"""Packages at rest. Rows: ``pk=<track id> sk=CURRENT``; ``package`` is binary.

Nobody asks for an older version by its name: a listener in mid-song holds its manifest, a licence token names the
version that it is for, and its files stay in the bucket.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from legato import dynamo
from legato.media import index
from legato.media.model import Package


@dataclass(frozen=True, slots=True)
class MediaTable:
    name: str

    @staticmethod
    def key(track_id: str) -> dict[str, str]:
        """For readers that batch this row with others."""
        return {"pk": track_id, "sk": "CURRENT"}

    @staticmethod
    def read(row: Mapping[str, Any]) -> Package:
        return index.unpack(row["package"])

    def put(self, package: Package) -> None:
        """Make *package* the one that new grants of its track get; the same again is no change."""
        dynamo.put(self.name, self.key(package.track_id) | {"package": index.pack(package)})
