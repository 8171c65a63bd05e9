"""Rights at rest: ``pk=<track or album id> sk=RIGHTS``, and ``pk=<album id> sk=TRACK#<track id>``.

A track's row holds all that decides about it, its album's side included, so that playback reads one key
a track. Attributes: ``deals`` and ``takedown`` are the id's own; ``imported`` marks the open deal; ``album``
is a copy of the album's ``{deals, takedown, revision}``, newest revision wins; ``changed_at`` (epoch seconds)
tells the edge until when older signatures may be about. ``TRACK#`` rows say whom an album's changes must reach;
they are here because the catalogue's index lists a song only some time after it was written.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from legato import dynamo
from legato.errors import TryAgain
from legato.media.model import Tier
from legato.rights.deals import CommercialModel, Deal, Split, Use
from legato.rights.model import Rights, Takedown

_TRACK = "TRACK#"

Said: TypeAlias = Mapping[str, Any]
"""``deals`` and ``takedown`` of one id, where it has them."""
Note: TypeAlias = Callable[[Said, Said], Mapping[str, Any]]
"""What was said before and is said after → a write of the same transaction."""


@dataclass(frozen=True, slots=True)
class RightsTable:
    name: str

    @staticmethod
    def key(id: str) -> dict[str, str]:
        """For readers that batch this row with others."""
        return {"pk": id, "sk": "RIGHTS"}

    @staticmethod
    def read(row: Mapping[str, Any] | None) -> Rights:
        """No row is no rights: what nobody published may not be heard."""
        row = row or {}
        album = row.get("album", {})
        return Rights(
            own=_deals(row),
            album=_deals(album),
            imported=row.get("imported", False),
            takedown=_takedown(row),
            album_takedown=_takedown(album),
        )

    @staticmethod
    def changed_at(row: Mapping[str, Any]) -> int:
        """Epoch seconds of the last change by an operator; 0 for a row as it was imported."""
        return int(row.get("changed_at", 0))

    def of_many(self, ids: Iterable[str]) -> dict[str, Rights]:
        """Rights by id, for every id asked for."""
        wanted = list(ids)
        found = dynamo.get_many({self.name: [self.key(each) for each in wanted]})[self.name]
        rows = {row["pk"]: row for row in found}
        return {each: self.read(rows.get(each)) for each in wanted}

    def of(self, id: str) -> Rights:
        return self.read(dynamo.get(self.name, self.key(id), consistent=True))

    def open_by_default(self, track_id: str, album_id: str) -> None:
        """Give a track published without a deal the open one, under whatever its album says. Repeatable.

        The track is listed under its album before the album is read, and a change writes the album before it
        reads that list: one of the two always sees the other. What the album says comes in the same write as
        the open deal, so that a song of a withdrawn album is open at no moment.
        """
        dynamo.put(self.name, {"pk": album_id, "sk": f"{_TRACK}{track_id}"})
        album = dynamo.get(self.name, self.key(album_id), consistent=True)
        opened, yes = "SET imported = if_not_exists(imported, :yes)", {":yes": True}
        if album is None or not self._inherit(track_id, album, f"{opened}, album = :album", yes):
            self._update(track_id, opened, yes)  # the track knows of that change of its album, or of a later one

    def tracks_of(self, album_id: str) -> Iterator[str]:
        """The tracks ever published on an album; none of a track."""
        condition, values = "pk = :pk AND begins_with(sk, :track)", {":pk": album_id, ":track": _TRACK}
        for row in dynamo.query(self.name, condition, values, ConsistentRead=True):
            yield row["sk"].removeprefix(_TRACK)

    def replace(self, id: str, deals: Iterable[Deal], *, now: datetime, note: Note | None = None) -> None:
        """Write the deals of *id*; an album's go to its tracks too."""
        stored = [asdict(deal) for deal in deals]
        self._change(id, lambda said: {**said, "deals": stored}, now, note)

    def take_down(self, id: str, reason: str, *, now: datetime, note: Note | None = None) -> None:
        takedown = {"reason": reason, "at": now}
        self._change(id, lambda said: {"takedown": takedown, **said}, now, note)

    def reinstate(self, id: str, *, now: datetime, note: Note | None = None) -> None:
        self._change(id, lambda said: {name: said[name] for name in said if name != "takedown"}, now, note)

    def _change(self, id: str, change: Callable[[Said], Said], now: datetime, note: Note | None) -> None:
        """Write what *change* makes of what is said, and its *note*, both or neither; then tell the tracks.

        Raises `TryAgain` where others kept changing the same id. Repeated, it tells the tracks again.
        """
        for attempt in range(dynamo.ATTEMPTS):
            row = dynamo.get(self.name, self.key(id), consistent=True) or {}
            before: Said = {name: row[name] for name in row if name in {"deals", "takedown"}}
            after, seen = change(before), row.get("revision", 0)
            if self._write(id, after, seen=seen, now=now, note=note(before, after) if note else None):
                break
            time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311 -- spreads writers, guards nothing
        else:
            raise TryAgain(retry_after=1)
        said, changed = {**after, "revision": seen + 1}, {":now": int(now.timestamp())}
        for track in self.tracks_of(id):
            self._inherit(track, said, "SET album = :album, changed_at = :now", changed)

    def _write(self, id: str, after: Said, *, seen: int, now: datetime, note: Mapping[str, Any] | None) -> bool:
        """False, and nothing written, where the row is no longer of revision *seen*."""
        values = {":next": seen + 1, ":now": int(now.timestamp())} | {
            f":{name}": value for name, value in after.items()
        }
        gone = [name for name in ("deals", "takedown") if name not in after]
        sets = ", ".join(["revision = :next", "changed_at = :now", *(f"{name} = :{name}" for name in after)])
        condition = "revision = :seen" if seen else "attribute_not_exists(revision)"
        update = {
            "TableName": self.name,
            "Key": dynamo.encode(self.key(id)),
            "UpdateExpression": f"SET {sets}" + (f" REMOVE {', '.join(gone)}" if gone else ""),
            "ConditionExpression": condition,
            "ExpressionAttributeValues": dynamo.encode(values | ({":seen": seen} if seen else {})),
        }
        return dynamo.transact({"Update": update}, *([note] if note else []))

    def _inherit(self, track_id: str, row: Mapping[str, Any], expression: str, values: Mapping[str, Any]) -> bool:
        """Copy what the album's *row* says to the track; False, and nothing written, where it knows as much."""
        album = {name: row.get(name) for name in ("deals", "takedown")} | {"revision": row.get("revision", 0)}
        # Two changes of an album may fan out at once: the later revision stays, in either order.
        written = self._update(
            track_id,
            expression,
            {**values, ":album": album, ":revision": album["revision"]},
            condition="attribute_not_exists(album) OR album.revision < :revision",
        )
        return bool(written)

    def _update(self, id: str, expression: str, values: Mapping[str, Any], *, condition: str = "") -> dict[str, Any]:
        more: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        try:
            answer = dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(self.key(id)),
                UpdateExpression=expression,
                ExpressionAttributeValues=dynamo.encode(values),
                ReturnValues="ALL_NEW",
                **more,
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                return {}
            raise
        return dynamo.decode(answer["Attributes"])


def _deals(row: Mapping[str, Any]) -> tuple[Deal, ...] | None:
    return None if row.get("deals") is None else tuple(_deal(each) for each in row["deals"])


def _deal(row: Mapping[str, Any]) -> Deal:
    return Deal(
        territories=row["territories"],
        models=frozenset(map(CommercialModel, row["models"])),
        uses=frozenset(map(Use, row["uses"])),
        start=datetime.fromisoformat(row["start"]),
        end=datetime.fromisoformat(row["end"]) if "end" in row else None,
        excluded_territories=row.get("excluded_territories", frozenset()),
        max_quality=Tier(row["max_quality"]) if "max_quality" in row else None,
        label=row.get("label", ""),
        distributor=row.get("distributor", ""),
        splits=tuple(Split(**each) for each in row.get("splits", ())),
    )


def _takedown(row: Mapping[str, Any]) -> Takedown | None:
    found = row.get("takedown")
    return Takedown(reason=found["reason"], at=datetime.fromisoformat(found["at"])) if found else None
