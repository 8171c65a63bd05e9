"""Ingests at rest.

::

    pk              sk        shelf    rank
    <ingest id>     INGEST    ingests  <started at>#<ingest id>   one file and where it stands
    <ingest id>     FAILED    failed   <started at>#<ingest id>   it is, or was, in the dead-letter list
    SHA256#<hex>    CONTENT                                       the track that these bytes became

All ingests share one shelf: an operator's uploads are far below the thousand writes a second of a partition.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.ingest.model import Arrival, Ingest, Passage, State

LISTING = "listing"
_SHELF = "ingests"
_FAILED = "failed"
_PASSES = "passages = list_append(if_not_exists(passages, :nowhere), :passage)"
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

    def expect(self, ingest_id: str, file: str, *, key: str, now: datetime, sha256: str = "") -> None:
        """Note that an upload address was given out, for the bytes of that SHA-256 where it is known."""
        row = {"file": file, "key": key, "state": str(State.AWAITED), "attempts": 0, "started_at": now}
        row |= {"sha256": sha256, "passages": [_passage(State.AWAITED, now)]}
        dynamo.put(self.name, _key(ingest_id) | row | _place(ingest_id, now))

    def begin(self, arrival: Arrival, *, now: datetime) -> Ingest | None:
        """An attempt begins; None where exactly these bytes under this key have been published already.

        Object events come at least once, and in any order: a late one must not undo what is done.
        """
        place = _place(arrival.ingest_id, now)
        begun = self._update(
            arrival.ingest_id,
            "SET #state = :state, attempts = if_not_exists(attempts, :none) + :one, #file = :file, etag = :etag,"
            f" #key = :key, {_PASSES}, started_at = if_not_exists(started_at, :now), shelf = if_not_exists(shelf, :shelf),"
            " #rank = if_not_exists(#rank, :rank) REMOVE finished_at, reason",
            {
                ":state": str(State.RECEIVED),
                ":none": 0,
                ":one": 1,
                ":file": arrival.file,
                ":etag": arrival.etag,
                ":key": arrival.key,
                ":now": now,
                **_passing(State.RECEIVED, now),
                ":shelf": place["shelf"],
                ":rank": place["rank"],
            },
            condition=f"{_NOT_DONE} OR etag <> :etag",
            names={"#rank": "rank", "#file": "file", "#key": "key"},
        )
        if begun and begun.attempts > 1:
            self._leave_the_dead(arrival.ingest_id)
        return begun

    def advance(self, ingest_id: str, state: State, track_id: str, *, now: datetime) -> None:
        """A step is done. An ingest that another execution has published stays published."""
        self._update(
            ingest_id,
            f"SET #state = :state, track_id = :track, {_PASSES}",
            {":state": str(state), ":track": track_id, **_passing(state, now)},
            condition=_NOT_DONE,
        )

    def publish(self, ingest_id: str, track_id: str, *, now: datetime, reason: str = "") -> None:
        """The master is a song. A second time changes nothing."""
        self._update(
            ingest_id,
            "SET #state = :published, track_id = :track, finished_at = if_not_exists(finished_at, :now),"
            f" reason = :reason, {_PASSES}",
            {":track": track_id, ":now": now, ":reason": reason, **_passing(State.PUBLISHED, now, reason)},
            condition=_NOT_DONE,
        )

    def give_up(self, ingest_id: str, state: State, reason: str, *, now: datetime) -> None:
        """``refused`` or ``failed``, unless another execution has published it. What failed is in the dead-letter list."""
        ended = self._update(
            ingest_id,
            f"SET #state = :state, reason = :reason, finished_at = :now, {_PASSES}",
            {":state": str(state), ":reason": reason, ":now": now, **_passing(state, now, reason)},
            condition=_NOT_DONE,
        )
        if ended and state is State.FAILED:
            dynamo.put(self.name, _dead_key(ingest_id) | _place(ingest_id, ended.started_at) | {"shelf": _FAILED})

    def _leave_the_dead(self, ingest_id: str) -> None:
        dynamo.client().delete_item(TableName=self.name, Key=dynamo.encode(_dead_key(ingest_id)))

    def newest(
        self, *, limit: int, after: Mapping[str, str] | None = None
    ) -> tuple[list[Ingest], dict[str, str] | None]:
        """A page, newest first, and the position to go on from; None at the end."""
        rows, position = self._shelf(_SHELF, limit=limit, after=after)
        return [_read(row) for row in rows], position

    def failed(
        self, *, limit: int, after: Mapping[str, str] | None = None
    ) -> tuple[list[Ingest], dict[str, str] | None]:
        """The dead-letter list in the same way."""
        rows, position = self._shelf(_FAILED, limit=limit, after=after)
        found = dynamo.get_many({self.name: [_key(row["pk"]) for row in rows]}, consistent=True)[self.name]
        ingests = {row["pk"]: _read(row) for row in found}
        listed = [ingests[row["pk"]] for row in rows if row["pk"] in ingests]
        return [each for each in listed if each.state is State.FAILED], position

    def _shelf(
        self, shelf: str, *, limit: int, after: Mapping[str, str] | None
    ) -> tuple[list[dict[str, Any]], dict[str, str] | None]:
        options: dict[str, Any] = {}
        if after:
            key = _dead_key(after["id"]) if shelf == _FAILED else _key(after["id"])
            start = key | {"shelf": shelf, "rank": after["rank"]}
            options["ExclusiveStartKey"] = dynamo.encode(start)
        answer = dynamo.client().query(
            TableName=self.name,
            IndexName=LISTING,
            KeyConditionExpression="shelf = :shelf",
            ExpressionAttributeValues=dynamo.encode({":shelf": shelf}),
            ScanIndexForward=False,
            Limit=limit,
            **options,
        )
        items = [dynamo.decode(item) for item in answer["Items"]]
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
                ExpressionAttributeValues=dynamo.encode({":published": str(State.PUBLISHED), ":nowhere": [], **values}),
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


def _dead_key(ingest_id: str) -> dict[str, str]:
    return {"pk": ingest_id, "sk": "FAILED"}


def _passage(state: State, now: datetime, reason: str = "") -> dict[str, Any]:
    return {"state": str(state), "at": now} | ({"reason": reason} if reason else {})


def _passing(state: State, now: datetime, reason: str = "") -> dict[str, Any]:
    """The value that `_PASSES` appends."""
    return {":passage": [_passage(state, now, reason)]}


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
        key=row.get("key", ""),
        etag=row.get("etag", ""),
        sha256=row.get("sha256", ""),
        passages=tuple(_passages(row.get("passages", ()))),
    )


def _passages(rows: Iterable[Mapping[str, Any]]) -> Iterator[Passage]:
    attempt = 0
    for row in rows:
        state = State(row["state"])
        attempt += state is State.RECEIVED
        yield Passage(state=state, at=datetime.fromisoformat(row["at"]), attempt=attempt, reason=row.get("reason", ""))
