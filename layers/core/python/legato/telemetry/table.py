"""The play ledger at rest: ``pk=<play id> sk=PLAY``, permanent, one row a play whatever comes in.

``marks`` holds what is known of the play's events as sorted lines, about 60 bytes each; ``heard_ms`` and
``qualified`` are what they add up to, written beside them for those who read the table or its stream.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from botocore.exceptions import ClientError

from legato import dynamo
from legato.telemetry.model import EventType, Mark, Play, rfc3339

ERASED = "usr_erased"
"""Whose a play is when its listener is gone."""
MOST_MARKS = 4000
"""Of one play: a row holds 400 kB."""
_CODES = {kind: str(n) for n, kind in enumerate(EventType)}
_TYPES = {code: kind for kind, code in _CODES.items()}


@dataclass(frozen=True, slots=True)
class PlayLedger:
    name: str

    def of_many(self, play_ids: Iterable[str]) -> dict[str, Play]:
        """Plays by id; those that nobody heard of are left out."""
        keys = [_key(play_id) for play_id in play_ids]
        rows = dynamo.get_many({self.name: keys}, consistent=True)[self.name]
        return {row["pk"]: _play(row) for row in rows}

    def put(self, play: Play) -> bool:
        """Write *play*; False, and nothing written, where somebody else wrote it since it was read."""
        row = _key(play.play_id) | {
            "listener_id": play.listener_id,
            "track_id": play.track_id,
            "session_id": play.session_id,
            "duration_ms": play.duration_ms,
            "played_at": rfc3339(play.played_at),
            "heard_ms": play.heard_ms,
            "qualified": play.qualified,
            "marks": "\n".join(sorted(map(_line, play.marks))),
            "version": play.version + 1,
        }
        if not play.version:
            return dynamo.put(self.name, row, condition="attribute_not_exists(pk)")
        return dynamo.put(self.name, row, condition="version = :version", values={":version": play.version})

    def disown(self, play_id: str, listener_id: str) -> str | None:
        """Let the play forget *listener_id*. The session it was heard in; None where the play is not his (any more).

        What is owed for a play outlives the listener. A writer who read the row before has to read it again.
        """
        try:
            answer = dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(_key(play_id)),
                UpdateExpression="SET listener_id = :nobody, version = version + :one",
                ConditionExpression="listener_id = :listener",
                ExpressionAttributeValues=dynamo.encode({":nobody": ERASED, ":one": 1, ":listener": listener_id}),
                ReturnValues="ALL_OLD",
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                return None
            raise
        return str(dynamo.decode(answer["Attributes"])["session_id"])


def _key(play_id: str) -> dict[str, str]:
    return {"pk": play_id, "sk": "PLAY"}


def _play(row: Mapping[str, Any]) -> Play:
    return Play(
        play_id=row["pk"],
        listener_id=row["listener_id"],
        track_id=row["track_id"],
        session_id=row["session_id"],
        duration_ms=row["duration_ms"],
        marks=frozenset(map(_mark, row["marks"].splitlines())),
        version=row["version"],
    )


def _line(mark: Mark) -> str:
    origin = "" if mark.from_ms is None else mark.from_ms
    return f"{mark.event_id.replace('-', '')} {_CODES[mark.type]} {mark.at} {mark.position_ms} {origin}"


def _mark(line: str) -> Mark:
    hexed, code, at, position, origin = line.split(" ")
    return Mark(
        event_id=str(UUID(hexed)),
        type=_TYPES[code],
        at=int(at),
        position_ms=int(position),
        from_ms=int(origin) if origin else None,
    )
