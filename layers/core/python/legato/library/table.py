"""A listener's own things at rest. The only module that knows their rows; playlists have `legato.library.playlists`.

::

    pk             sk
    <listener id>  HISTORY#<played at>#<play id>     a line of the history; the newest is the last
    <listener id>  FAVORITE#<kind>#<id>              that it is one, and since when
    <listener id>  FAVORITED#<kind>#<since>#<id>     the same in the order it came
    <listener id>  PLAYLIST#<playlist id>            owns it
    <listener id>  ONCE#<sha-256 of a key>           the playlist made under that Idempotency-Key
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from legato import dynamo
from legato.library.model import Favorite, Heard, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows of one list, and the sort key to go on after; None at the end."""

    rows: tuple[dict[str, Any], ...]
    after: str | None


def page(table: str, pk: str, prefix: str, *, limit: int, after: str | None = None, backwards: bool = False) -> Page:
    """The next *limit* rows of a partition whose sort keys begin with *prefix*, in one read."""
    # A sort key out of a cursor may be anybody's making: outside of the list it begins where the list does.
    start: dict[str, Any] = {}
    if after and after.startswith(prefix):
        start = {"ExclusiveStartKey": dynamo.encode({"pk": pk, "sk": after})}
    answer = dynamo.client().query(
        TableName=table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues=dynamo.encode({":pk": pk, ":prefix": prefix}),
        Limit=limit,
        ScanIndexForward=not backwards,
        **start,
    )
    last = answer.get("LastEvaluatedKey")
    return Page(rows=tuple(map(dynamo.decode, answer["Items"])), after=last["sk"]["S"] if last else None)


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
        found = page(self.name, listener_id, "HISTORY#", limit=limit, after=after, backwards=True)
        return [_heard(row) for row in found.rows], found.after

    def favorites(
        self, listener_id: str, kind: Kind | None, *, limit: int, after: str | None = None
    ) -> tuple[list[Favorite], str | None]:
        """The newest first (of all kinds: kind by kind), in one read; and where to go on."""
        prefix = f"FAVORITED#{kind}#" if kind else "FAVORITED#"
        found = page(self.name, listener_id, prefix, limit=limit, after=after, backwards=True)
        return [_favorite(row) for row in found.rows], found.after

    def add_favorite(self, listener_id: str, favorite: Favorite) -> None:
        """Twice is once, and the first time counts."""
        content = {"kind": str(favorite.kind), "id": favorite.id, "added_at": favorite.added_at}
        mark, place = _favorite_keys(listener_id, favorite)
        self._together(
            {"Put": {"Item": mark | content, "ConditionExpression": "attribute_not_exists(pk)"}},
            {"Put": {"Item": place | content}},
        )

    def remove_favorite(self, listener_id: str, kind: Kind, id: str) -> None:
        """Twice is once."""
        row = dynamo.get(self.name, {"pk": listener_id, "sk": f"FAVORITE#{kind}#{id}"}, consistent=True)
        if row:
            mark, place = _favorite_keys(listener_id, _favorite(row))
            self._together({"Delete": {"Key": mark}}, {"Delete": {"Key": place}})

    def _together(self, *writes: Mapping[str, Any]) -> None:
        """One transaction; nothing where a condition does not hold: then it was done before. Raises `TryAgain`."""
        encoded: list[Any] = []
        for write in writes:
            [(verb, how)] = write.items()
            each = {name: dynamo.encode(value) if isinstance(value, dict) else value for name, value in how.items()}
            encoded.append({verb: {"TableName": self.name, **each}})
        dynamo.transact(*encoded)


def _heard_key(listener_id: str, played_at: str, play_id: str) -> dict[str, str]:
    return {"pk": listener_id, "sk": f"HISTORY#{played_at}#{play_id}"}


def _favorite_keys(listener_id: str, favorite: Favorite) -> tuple[dict[str, str], dict[str, str]]:
    mark = f"FAVORITE#{favorite.kind}#{favorite.id}"
    place = f"FAVORITED#{favorite.kind}#{favorite.added_at}#{favorite.id}"
    return {"pk": listener_id, "sk": mark}, {"pk": listener_id, "sk": place}


def _heard(row: Mapping[str, Any]) -> Heard:
    return Heard(
        play_id=row["play_id"],
        track_id=row["track_id"],
        played_at=row["played_at"],
        heard_ms=row["heard_ms"],
        qualified=row["qualified"],
    )


def _favorite(row: Mapping[str, Any]) -> Favorite:
    return Favorite(kind=Kind(row["kind"]), id=row["id"], added_at=row["added_at"])
