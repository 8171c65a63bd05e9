import json
import random
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.history import app as module
from legato.library.table import LibraryTable
from tests.music import a_track, an_album
from tests.player_events import PLAY, START, TRACK, a_play, a_play_id, an_event, records, stamped

LISTENER = "usr_listener"


@pytest.fixture
def history(cloud):
    for cached in (module.settings, module.catalog, module.ledger, module.library, module.poison):
        cached.cache_clear()
    module._durations.clear()
    cloud.catalog.publish(an_album(), [a_track(id=TRACK, duration_ms=240_000)])
    return cloud


def take(*events, first=1):
    return module.handle(records(*(each if isinstance(each, bytes) else stamped(each) for each in events), first=first))


def heard():
    lines, _ = LibraryTable("legato-test-library").history(LISTENER, limit=100)
    return lines


def state():
    client = boto3.client("dynamodb")
    rows = [
        row
        for table in ("legato-test-telemetry", "legato-test-library")
        for row in client.scan(TableName=table)["Items"]
    ]
    return sorted(json.dumps({k: v for k, v in row.items() if k != "version"}, sort_keys=True) for row in rows)


def set_aside():
    found = boto3.client("s3").list_objects_v2(Bucket="failures").get("Contents", [])
    bodies = [json.load(boto3.client("s3").get_object(Bucket="failures", Key=each["Key"])["Body"]) for each in found]
    return {each["Key"]: body["reason"] for each, body in zip(found, bodies, strict=True)}


def test_a_play_is_a_line_of_the_history_and_counts(history):
    assert take(*a_play(240)) == {"batchItemFailures": []}
    [line] = heard()
    assert (line.play_id, line.track_id, line.played_at) == (PLAY, TRACK, "2026-03-01T12:00:00.000Z")
    assert (line.heard_ms, line.qualified) == (240_000, True)


def test_a_play_cut_short_is_listed_but_does_not_count(history):
    take(*a_play(20))
    [line] = heard()
    assert (line.heard_ms, line.qualified) == (20_000, False)


def test_a_short_song_counts_after_half_of_it(history):
    history.catalog.publish(an_album(), [a_track(id="trk_short", duration_ms=20_000)])
    take(*a_play(10, every=5, track_id="trk_short", play_id=a_play_id("trk_short")))
    assert heard()[0].qualified


def test_replays_duplicates_and_another_order_change_nothing(history):
    events = a_play(240)
    for event in events:
        take(event)
    once = state()
    chance = random.Random(7)
    for _ in range(3):
        again = events + chance.sample(events, k=5)
        chance.shuffle(again)
        take(*again)
    assert state() == once


def test_events_that_come_late_join_their_play(history):
    started, *rest = a_play(240)
    take(*rest)
    assert heard()[0].played_at == "2026-03-01T12:00:10.000Z"
    take(started)
    assert [line.played_at for line in heard()] == ["2026-03-01T12:00:00.000Z"]


def test_the_newest_play_is_listed_first(history):
    for n in range(3):
        take(*a_play(30, play_id=f"ply_{n}", start=START + timedelta(hours=n)))
    assert [line.play_id for line in heard()] == ["ply_2", "ply_1", "ply_0"]


def test_poison_and_only_poison_is_set_aside(history):
    bad = [b"\xff", b"{}", b"[]", b'"x"', json.dumps(stamped(an_event()) | {"type": "dance"}).encode()]
    events = a_play(240)
    answer = take(*bad, *events)
    assert answer == {"batchItemFailures": []}
    assert list(set_aside()) == [f"events/shardId-000000000000/{n}.json" for n in range(1, 6)]
    assert heard()[0].heard_ms == 240_000


@pytest.mark.parametrize("first", ["the thief", "the listener"])
def test_a_borrowed_play_id_takes_nothing_from_its_play_and_counts_for_nobody(history, first):
    stranger = records(*(stamped(each, listener="usr_thief") for each in a_play(240)), first=100)
    if first == "the thief":
        module.handle(stranger)
    take(*a_play(40))
    if first == "the listener":
        module.handle(stranger)
    [line] = heard()
    assert (line.heard_ms, line.qualified) == (40_000, True)
    [claimed], _ = LibraryTable("legato-test-library").history("usr_thief", limit=10)
    assert not claimed.qualified


@pytest.mark.parametrize(
    "invented",
    [
        {"play_id": "ply_0123456789abcdef"},
        {"track_id": "trk_fedcba9876543210"},
        {"session_id": "ses_fedcba9876543210"},
        {"play_id": f"{PLAY}-1"},
        {"play_id": PLAY[:-2] + ("0" if PLAY[-2] != "0" else "1") + PLAY[-1]},
        {"play_id": PLAY[:-1] + chr(ord(PLAY[-1]) + 1)},
        {"play_id": f"ply_{PLAY.removeprefix('ply_').upper()}"},
    ],
    ids=["play", "track", "session", "suffix online", "forged", "unused bits", "other case"],
)
def test_a_play_that_was_not_granted_as_it_is_told_is_listed_and_never_counts(history, invented):
    take(*a_play(240, **invented))
    [line] = heard()
    assert not line.qualified
    [row] = boto3.client("dynamodb").scan(TableName="legato-test-telemetry")["Items"]
    assert (row["flagged"], row["qualified"], row["plan"]) == ({"S": "not-granted"}, {"BOOL": False}, {"S": ""})


def test_plan_and_territory_are_the_grants_and_nothing_that_the_client_says(history):
    take(*a_play(240, plan="hifi", territory="US"))
    [row] = boto3.client("dynamodb").scan(TableName="legato-test-telemetry")["Items"]
    assert (row["plan"], row["territory"], row["offline"]) == ({"S": "premium"}, {"S": "DE"}, {"BOOL": False})


def test_nobody_hears_more_than_the_time_since_the_grant(history):
    late = START + timedelta(seconds=211)  # the player says that it began 211 seconds before it was allowed to
    take(*a_play(240, play_id=a_play_id(granted=late)))
    [line] = heard()
    assert (line.heard_ms, line.qualified) == (30_000, True)
    shorter = a_play_id(granted=late)
    take(*a_play(239, play_id=shorter))
    assert [line.qualified for line in heard() if line.play_id == shorter] == [False]


def test_a_ticket_for_offline_use_is_many_plays_and_each_counts_once(history):
    ticket = a_play_id(offline=True)
    for n in range(3):
        for _ in range(2):
            start = START + timedelta(hours=n)
            month_late = start + timedelta(days=30)
            told = a_play(240, play_id=f"{ticket}-{n}", start=start)
            module.handle(records(*(stamped(each, received=month_late) for each in told)))
    assert [(line.play_id, line.qualified) for line in heard()] == [(f"{ticket}-{n}", True) for n in (2, 1, 0)]


def test_an_event_that_is_sent_again_came_when_it_came_first(history):
    told = a_play(240, play_id=a_play_id(granted=START + timedelta(seconds=220)))
    take(*told)
    once = heard()[0].heard_ms
    again = [stamped(each, received=START + timedelta(hours=1)) for each in told]
    module.handle(records(*again, first=100))
    assert heard()[0].heard_ms == once == 21_000


def test_a_table_that_is_away_gives_the_batch_back_from_there_on(history, monkeypatch):
    good, bad = a_play(30, play_id="ply_good"), a_play(30, play_id="ply_bad")
    real = module.ledger().__class__.put

    def put(self, play):
        if play.play_id == "ply_bad":
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")
        return real(self, play)

    monkeypatch.setattr(module.PlayLedger, "put", put)
    assert take(*good, *bad) == {"batchItemFailures": [{"itemIdentifier": str(len(good) + 1)}]}
    monkeypatch.undo()
    assert take(*bad, first=len(good) + 1) == {"batchItemFailures": []}
    assert {line.play_id for line in heard()} == {"ply_good", "ply_bad"}


def test_two_consumers_of_one_play_lose_nothing(history, monkeypatch):
    first, second = a_play(240)[:10], a_play(240)[10:]
    real = module.LibraryTable.put_heard
    met = []

    def put_heard(self, *args, **more):
        if not met:
            met.append(1)
            take(*second, first=500)  # another consumer, between our reading and our writing
        return real(self, *args, **more)

    monkeypatch.setattr(module.LibraryTable, "put_heard", put_heard)
    take(*first)
    assert heard()[0].heard_ms == 240_000


@pytest.mark.parametrize("mine", [slice(10, None), slice(0, 5)], ids=["later events", "events the other has too"])
def test_who_loses_a_play_to_another_consumer_leaves_the_others_line(history, monkeypatch, mine):
    events = a_play(240)
    real = module.LibraryTable.put_heard
    met = []

    def put_heard(self, *args, **more):
        if not met:
            met.append(1)
            take(*events, first=500)
        return real(self, *args, **more)

    monkeypatch.setattr(module.LibraryTable, "put_heard", put_heard)
    take(*events[mine])
    [line] = heard()
    assert (line.played_at, line.heard_ms) == ("2026-03-01T12:00:00.000Z", 240_000)


def test_a_batch_is_read_in_two_calls_whatever_its_size(history, calls):
    plays = [event for n in range(20) for event in a_play(30, play_id=f"ply_{n}")]
    with calls() as made:
        take(*plays)
    assert made.count("BatchGetItem") == 2
    assert len(made) == 2 + 2 * 20
