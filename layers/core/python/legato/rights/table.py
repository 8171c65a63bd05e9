"""Rights at rest: ``pk=<track or album id> sk=RIGHTS``, and ``pk=<album id> sk=TRACK#<track id>``.

A track's row holds all that decides about it, its album's side included, so that playback reads one key
a track. Attributes: ``deals`` and ``takedown`` are the id's own; ``imported`` marks the open deal; ``album``
is a copy of the album's ``{deals, takedown, revision}``, newest revision wins; ``changed_at`` (epoch seconds)
tells the edge until when older signatures may be about. ``TRACK#`` rows say whom an album's changes must reach;
they are here because the catalogue's index lists a song only some time after it was written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.media.model import Tier
from legato.rights.deals import CommercialModel, Deal, Split, Use
from legato.rights.model import Rights, Takedown

_TRACK = "TRACK#"


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

    def replace(self, id: str, deals: Iterable[Deal], *, now: datetime) -> None:
        """Write the deals of *id*; an album's go to its tracks too."""
        stored = [asdict(deal) for deal in deals]
        self._change(id, "SET deals = :deals", {":deals": stored}, now)

    def take_down(self, id: str, reason: str, *, now: datetime) -> None:
        takedown = {"reason": reason, "at": now}
        self._change(id, "SET takedown = if_not_exists(takedown, :down)", {":down": takedown}, now)

    def reinstate(self, id: str, *, now: datetime) -> None:
        self._change(id, "REMOVE takedown SET", {}, now)

    def _change(self, id: str, expression: str, values: Mapping[str, Any], now: datetime) -> None:
        changed = int(now.timestamp())
        comma = "" if expression.endswith("SET") else ","
        row = self._update(
            id,
            f"{expression}{comma} changed_at = :now, revision = if_not_exists(revision, :none) + :one",
            {**values, ":now": changed, ":none": 0, ":one": 1},
        )
        for track in self.tracks_of(id):
            self._inherit(track, row, "SET album = :album, changed_at = :now", {":now": changed})

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
