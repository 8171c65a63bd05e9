"""Ingests at rest.

::

    pk              sk        shelf    rank
    <ingest id>     INGEST    ingests  <started at>#<ingest id>   one file and where it stands
    SHA256#<hex>    CONTENT                                       the track that these bytes became

All ingests share one shelf: an operator's uploads are far below the thousand writes a second of a partition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.ingest.model import Arrival, Ingest, State

LISTING = "listing"
_SHELF = "ingests"
_NOT_DONE = "attribute_not_exists(#state) OR #state <> :published"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a file's bytes became."""

    track_id: str
    ingest_id: str
    recipe: int
    """`legato.ingest.ladder.RECIPE` of the media that were made."""


@dataclass(frozen=True, slots=True)
class IngestTable:
    name: str

    def expect(self, ingest_id: str, file: str, *, now: datetime) -> None:
        """Note that an upload address was given out."""
        row = {"file": file, "state": str(State.AWAITED), "attempts": 0, "started_at": now}
        dynamo.put(self.name, _key(ingest_id) | row | _place(ingest_id, now))

    def begin(self, arrival: Arrival, *, now: datetime) -> Ingest | None:
        """An attempt begins; None where exactly these bytes under this key have been published already.

        Object events come at least once, and in any order: a late one must not undo what is done.
        """
        place = _place(arrival.ingest_id, now)
        return self._update(
            arrival.ingest_id,
            "SET #state = :state, attempts = if_not_exists(attempts, :none) + :one, #file = :file, etag = :etag,"
            " started_at = if_not_exists(started_at, :now), shelf = if_not_exists(shelf, :shelf),"
            " #rank = if_not_exists(#rank, :rank) REMOVE finished_at, reason",
            {
                ":state": str(State.RECEIVED),
                ":none": 0,
                ":one": 1,
                ":file": arrival.file,
                ":etag": arrival.etag,
                ":now": now,
                ":shelf": place["shelf"],
                ":rank": place["rank"],
            },
            condition=f"{_NOT_DONE} OR etag <> :etag",
            names={"#rank": "rank", "#file": "file"},
        )

    def advance(self, ingest_id: str, state: State, track_id: str) -> None:
        """A step is done. An ingest that another execution has published stays published."""
        self._update(
            ingest_id,
            "SET #state = :state, track_id = :track",
            {":state": str(state), ":track": track_id},
            condition=_NOT_DONE,
        )

    def publish(self, ingest_id: str, track_id: str, *, now: datetime, reason: str = "") -> None:
        self._update(
            ingest_id,
            "SET #state = :published, track_id = :track, finished_at = if_not_exists(finished_at, :now), reason = :reason",
            {":track": track_id, ":now": now, ":reason": reason},
        )

    def give_up(self, ingest_id: str, state: State, reason: str, *, now: datetime) -> None:
        """``refused`` or ``failed``, unless another execution has published it."""
        self._update(
            ingest_id,
            "SET #state = :state, reason = :reason, finished_at = :now",
            {":state": str(state), ":reason": reason, ":now": now},
            condition=_NOT_DONE,
        )

    def newest(
        self, *, limit: int, after: Mapping[str, str] | None = None
    ) -> tuple[list[Ingest], dict[str, str] | None]:
        """A page, newest first, and the position to go on from; None at the end."""
        options: dict[str, Any] = {}
        if after:
            start = _key(after["id"]) | {"shelf": _SHELF, "rank": after["rank"]}
            options["ExclusiveStartKey"] = dynamo.encode(start)
        answer = dynamo.client().query(
            TableName=self.name,
            IndexName=LISTING,
            KeyConditionExpression="shelf = :shelf",
            ExpressionAttributeValues=dynamo.encode({":shelf": _SHELF}),
            ScanIndexForward=False,
            Limit=limit,
            **options,
        )
        items = [_read(dynamo.decode(item)) for item in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return items, None
        last = dynamo.decode(answer["LastEvaluatedKey"])
        return items, {"id": last["pk"], "rank": last["rank"]}

    def one(self, ingest_id: str) -> Ingest | None:
        row = dynamo.get(self.name, _key(ingest_id), consistent=True)
        return _read(row) if row else None

    def content(self, sha256: str) -> Content | None:
        """What these bytes became, if they were published before."""
        row = dynamo.get(self.name, _content_key(sha256), consistent=True)
        return Content(track_id=row["track_id"], ingest_id=row["ingest_id"], recipe=row["recipe"]) if row else None

    def remember(self, sha256: str, content: Content) -> None:
        dynamo.put(
            self.name,
            _content_key(sha256)
            | {"track_id": content.track_id, "ingest_id": content.ingest_id, "recipe": content.recipe},
        )

    def _update(
        self,
        ingest_id: str,
        expression: str,
        values: Mapping[str, Any],
        *,
        condition: str = "",
        names: Mapping[str, str] | None = None,
    ) -> Ingest | None:
        more: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        try:
            answer = dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(_key(ingest_id)),
                UpdateExpression=expression,
                ExpressionAttributeNames={"#state": "state", **(names or {})},
                ExpressionAttributeValues=dynamo.encode({":published": str(State.PUBLISHED), **values}),
                ReturnValues="ALL_NEW",
                **more,
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                return None
            raise
        return _read(dynamo.decode(answer["Attributes"]))


def _key(ingest_id: str) -> dict[str, str]:
    return {"pk": ingest_id, "sk": "INGEST"}


def _content_key(sha256: str) -> dict[str, str]:
    return {"pk": f"SHA256#{sha256}", "sk": "CONTENT"}


def _place(ingest_id: str, started_at: datetime) -> dict[str, str]:
    return {"shelf": _SHELF, "rank": f"{started_at.isoformat(timespec='milliseconds')}#{ingest_id}"}


def _read(row: Mapping[str, Any]) -> Ingest:
    finished = row.get("finished_at")
    return Ingest(
        ingest_id=row["pk"],
        file=row["file"],
        state=State(row["state"]),
        attempts=row["attempts"],
        started_at=datetime.fromisoformat(row["started_at"]),
        finished_at=datetime.fromisoformat(finished) if finished else None,
        reason=row.get("reason", ""),
        track_id=row.get("track_id", ""),
    )
