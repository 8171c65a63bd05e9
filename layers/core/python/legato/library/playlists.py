"""Playlists at rest, in the library's table. The only module that knows these rows.

::

    pk             sk                      what
    <playlist id>  PLAYLIST                title, owner, visibility, count; deleted_at while it is taken apart
    <playlist id>  ITEM#<rank>#<item id>   a song, in its place
    <playlist id>  AT#<item id>            rank: where the item is now
    <listener id>  PLAYLIST#<playlist id>  owns it
    <listener id>  ONCE#<sha-256 of a key> the playlist made under that Idempotency-Key: ids are chance, so that
                                           nobody who knows key and owner knows an unlisted playlist

An item is written and moved by itself, guarded by where it was. Every edit takes the playlist's row along in
its transaction: `count` is always right, and nothing is put into a playlist that is being deleted.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo, ids
from legato.errors import TryAgain
from legato.library import ranks
from legato.library.model import Item, ItemNotFound, Playlist, PlaylistNotFound, Visibility
from legato.library.table import page

ATTEMPTS = 8
_CHUNK = dynamo.TRANSACTION // 2 - 1
"""Items of one transaction: two rows each, and the playlist's own."""
_ALIVE = "attribute_exists(pk) AND attribute_not_exists(deleted_at)"


@dataclass(frozen=True, slots=True)
class PlaylistTable:
    name: str

    @staticmethod
    def key(playlist_id: str) -> dict[str, str]:
        return {"pk": playlist_id, "sk": "PLAYLIST"}

    def playlist(self, playlist_id: str) -> Playlist:
        """Raises `PlaylistNotFound`."""
        row = self._row(playlist_id)
        if "deleted_at" in row:
            raise PlaylistNotFound(playlist_id=playlist_id)
        return _playlist(row)

    def many(self, playlist_ids: Sequence[str]) -> dict[str, Playlist]:
        rows = dynamo.get_many({self.name: [self.key(each) for each in playlist_ids]})[self.name]
        return {row["pk"]: _playlist(row) for row in rows if "deleted_at" not in row}

    def of(self, listener_id: str, *, limit: int, after: str | None) -> tuple[list[Playlist], str | None]:
        """The listener's own, the newest first, in two reads; and where to go on."""
        found = page(self.name, listener_id, "PLAYLIST#", limit=limit, after=after, backwards=True)
        ids = [row["sk"].removeprefix("PLAYLIST#") for row in found.rows]
        known = self.many(ids)
        return [known[each] for each in ids if each in known], found.after

    def owned(self, listener_id: str) -> list[str]:
        """The ids of all the listener's own."""
        mine = {":pk": listener_id, ":sk": "PLAYLIST#"}
        rows = dynamo.query(self.name, "pk = :pk AND begins_with(sk, :sk)", mine, ConsistentRead=True)
        return [row["sk"].removeprefix("PLAYLIST#") for row in rows]

    def create(self, playlist: Playlist, *, once: str = "") -> Playlist:
        """The playlist as it is kept: of two made under the same key *once*, the first."""
        row = self.key(playlist.id) | {
            "owner_id": playlist.owner_id,
            "title": playlist.title,
            "description": playlist.description,
            "visibility": str(playlist.visibility),
            "created_at": playlist.created_at,
            "updated_at": playlist.updated_at,
            "count": 0,
        }
        owned = {"pk": playlist.owner_id, "sk": f"PLAYLIST#{playlist.id}"}
        writes = [self._put(row), self._put(owned)]
        key = _once_key(playlist.owner_id, once)
        if once:
            writes.append(self._put(key | {"playlist_id": playlist.id}, condition="attribute_not_exists(pk)"))
        if dynamo.transact(*writes):
            return playlist
        first = dynamo.get(self.name, key, consistent=True) or {}
        return self.playlist(first.get("playlist_id", playlist.id))

    def describe(self, playlist_id: str, changes: Mapping[str, str]) -> Playlist:
        """Change ``title``, ``description``, ``visibility``, ``updated_at``. Raises `PlaylistNotFound`."""
        names = {f"#{name}": name for name in changes}
        values = {f":{name}": value for name, value in changes.items()}
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
        return _playlist(self._update(playlist_id, expression, values, names, condition=_ALIVE))

    def delete(self, playlist_id: str, *, by: str, now: str) -> None:
        """Gone for everybody at once; then its items go, and its own row last: asked again, it goes on where it stopped.

        Raises `PlaylistNotFound` and `NotYourPlaylist`.
        """
        playlist = _playlist(self._row(playlist_id)).changed_by(by)
        values = {":private": str(Visibility.PRIVATE), ":now": now}
        expression = "SET visibility = :private, deleted_at = :now"
        self._update(playlist_id, expression, values, condition="attribute_exists(pk)")
        every = dynamo.query(
            self.name, "pk = :pk", {":pk": playlist_id}, ProjectionExpression="pk, sk", ConsistentRead=True
        )
        rows = (row for row in every if row["sk"] != "PLAYLIST")
        while chunk := list(islice(rows, dynamo.TRANSACTION)):
            dynamo.transact(*map(self._delete, chunk))
        owned = {"pk": playlist.owner_id, "sk": f"PLAYLIST#{playlist_id}"}
        dynamo.transact(self._delete(self.key(playlist_id)), self._delete(owned))

    def items(self, playlist_id: str, *, limit: int, after: str | None = None) -> tuple[list[Item], str | None]:
        """Items in their order, in one read; and where to go on."""
        found = page(self.name, playlist_id, "ITEM#", limit=limit, after=after)
        return [_item(row) for row in found.rows], found.after

    def gap(
        self, playlist_id: str, *, after: str | None, position: int | None, without: str = ""
    ) -> tuple[str | None, str | None]:
        """The ranks between which something goes: behind the item *after*, at *position*, else at the end.

        *without* is an item that is about to leave its place. Raises `ItemNotFound`.
        """
        if position is not None:
            order = [rank for rank, item in self._order(playlist_id) if item != without]
            position = min(position, len(order))
            return order[position - 1] if position else None, order[position] if position < len(order) else None
        if after is not None:
            here = self._rank(playlist_id, after)
            beyond = self._order(playlist_id, beyond=here, Limit=2)
            return here, next((rank for rank, item in beyond if item != without), None)
        backwards = self._order(playlist_id, Limit=2, ScanIndexForward=False)
        return next((rank for rank, item in backwards if item != without), None), None

    def add(self, playlist_id: str, items: Sequence[Item], *, now: str) -> None:
        """Write *items*; those that are there already stay as they are. Raises `PlaylistNotFound`."""
        for start in range(0, len(items), _CHUNK):
            chunk = items[start : start + _CHUNK]
            rows = [write for item in chunk for write in self._placing(playlist_id, item)]
            if not dynamo.transact(*rows, self._touching(playlist_id, len(chunk), now)):
                self.playlist(playlist_id)

    def move(self, playlist_id: str, item_id: str, *, after: str | None, position: int | None, now: str) -> None:
        """Put an item elsewhere; behind itself it stays where it is.

        Raises `ItemNotFound`, `PlaylistNotFound`, and `TryAgain` where others kept moving it.
        """
        for _ in range(ATTEMPTS):
            old = self._rank(playlist_id, item_id)
            if after == item_id and position is None:
                return
            row = dynamo.get(self.name, _item_key(playlist_id, old, item_id), consistent=True)
            gap = self.gap(playlist_id, after=after, position=position, without=item_id)
            if row is None:
                continue
            rank = ranks.between(*gap)
            guard = {"condition": "#rank = :old", "values": {":old": old}, "names": {"#rank": "rank"}}
            if dynamo.transact(
                self._put(_place_key(playlist_id, item_id) | {"rank": rank}, **guard),
                self._delete(_item_key(playlist_id, old, item_id)),
                self._put(row | _item_key(playlist_id, rank, item_id)),
                self._touching(playlist_id, 0, now),
            ):
                return
            self.playlist(playlist_id)
        raise TryAgain(retry_after=1)

    def remove(self, playlist_id: str, item_id: str, *, now: str) -> None:
        """Take an item out. Raises `ItemNotFound`, `PlaylistNotFound`, and `TryAgain` where others kept moving it."""
        for _ in range(ATTEMPTS):
            old = self._rank(playlist_id, item_id)
            guard = {"condition": "#rank = :old", "values": {":old": old}, "names": {"#rank": "rank"}}
            if dynamo.transact(
                self._delete(_place_key(playlist_id, item_id), **guard),
                self._delete(_item_key(playlist_id, old, item_id)),
                self._touching(playlist_id, -1, now),
            ):
                return
            self.playlist(playlist_id)
        raise TryAgain(retry_after=1)

    def _row(self, playlist_id: str) -> dict[str, Any]:
        """Of a playlist that is being deleted, too."""
        known = ids.is_id("pls", playlist_id)
        row = dynamo.get(self.name, self.key(playlist_id), consistent=True) if known else None
        if row is None:
            raise PlaylistNotFound(playlist_id=playlist_id)
        return row

    def _rank(self, playlist_id: str, item_id: str) -> str:
        known = ids.is_id("itm", item_id)
        row = dynamo.get(self.name, _place_key(playlist_id, item_id), consistent=True) if known else None
        if row is None:
            raise ItemNotFound(item_id=item_id)
        return str(row["rank"])

    def _order(self, playlist_id: str, *, beyond: str = "", **options: Any) -> Iterator[tuple[str, str]]:
        """``(rank, item id)`` in order."""
        # "$" is the character after "#": everything of that rank, and nothing of the next.
        values = {":pk": playlist_id, ":from": f"ITEM#{beyond}$" if beyond else "ITEM#", ":to": "ITEM$"}
        between = "pk = :pk AND sk BETWEEN :from AND :to"
        for row in dynamo.query(self.name, between, values, ConsistentRead=True, ProjectionExpression="sk", **options):
            _, rank, item_id = row["sk"].split("#")
            yield rank, item_id

    def _touching(self, playlist_id: str, added: int, now: str) -> dict[str, Any]:
        guard = _guard(_ALIVE, {":now": now, ":added": added}, {"#count": "count"})
        key = dynamo.encode(self.key(playlist_id))
        expression = "SET updated_at = :now, #count = #count + :added"
        return {"Update": {"TableName": self.name, "Key": key, "UpdateExpression": expression, **guard}}

    def _update(
        self,
        playlist_id: str,
        expression: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
        *,
        condition: str,
    ) -> dict[str, Any]:
        try:
            answer = dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(self.key(playlist_id)),
                UpdateExpression=expression,
                ReturnValues="ALL_NEW",
                **_guard(condition, values, names),
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                raise PlaylistNotFound(playlist_id=playlist_id) from fault
            raise
        return dynamo.decode(answer["Attributes"])

    def _placing(self, playlist_id: str, item: Item) -> list[dict[str, Any]]:
        content = {"track_id": item.track_id, "added_at": item.added_at}
        return [
            self._put(_place_key(playlist_id, item.id) | {"rank": item.rank}, condition="attribute_not_exists(pk)"),
            self._put(_item_key(playlist_id, item.rank, item.id) | content),
        ]

    def _put(self, row: Mapping[str, Any], **guard: Any) -> dict[str, Any]:
        return {"Put": {"TableName": self.name, "Item": dynamo.encode(row), **_guard(**guard)}}

    def _delete(self, key: Mapping[str, Any], **guard: Any) -> dict[str, Any]:
        return {"Delete": {"TableName": self.name, "Key": dynamo.encode(key), **_guard(**guard)}}


def _guard(
    condition: str = "", values: Mapping[str, Any] | None = None, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    guard: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
    if values:
        guard |= {"ExpressionAttributeValues": dynamo.encode(values)}
    return guard | ({"ExpressionAttributeNames": names} if names else {})


def _item_key(playlist_id: str, rank: str, item_id: str) -> dict[str, str]:
    return {"pk": playlist_id, "sk": f"ITEM#{rank}#{item_id}"}


def _place_key(playlist_id: str, item_id: str) -> dict[str, str]:
    return {"pk": playlist_id, "sk": f"AT#{item_id}"}


def _once_key(listener_id: str, once: str) -> dict[str, str]:
    return {"pk": listener_id, "sk": f"ONCE#{hashlib.sha256(once.encode()).hexdigest()}"}


def _playlist(row: Mapping[str, Any]) -> Playlist:
    return Playlist(
        id=row["pk"],
        owner_id=row["owner_id"],
        title=row["title"],
        description=row["description"],
        visibility=Visibility(row["visibility"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        count=row["count"],
    )


def _item(row: Mapping[str, Any]) -> Item:
    _, rank, item_id = row["sk"].split("#")
    return Item(id=item_id, rank=rank, track_id=row["track_id"], added_at=row["added_at"])
