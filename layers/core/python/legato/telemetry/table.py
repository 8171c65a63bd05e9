"""The play ledger at rest: permanent, one row a play whatever comes in.

::

    pk         sk                  what
    <play id>  PLAY                a play that we granted
    <play id>  CLAIMED#<digest>    what somebody says of a play that was not granted to him; it never counts

A claim has a row of its own, so that nobody who says a play id first takes it from its listener. ``marks`` holds what
is known of the play's events as sorted lines, about 75 bytes each; ``heard_ms``, ``qualified`` and ``flagged`` are
what they add up to, written beside them for those who read the table or its stream.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from botocore.exceptions import ClientError

from legato import dynamo
from legato.telemetry.grant import PlayGrant
from legato.telemetry.model import EventType, Mark, Play, rfc3339

ERASED = "usr_erased"
"""Whose a play is when its listener is gone."""
MOST_MARKS = 4000
"""Of one play: a row holds 400 kB."""
_CODES = {kind: str(n) for n, kind in enumerate(EventType)}
_TYPES = {code: kind for kind, code in _CODES.items()}


class Place(NamedTuple):
    """Where a play stands in the ledger."""

    play_id: str
    claimant: str = ""
    """Whoever claims a play that we did not grant to him; ``""`` for a granted one."""


@dataclass(frozen=True, slots=True)
class PlayLedger:
    name: str

    def of_many(self, places: Iterable[Place]) -> dict[Place, Play]:
        """Plays by their place; those that nobody heard of are left out."""
        keys = [_key(place) for place in places]
        rows = dynamo.get_many({self.name: keys}, consistent=True)[self.name]
        return {place_of(play): play for play in map(_play, rows)}

    def put(self, play: Play) -> bool:
        """Write *play*; False, and nothing written, where somebody else wrote it since it was read."""
        row = (
            _key(place_of(play))
            | _granted(play.grant)
            | {
                "listener_id": play.listener_id,
                "track_id": play.track_id,
                "session_id": play.session_id,
                "duration_ms": play.duration_ms,
                "played_at": rfc3339(play.played_at),
                "heard_ms": play.heard_ms,
                "qualified": play.qualified,
                "flagged": play.flagged,
                "marks": "\n".join(sorted(map(_line, play.marks))),
                "version": play.version + 1,
            }
        )
        if not play.version:
            return dynamo.put(self.name, row, condition="attribute_not_exists(pk)")
        return dynamo.put(self.name, row, condition="version = :version", values={":version": play.version})

    def disown(self, play_id: str, listener_id: str) -> str | None:
        """Let the play forget *listener_id*. The session it was heard in; None where the play is not his (any more).

        What is owed for a play outlives the listener. A writer who read the row before has to read it again.
        """
        return self._disown(Place(play_id), listener_id) or self._disown(Place(play_id, listener_id), listener_id)

    def _disown(self, place: Place, listener_id: str) -> str | None:
        try:
            answer = dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(_key(place)),
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


def place_of(play: Play) -> Place:
    return Place(play.play_id, "" if play.grant else play.listener_id)


def _key(place: Place) -> dict[str, str]:
    if not place.claimant:
        return {"pk": place.play_id, "sk": "PLAY"}
    # A digest: the key outlives the listener, who can be forgotten only where he is not part of it.
    return {"pk": place.play_id, "sk": f"CLAIMED#{hashlib.sha256(place.claimant.encode()).hexdigest()[:16]}"}


def _granted(grant: PlayGrant | None) -> dict[str, Any]:
    if grant is None:
        return {"territory": "", "plan": "", "offline": False}
    return {
        "granted_at": grant.granted_at,
        "territory": grant.territory,
        "plan": grant.plan,
        "offline": grant.offline,
    }


def _grant(row: Mapping[str, Any]) -> PlayGrant | None:
    if "granted_at" not in row:
        return None
    return PlayGrant(granted_at=row["granted_at"], territory=row["territory"], plan=row["plan"], offline=row["offline"])


def _play(row: Mapping[str, Any]) -> Play:
    return Play(
        play_id=row["pk"],
        listener_id=row["listener_id"],
        track_id=row["track_id"],
        session_id=row["session_id"],
        duration_ms=row["duration_ms"],
        grant=_grant(row),
        marks=frozenset(map(_mark, row["marks"].splitlines())),
        version=row["version"],
    )


def _line(mark: Mark) -> str:
    origin = "" if mark.from_ms is None else mark.from_ms
    return f"{mark.event_id.replace('-', '')} {_CODES[mark.type]} {mark.at} {mark.position_ms} {mark.received} {origin}"


def _mark(line: str) -> Mark:
    hexed, code, at, position, received, origin = line.split(" ")
    return Mark(
        event_id=str(UUID(hexed)),
        type=_TYPES[code],
        at=int(at),
        position_ms=int(position),
        received=int(received),
        from_ms=int(origin) if origin else None,
    )
