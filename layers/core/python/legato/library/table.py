"""A listener's own things at rest. The only module that knows their rows.

::

    pk             sk
    <listener id>  HISTORY#<played at>#<play id>    a line of the history; the newest is the last
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from legato import dynamo
from legato.library.model import Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows of one list, and the sort key to go on after; None at the end."""

    rows: tuple[dict[str, Any], ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class LibraryTable:
    name: str

    def put_heard(self, listener_id: str, heard: Heard, *, was_played_at: str | None = None) -> None:
        """Write a line of the history; where an earlier event moved its time, the old line goes."""
        dynamo.put(self.name, _heard_key(listener_id, heard.played_at, heard.play_id) | asdict(heard))
        if was_played_at not in {None, heard.played_at}:
            key = _heard_key(listener_id, str(was_played_at), heard.play_id)
            dynamo.client().delete_item(TableName=self.name, Key=dynamo.encode(key))

    def history(self, listener_id: str, *, limit: int, after: str | None = None) -> tuple[list[Heard], str | None]:
        """The newest lines first, in one read; and where to go on."""
        page = self._page(listener_id, "HISTORY#", limit=limit, after=after)
        return [_heard(row) for row in page.rows], page.after

    def _page(self, listener_id: str, prefix: str, *, limit: int, after: str | None) -> Page:
        options: dict[str, Any] = {}
        if after:
            options["ExclusiveStartKey"] = dynamo.encode({"pk": listener_id, "sk": after})
        answer = dynamo.client().query(
            TableName=self.name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=dynamo.encode({":pk": listener_id, ":prefix": prefix}),
            Limit=limit,
            ScanIndexForward=False,
            **options,
        )
        last = answer.get("LastEvaluatedKey")
        return Page(rows=tuple(map(dynamo.decode, answer["Items"])), after=last["sk"]["S"] if last else None)


def _heard_key(listener_id: str, played_at: str, play_id: str) -> dict[str, str]:
    return {"pk": listener_id, "sk": f"HISTORY#{played_at}#{play_id}"}


def _heard(row: Mapping[str, Any]) -> Heard:
    return Heard(
        play_id=row["play_id"],
        track_id=row["track_id"],
        played_at=row["played_at"],
        heard_ms=row["heard_ms"],
        qualified=row["qualified"],
    )
