"""Downloads at rest, in the playback table. The only module that knows their rows.

::

    pk             sk                      what
    <listener id>  DOWNLOADS               version, holders {device id: …}: the cap on devices
    <listener id>  DOWNLOAD#<download id>  one kept track
    <download id>  REVOKED                 until then the edge refuses its signatures (expires)
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from legato import dynamo
from legato.media.model import Tier
from legato.offline.model import Download, Holder, Shelf
from legato.playback.model import Device
from legato.playback.table import PlaybackTable

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class OfflineTable:
    name: str

    @staticmethod
    def shelf_key(listener_id: str) -> dict[str, str]:
        return {"pk": listener_id, "sk": "DOWNLOADS"}

    @staticmethod
    def key(listener_id: str, download_id: str) -> dict[str, str]:
        """For readers that batch this row with others."""
        return {"pk": listener_id, "sk": f"DOWNLOAD#{download_id}"}

    @staticmethod
    def read_shelf(listener_id: str, row: Mapping[str, Any] | None) -> Shelf:
        if row is None:
            return Shelf(listener_id=listener_id)
        holders = {
            name: Holder(device=Device(**each["device"]), since=each["since"], tracks=each["tracks"])
            for name, each in row["holders"].items()
        }
        return Shelf(listener_id=listener_id, version=row["version"], holders=holders)

    @staticmethod
    def read(row: Mapping[str, Any]) -> Download:
        known = {name: row[name] for name in Download.__slots__ if name not in {"id", "listener_id", "device", "tier"}}
        return Download(
            id=row["sk"].removeprefix("DOWNLOAD#"),
            listener_id=row["pk"],
            device=Device(**row["device"]),
            tier=Tier(row["tier"]),
            **known,
        )

    def of(self, listener_id: str, download_id: str) -> tuple[Shelf, Download | None]:
        """The shelf and one download on it."""
        wanted = [self.shelf_key(listener_id), self.key(listener_id, download_id)]
        rows = {row["sk"]: row for row in dynamo.get_many({self.name: wanted}, consistent=True)[self.name]}
        kept = rows.get(wanted[1]["sk"])
        return self.read_shelf(listener_id, rows.get("DOWNLOADS")), self.read(kept) if kept else None

    def page(self, listener_id: str, *, limit: int, after: str | None) -> tuple[list[Download], str | None]:
        """Downloads in no order that means anything, in one read; and the id to go on after."""
        more: dict[str, Any] = {}
        if after:
            more["ExclusiveStartKey"] = dynamo.encode(self.key(listener_id, after))
        answer = dynamo.client().query(
            TableName=self.name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues=dynamo.encode({":pk": listener_id, ":kind": "DOWNLOAD#"}),
            Limit=limit,
            ConsistentRead=True,
            **more,
        )
        found = [self.read(dynamo.decode(item)) for item in answer["Items"]]
        return found, found[-1].id if "LastEvaluatedKey" in answer else None

    def keep(self, shelf: Shelf, download: Download) -> bool:
        """Add *download* to a *shelf* that counts it already; False, and nothing done, where somebody was faster."""
        return dynamo.transact(self._shelf(shelf), self._put(download, "attribute_not_exists(pk)"))

    def renew(self, download: Download) -> bool:
        """Write what is kept already anew; False where it was given up meanwhile."""
        return dynamo.put(self.name, self._row(download), condition="attribute_exists(pk)")

    def give_up(self, shelf: Shelf, download: Download, now: int) -> bool:
        """Take *download* off a *shelf* that counts it no longer; the edge refuses what is still signed for it."""
        until = max(download.signed_until, now)
        revoked = PlaybackTable.revoked_key(download.id) | {"until": until, "expires_at": until + _DAY}
        return dynamo.transact(
            self._shelf(shelf),
            {
                "Delete": {
                    "TableName": self.name,
                    "Key": dynamo.encode(self.key(download.listener_id, download.id)),
                    "ConditionExpression": "attribute_exists(pk)",
                }
            },
            {"Put": {"TableName": self.name, "Item": dynamo.encode(revoked)}},
        )

    def _shelf(self, shelf: Shelf) -> dict[str, Any]:
        row = self.shelf_key(shelf.listener_id) | {
            "version": shelf.version + 1,
            "holders": {name: asdict(holder) for name, holder in shelf.holders.items()},
        }
        if not shelf.version:
            return self._conditional(row, "attribute_not_exists(pk)")
        return self._conditional(row, "version = :before", {":before": shelf.version})

    def _put(self, download: Download, condition: str) -> dict[str, Any]:
        return self._conditional(self._row(download), condition)

    def _row(self, download: Download) -> dict[str, Any]:
        row = asdict(download)
        del row["id"], row["listener_id"]
        return self.key(download.listener_id, download.id) | row

    def _conditional(
        self, row: Mapping[str, Any], condition: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self.name,
            "Item": dynamo.encode(row),
            "ConditionExpression": condition,
        }
        return {"Put": put | ({"ExpressionAttributeValues": dynamo.encode(values)} if values else {})}
