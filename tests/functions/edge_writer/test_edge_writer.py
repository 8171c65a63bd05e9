"""The edge's exceptions follow the truth, whatever the stream says and however often."""

import random
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.edge_writer import store as stores
from functions.edge_writer.app import EdgeWriter
from functions.edge_writer.store import Store
from legato import dynamo, ids
from legato.playback.table import PlaybackTable
from legato.rights.deals import OPEN_DEAL
from legato.rights.table import RightsTable
from tests.functions.listening import create, made_client
from tests.grants import a_deal, a_player, a_session

NOW = datetime(2030, 1, 2, 12, tzinfo=UTC)
SONG, OTHER, ALBUM = ids.of("trk", "song"), ids.of("trk", "other"), ids.of("alb", "album")
SESSION = a_session("phone", started=int(NOW.timestamp()))


# ruff: noqa: N803 -- the arguments' names are botocore's
class KeyValueStore:
    """CloudFront's data plane as its API reference tells it: no write without the ETag of this very moment."""

    def __init__(self):
        self.items, self.etag, self.writes = {}, 0, 0
        self.rivals = 0

    def describe_key_value_store(self, *, KvsARN):
        return {"ETag": str(self.etag)}

    def list_keys(self, *, KvsARN, MaxResults, NextToken=""):
        keys = sorted(key for key in self.items if key > NextToken)
        more = {"NextToken": keys[MaxResults - 1]} if len(keys) > MaxResults else {}
        return {"Items": [{"Key": key, "Value": self.items[key]} for key in keys[:MaxResults]]} | more

    def update_keys(self, *, KvsARN, IfMatch, Puts=(), Deletes=()):
        if self.rivals:
            self.rivals -= 1
            self.etag += 1
        if IfMatch != str(self.etag):
            raise ClientError({"Error": {"Code": "ConflictException"}}, "UpdateKeys")
        assert 1 <= len(Puts) + len(Deletes) <= 50
        assert all(len(each["Value"]) <= 1024 for each in Puts)
        for each in Deletes:
            del self.items[each["Key"]]
        self.items |= {each["Key"]: each["Value"] for each in Puts}
        self.etag += 1
        self.writes += 1
        return {"ETag": str(self.etag)}


@pytest.fixture
def edge(monkeypatch):
    kvs = KeyValueStore()
    monkeypatch.setattr(stores, "client", lambda: kvs)
    monkeypatch.setattr(dynamo, "client", partial(made_client, "dynamodb"))
    with mock_aws():
        create("Rights")
        create("Playback")
        rights, playback = RightsTable("rights"), PlaybackTable("playback")
        writer = EdgeWriter(store=Store("arn"), rights=rights, playback=playback, longest_signature_s=3600)
        yield SimpleNamespace(
            kvs=kvs,
            rights=rights,
            playback=playback,
            heard=partial(_heard, writer),
            prune=lambda **later: writer.prune(NOW + timedelta(**later)),
        )


def _heard(writer, *keys, now=NOW):
    """The stream says that these ids changed; what it says of them besides is wrong on purpose."""
    records = []
    for number, key in enumerate(keys):
        sort = "REVOKED" if key.startswith("ses_") else "RIGHTS"
        change = {"Keys": dynamo.encode({"pk": key, "sk": sort}), "SequenceNumber": str(number), "NewImage": {}}
        records.append({"eventName": "REMOVE", "dynamodb": change})
    return writer.follow({"Records": records}, now)


def revoke(edge, until=NOW + timedelta(hours=1)):
    times = {"now": int(NOW.timestamp()), "revoke_until": int(until.timestamp())}
    assert edge.playback.change(a_player(version=0), begin=SESSION, end=(), **times)
    assert edge.playback.change(edge.playback.player("usr_anna"), begin=None, end=(SESSION,), **times)


def test_a_takedown_reaches_the_edge_and_lifting_it_too(edge):
    edge.rights.open_by_default(SONG, ALBUM)
    edge.rights.take_down(SONG, "claim", now=NOW)
    assert edge.heard(SONG) == {"batchItemFailures": []}
    assert edge.kvs.items == {SONG: "X"}
    edge.rights.reinstate(SONG, now=NOW)
    edge.heard(SONG)
    assert edge.kvs.items == {SONG: "-"}


def test_an_albums_takedown_reaches_the_edge_by_its_tracks(edge):
    for song in (SONG, OTHER):
        edge.rights.open_by_default(song, ALBUM)
    edge.rights.take_down(ALBUM, "claim", now=NOW)
    edge.heard(ALBUM, SONG, OTHER)
    assert edge.kvs.items == {SONG: "X", OTHER: "X"}


def test_countries_that_lost_a_track_are_blocked(edge):
    everywhere_but = a_deal(territories=frozenset({"Worldwide"}), excluded_territories=frozenset({"DE", "AT"}))
    edge.rights.replace(SONG, [everywhere_but], now=NOW)
    edge.heard(SONG)
    assert edge.kvs.items == {SONG: "AT,DE"}


def test_a_revoked_session_is_refused_until_no_signature_of_its_can_be_alive(edge):
    revoke(edge)
    edge.heard(SESSION.id)
    assert edge.kvs.items == {SESSION.id: "R"}
    edge.prune(minutes=59)
    assert edge.kvs.items == {SESSION.id: "R"}
    edge.prune(minutes=61)
    assert edge.kvs.items == {}


def test_importing_music_writes_nothing_to_the_edge(edge):
    songs = [ids.of("trk", str(number)) for number in range(20)]
    for song in songs:
        edge.rights.open_by_default(song, ALBUM)
    edge.heard(*songs)
    assert edge.kvs.writes == 0


def test_records_may_come_twice_and_in_any_order(edge):
    edge.rights.take_down(SONG, "claim", now=NOW)
    edge.rights.replace(OTHER, [OPEN_DEAL], now=NOW)
    revoke(edge)
    records = [SONG, OTHER, SESSION.id] * 3
    for seed in range(3):
        random.Random(seed).shuffle(records)
        edge.heard(*records)
        assert edge.kvs.items == {SONG: "X", OTHER: "-", SESSION.id: "R"}


def test_a_store_that_somebody_else_wrote_is_written_again_with_its_new_etag(edge):
    edge.rights.take_down(SONG, "claim", now=NOW)
    edge.kvs.rivals = 3
    edge.heard(SONG)
    assert edge.kvs.items == {SONG: "X"}


def test_a_store_that_is_never_quiet_fails_the_batch_so_that_it_comes_again(edge):
    edge.rights.take_down(SONG, "claim", now=NOW)
    edge.kvs.rivals = 99
    with pytest.raises(ClientError):
        edge.heard(SONG)


def test_a_row_that_cannot_be_read_is_tried_again_and_keeps_no_other_from_the_edge(edge):
    dynamo.put("rights", edge.rights.key(SONG) | {"deals": [{"territories": "SE"}], "changed_at": 1})
    edge.rights.take_down(OTHER, "claim", now=NOW)
    assert edge.heard(OTHER, SONG) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert edge.kvs.items == {OTHER: "X"}


def test_many_changes_go_in_as_few_writes_as_the_quota_allows(edge):
    songs = [ids.of("trk", str(number)) for number in range(120)]
    for song in songs:
        edge.rights.take_down(song, "claim", now=NOW)
    edge.heard(*songs)
    assert (len(edge.kvs.items), edge.kvs.writes) == (120, 3)
    for song in songs:
        edge.rights.reinstate(song, now=NOW)
    edge.prune(hours=2)
    assert edge.kvs.items == {}


def test_pruning_keeps_takedowns_and_mends_what_is_wrong(edge):
    edge.rights.take_down(SONG, "claim", now=NOW)
    edge.kvs.items = {SONG: "-", OTHER: "X", SESSION.id: "R", "operators own": "1"}
    edge.prune(hours=2)
    assert edge.kvs.items == {SONG: "X", "operators own": "1"}


def test_a_deal_cut_short_closes_at_the_edge_when_it_ends_not_when_the_signatures_do(edge):
    edge.rights.replace(SONG, [a_deal(territories=frozenset({"Worldwide"}), end=NOW + timedelta(minutes=5))], now=NOW)
    edge.heard(SONG)
    assert edge.kvs.items == {SONG: "-"}
    edge.prune(minutes=6)
    assert edge.kvs.items == {SONG: "X"}


def test_other_rows_of_the_tables_are_nobodys_business_here(edge):
    player = {"pk": "usr_anna", "sk": "PLAYER"}
    record = {"eventName": "MODIFY", "dynamodb": {"Keys": dynamo.encode(player), "SequenceNumber": "1"}}
    writer = EdgeWriter(store=Store("arn"), rights=edge.rights, playback=edge.playback, longest_signature_s=3600)
    assert writer.follow({"Records": [record]}, NOW) == {"batchItemFailures": []}
    assert edge.kvs.writes == 0
