"""A table beside its copy of a moment: the copy is asked for, waited for, and put back row by row.

Memory is bounded by one page of a scan (1 MB) and the hundred rows beside it, however large the table.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
"""Attributes as DynamoDB's API has them: nothing is decoded, so nothing can change on its way."""
KEYS_A_READ, ROWS_A_WRITE = 100, 25  # BatchGetItem and BatchWriteItem (DynamoDB developer guide, "Quotas")
SETS = ("SS", "NS", "BS")
ATTEMPTS = 10
POLL_SECONDS, RESTORE_HOURS = 20, 24
SAY_SECONDS = 10


class RestoreFailed(Exception):  # noqa: N818 -- what is wrong, in one line
    """The tables are not back. What was restored beside them is still there."""


@dataclass(slots=True)
class RestoredTable:
    """One table of the Data stack, its copy of a moment, and what has been put back so far."""

    name: str
    live: str
    restored: str
    dynamodb: Any
    compared: int = 0
    put_back: int = 0
    removed: int = 0
    began: float = field(default_factory=time.monotonic)
    said: float = field(default_factory=time.monotonic)

    def begin(self, moment: datetime) -> None:
        """Ask for the copy of *moment*, or find the one that an earlier run has asked for."""
        try:
            self.dynamodb.restore_table_to_point_in_time(
                SourceTableName=self.live,
                TargetTableName=self.restored,
                RestoreDateTime=moment,
                GlobalSecondaryIndexOverride=[],  # nobody queries the copy, and indexes take most of the time
            )
            print(f"{self.name}: being restored into {self.restored}", flush=True)
        except self.dynamodb.exceptions.TableAlreadyExistsException:
            print(f"{self.name}: going on with {self.restored}", flush=True)

    def wait(self, moment: datetime) -> None:
        """Until the copy can be read. Raises `RestoreFailed` where it is not this table's, of that moment."""
        while (found := self._describe())["TableStatus"] == "CREATING":
            if time.monotonic() - self.began > RESTORE_HOURS * 3600:
                raise RestoreFailed(f"{self.restored} is not there after {RESTORE_HOURS} hours")
            self._say("still being restored")
            time.sleep(POLL_SECONDS)
        origin = found.get("RestoreSummary", {})
        source, of = origin.get("SourceTableArn", ""), origin.get("RestoreDateTime")
        if found["TableStatus"] != "ACTIVE" or not source.endswith(f":table/{self.live}") or of != moment:
            wrong = f"{self.restored} is {found['TableStatus']}, of {source or 'no other table'} at {of}"
            raise RestoreFailed(f"{wrong}: not {self.live} at {moment}, so nothing of it was put back")

    def put_rows_back(self, *, write: bool) -> None:
        """Every row of the copy that the live table has not, or has otherwise."""
        for rows in self._scan(self.restored):
            live = self._read(self.live, rows)
            changed = [row for row in rows if settled(live.get(identity(row))) != settled(row)]
            if write:
                self._write([{"PutRequest": {"Item": row}} for row in changed])
            self.compared += len(rows)
            self.put_back += len(changed)
            self._say(self.count)

    def prune(self, *, write: bool) -> None:
        """Remove every live row that the copy has not."""
        for rows in self._scan(self.live, ProjectionExpression="pk, sk"):
            known = self._read(self.restored, rows, ProjectionExpression="pk, sk")
            newer = [row for row in rows if identity(row) not in known]
            if write:
                self._write([{"DeleteRequest": {"Key": row}} for row in newer])
            self.removed += len(newer)
            self._say(self.count)

    @property
    def count(self) -> str:
        return f"{self.compared:,} rows compared, {self.put_back:,} put back, {self.removed:,} removed"

    def _describe(self) -> dict[str, Any]:
        try:
            return dict(self.dynamodb.describe_table(TableName=self.restored)["Table"])
        except self.dynamodb.exceptions.ResourceNotFoundException:
            return {"TableStatus": "CREATING"}  # asked for a moment ago, and DescribeTable is eventually consistent

    def _scan(self, name: str, **options: str) -> Iterator[list[Row]]:
        """All rows, as many at a time as one read takes."""
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True, **options):
            yield from pieces(page["Items"], KEYS_A_READ)

    def _read(self, name: str, rows: Sequence[Row], **options: str) -> dict[tuple[str, str], Row]:
        keys = [{"pk": row["pk"], "sk": row["sk"]} for row in rows]
        request = {name: {"Keys": keys, "ConsistentRead": True, **options}}
        answers = insist(self.dynamodb.batch_get_item, request, "UnprocessedKeys")
        return {identity(row): row for answer in answers for row in answer["Responses"].get(name, [])}

    def _write(self, changes: list[dict[str, Any]]) -> None:
        for some in pieces(changes, ROWS_A_WRITE):
            list(insist(self.dynamodb.batch_write_item, {self.live: some}, "UnprocessedItems"))

    def _say(self, what: str) -> None:
        if time.monotonic() - self.said > SAY_SECONDS:
            self.said = time.monotonic()
            print(f"{self.name}: {what} ({self.said - self.began:.0f} s)", flush=True)


def insist(call: Callable[..., Any], request: Any, undone: str) -> Iterator[dict[str, Any]]:
    """The answers to a batch, asked again for what DynamoDB has left undone. Raises `RestoreFailed`."""
    for attempt in range(ATTEMPTS):
        answer = call(RequestItems=request)
        yield answer
        if not (request := answer.get(undone)):
            return
        time.sleep(0.05 * 2**attempt)
    raise RestoreFailed(f"{', '.join(request)}: DynamoDB is throttling; the same command goes on from here")


def pieces(rows: list[Row], size: int) -> Iterator[list[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def identity(row: Row) -> tuple[str, str]:
    return row["pk"]["S"], row["sk"]["S"]


def settled(value: Any) -> Any:
    """*value* with its sets out of order, as DynamoDB keeps them: two tables may answer one in two orders."""
    if isinstance(value, dict):
        return {k: frozenset(v) if k in SETS and isinstance(v, list) else settled(v) for k, v in value.items()}
    return [settled(each) for each in value] if isinstance(value, list) else value
