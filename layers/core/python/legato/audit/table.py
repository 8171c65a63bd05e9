"""The audit log at rest: ``pk=ACTIONS sk=<rank>``, and in the index ``listing`` ``shelf=<target> rank=<rank>``.

Nothing here changes or deletes a row, and no role may: what is granted is PutItem, and every put is conditional.
All actions share one partition: operators are far below its thousand writes a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from legato import dynamo
from legato.audit.model import Entry

LISTING = "listing"
ACTIONS = "ACTIONS"
_NEW = "attribute_not_exists(pk)"


@dataclass(frozen=True, slots=True)
class AuditTable:
    name: str

    def put(self, entry: Entry) -> dict[str, Any]:
        """*entry* as one write of the transaction that does what it tells."""
        return {"Put": {"TableName": self.name, "Item": dynamo.encode(_row(entry)), "ConditionExpression": _NEW}}

    def append(self, entry: Entry) -> None:
        """For what is done outside the tables: called before it is done, so that nothing is done in secret."""
        dynamo.put(self.name, _row(entry), condition=_NEW)

    def newest(
        self, *, limit: int, target: str = "", after: Mapping[str, str] | None = None
    ) -> tuple[list[Entry], dict[str, str] | None]:
        """A page, newest first, of everything or of one *target*, and the position to go on from; None at the end."""
        options: dict[str, Any] = {"IndexName": LISTING} if target else {}
        if after:
            start = {"pk": ACTIONS, "sk": after["rank"]}
            start |= {"shelf": target, "rank": after["rank"]} if target else {}
            options["ExclusiveStartKey"] = dynamo.encode(start)
        answer = dynamo.client().query(
            TableName=self.name,
            KeyConditionExpression="shelf = :which" if target else "pk = :which",
            ExpressionAttributeValues=dynamo.encode({":which": target or ACTIONS}),
            ScanIndexForward=False,
            Limit=limit,
            **options,
        )
        entries = [_read(dynamo.decode(item)) for item in answer["Items"]]
        more = "LastEvaluatedKey" in answer
        return entries, {"rank": str(answer["LastEvaluatedKey"]["sk"]["S"])} if more else None


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "pk": ACTIONS,
        "sk": entry.rank,
        "shelf": entry.target,
        "rank": entry.rank,
        "id": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "before": entry.before,
        "after": entry.after,
    }


def _read(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=row["id"],
        at=datetime.fromisoformat(row["at"]),
        actor=row["actor"],
        action=row["action"],
        target=row["target"],
        before=row["before"],
        after=row["after"],
    )
