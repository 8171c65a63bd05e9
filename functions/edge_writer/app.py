"""The one writer of the edge's exceptions: it hears that something changed, and writes what is true now.

It believes nothing that a stream record says but which row to look at, so records may come twice, late, or in
any order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from legato import dynamo, log
from legato.playback.table import PlaybackTable
from legato.rights import exceptions
from legato.rights.table import RightsTable

from .store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeWriter:
    store: Store
    rights: RightsTable
    playback: PlaybackTable
    longest_signature_s: int

    def follow(self, event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """A batch of a DynamoDB stream. The answer names the records to be tried again (partial batch response)."""
        numbers = {}
        for record in event["Records"]:
            change = record["dynamodb"]
            key = dynamo.decode(change["Keys"])
            if key["sk"] in {"RIGHTS", "REVOKED"}:
                numbers[key["pk"]] = change["SequenceNumber"]
        wanted, unreadable = self._truth(numbers, now)
        # What needs no exception needs no write: if there was one, it is pruned when it is old.
        self.store.write({key: value for key, value in wanted.items() if value is not None})
        return {"batchItemFailures": [{"itemIdentifier": numbers[key]} for key in unreadable]}

    def prune(self, now: datetime) -> None:
        """Look at every exception again: drop what no signature can need any more, mend what is wrong."""
        # Read to the end first: a page token does not survive a write.
        known = {key: value for page in self.store.pages() for key, value in page.items()}
        wanted, _ = self._truth(known, now)
        changes = {key: value for key, value in wanted.items() if known[key] != value}
        self.store.write(changes)
        dropped = sum(value is None for value in changes.values())
        log.info("pruned", kept=len(known) - dropped, dropped=dropped)

    def _truth(self, keys: Iterable[str], now: datetime) -> tuple[dict[str, str | None], list[str]]:
        """What the store should say about each key, and the keys whose rows cannot be read."""
        tracks = [key for key in keys if key.startswith("trk_")]
        sessions = [key for key in keys if key.startswith(("ses_", "dwn_"))]  # a download signs like a session
        found = dynamo.get_many(
            {
                self.rights.name: [self.rights.key(track) for track in tracks],
                self.playback.name: [self.playback.revoked_key(session) for session in sessions],
            },
            consistent=True,
        )
        wanted: dict[str, str | None] = dict.fromkeys([*tracks, *sessions])
        unreadable = []
        for row in found[self.playback.name]:
            wanted[row["pk"]] = exceptions.REVOKED if row["until"] > now.timestamp() else None
        for row in found[self.rights.name]:
            try:
                wanted[row["pk"]] = self._of_track(row, now)
            except Exception as fault:  # noqa: BLE001 -- one bad row must not keep the others from the edge
                log.error("unreadable rights", fault, id=row["pk"])
                del wanted[row["pk"]]
                unreadable.append(row["pk"])
        return wanted, unreadable

    def _of_track(self, row: Mapping[str, Any], now: datetime) -> str | None:
        return exceptions.of_track(
            self.rights.read(row),
            changed_at=self.rights.changed_at(row),
            now=now,
            longest_signature_s=self.longest_signature_s,
        )
