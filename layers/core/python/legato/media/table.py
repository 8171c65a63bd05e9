"""Packages at rest. Rows: ``pk=<track id>``, ``sk=CURRENT`` and ``sk=VERSION#<version>``; ``package`` is binary."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.errors import TryAgain
from legato.media import index
from legato.media.model import Package


@dataclass(frozen=True, slots=True)
class MediaTable:
    name: str

    @staticmethod
    def key(track_id: str) -> dict[str, str]:
        """The version that new grants get; for readers that batch this row with others."""
        return {"pk": track_id, "sk": "CURRENT"}

    @staticmethod
    def version_key(version: str) -> dict[str, str]:
        """A version by its own name, for listeners in mid-song and for licences."""
        return {"pk": version.rpartition("-")[0], "sk": f"VERSION#{version}"}

    @staticmethod
    def read(row: Mapping[str, Any]) -> Package:
        return index.unpack(row["package"])

    def current(self, track_id: str) -> Package | None:
        row = dynamo.get(self.name, self.key(track_id))
        return self.read(row) if row else None

    def put(self, package: Package) -> None:
        """Make *package* the track's current version; both rows or neither, and the same again is no change.

        Raises `TryAgain` where another execution is writing the same track.
        """
        row = {"version": package.version, "package": index.pack(package)}
        keys = (self.key(package.track_id), self.version_key(package.version))
        try:
            dynamo.client().transact_write_items(
                TransactItems=[{"Put": {"TableName": self.name, "Item": dynamo.encode(key | row)}} for key in keys]
            )
        except ClientError as fault:
            # Unconditional writes are cancelled by nothing but each other.
            if dynamo.code(fault) in ("TransactionCanceledException", "TransactionInProgressException"):
                raise TryAgain(retry_after=1) from fault
            raise
