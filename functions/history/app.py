"""The first consumer of the event stream: the play ledger, and each listener's history.

Its writes are decided by what the ledger holds and nothing else, so a batch that comes again, in part or
whole, ends where it ended before.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from legato import log, secrets
from legato.catalog.table import CatalogTable
from legato.config import load
from legato.errors import TryAgain
from legato.library.model import Heard
from legato.library.table import LibraryTable
from legato.telemetry.grant import PlayGrant, PlayKeys
from legato.telemetry.model import Event, Play, play_of, rfc3339
from legato.telemetry.poison import PoisonBucket
from legato.telemetry.table import MOST_MARKS, Place, PlayLedger, place_of
from legato.telemetry.wire import event_of

from .settings import Settings

ATTEMPTS = 5

settings = cache(lambda: load(Settings))
catalog = cache(lambda: CatalogTable(settings().catalog_table))
ledger = cache(lambda: PlayLedger(settings().telemetry_table))
library = cache(lambda: LibraryTable(settings().library_table))
poison = cache(lambda: PoisonBucket(settings().poison_bucket))
_durations: dict[str, int] = {}
"""Songs do not change their length: one read each in the life of a process."""
MOST_DURATIONS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of a Kinesis batch, as Lambda delivers it."""

    sequence: str
    event_id: str
    """``<shard>:<sequence>``."""
    data: str
    """base64"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    event: Event
    record: Record


def handle(batch: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Lambda's partial batch response: the first record that failed, from which Lambda delivers again."""
    records = [_record(each) for each in batch["Records"]]
    failed: set[str] = set()
    arrived: dict[Place, list[Arrival]] = defaultdict(list)
    grants: dict[Place, PlayGrant | None] = {}
    keys = PlayKeys(secrets.read(settings().play_keys_secret))
    for record in records:
        try:
            event = event_of(json.loads(base64.b64decode(record.data, validate=True)))
        except (ValueError, KeyError, TypeError, RecursionError) as fault:
            failed |= _set_aside([record], f"unreadable: {fault!r}")
            continue
        grant = keys.read(
            event.play_id, listener_id=event.listener_id, track_id=event.track_id, session_id=event.session_id
        )
        place = Place(event.play_id, "" if grant else event.listener_id)
        grants[place] = grant
        arrived[place].append(Arrival(event=event, record=record))
    known = ledger().of_many(arrived)
    durations = _durations_of({each[0].event.track_id for place, each in arrived.items() if place not in known})
    for place, arrivals in arrived.items():
        first = arrivals[0].event
        play = known.get(place) or play_of(first, durations.get(first.track_id, 0), grants[place])
        try:
            failed |= _take_in(play, arrivals)
        except (ClientError, BotoCoreError, TryAgain) as fault:
            log.error("play not counted", fault, play_id=place.play_id)
            failed |= {each.record.sequence for each in arrivals}
    first_failed = next((record.sequence for record in records if record.sequence in failed), None)
    return {"batchItemFailures": [{"itemIdentifier": first_failed}] if first_failed else []}


def _take_in(play: Play, arrivals: Sequence[Arrival]) -> set[str]:
    """Add what arrived to its play. Returns the sequence numbers of records that could not be dealt with."""
    own = [each for each in arrivals if play.owns(each.event)]
    failed = _set_aside([each.record for each in arrivals if each not in own], "of another listener's or song's play")
    for _ in range(ATTEMPTS):
        grown = play.with_events(each.event for each in own)
        if grown is play:
            return failed  # all of it was here before
        if len(grown.marks) > MOST_MARKS:
            return failed | _set_aside([each.record for each in own], f"more than {MOST_MARKS} events of one play")
        # The history first: should we stop in between, the ledger does not know the events yet, and both are redone.
        before = rfc3339(play.played_at) if play.marks else None
        library().put_heard(play.listener_id, _heard(grown), was_played_at=before)
        if ledger().put(grown):
            return failed
        play = ledger().of_many([place_of(play)])[place_of(play)]
        # We lost: the line is what the ledger says, and where ours had another time it goes.
        library().put_heard(play.listener_id, _heard(play), was_played_at=rfc3339(grown.played_at))
    raise TryAgain


def _set_aside(records: Sequence[Record], reason: str) -> set[str]:
    """Put *records* where somebody can look at them; nothing behind them has to wait."""
    failed = set()
    for record in records:
        try:
            poison().put(record.event_id, record.data, reason)
        except (ClientError, BotoCoreError) as fault:
            log.error("poison not set aside", fault, event_id=record.event_id)
            failed.add(record.sequence)
    return failed


def _durations_of(track_ids: Collection[str]) -> dict[str, int]:
    unknown = [each for each in track_ids if each not in _durations]
    if len(_durations) + len(unknown) > MOST_DURATIONS:
        _durations.clear()
        unknown = list(track_ids)
    _durations.update({track.id: track.duration_ms for track in catalog().tracks(unknown).values()})
    return _durations


def _heard(play: Play) -> Heard:
    return Heard(
        play_id=play.play_id,
        track_id=play.track_id,
        played_at=rfc3339(play.played_at),
        heard_ms=play.heard_ms,
        qualified=play.qualified,
    )


def _record(sent: Mapping[str, Any]) -> Record:
    kinesis = sent["kinesis"]
    return Record(sequence=kinesis["sequenceNumber"], event_id=sent["eventID"], data=kinesis["data"])
