import json

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from functions.indexer import app as indexer
from functions.search import app as module
from legato.api import entry
from legato.search import versions
from legato.search.index import SCHEMA
from legato.search.reader import Reader
from legato.search.versions import Versions
from legato.search.writer import Writer
from tests.music import a_track, an_album, request

LIBRARY = [
    # artist, album, song
    ("Nina Simone", "Little Girl Blue", "Mood Indigo"),
    ("Beyoncé", "I Am… Sasha Fierce", "Halo"),
    ("Midnight Oil", "Blue Sky Mining", "Blue Sky Mine"),
]


@pytest.fixture
def search(cloud, tmp_path, monkeypatch):
    """A published library, indexed from the rows that the table's stream would bring."""
    for cached in (module.settings, module.catalog, module.rights, module.reader, indexer.settings, indexer.writer):
        cached.cache_clear()
    store = Versions(bucket="index", schema=SCHEMA)
    writer, reader = Writer(store, tmp_path / "writer"), Reader(store, tmp_path / "reader")
    monkeypatch.setattr(indexer, "writer", lambda: writer)
    monkeypatch.setattr(module, "reader", lambda: reader)
    cloud.reader, cloud.tmp = reader, tmp_path
    for artist, album, song in LIBRARY:
        publish(cloud, artist, album, song)
    index_everything()
    return cloud


def publish(cloud, artist, album, song):
    record = an_album(album, artist)
    track = a_track(song, record)
    cloud.catalog.publish(record, [track])
    cloud.rights.open_by_default(track.id, record.id)
    return track


def index_everything():
    rows = boto3.client("dynamodb").scan(TableName="legato-test-catalog")["Items"]
    indexer.handle({"Records": [changed(row) for row in rows]})


def changed(row):
    return {"eventName": "MODIFY", "dynamodb": {"Keys": {"pk": row["pk"], "sk": row["sk"]}, "NewImage": row}}


def removed(track_id):
    return {"eventName": "REMOVE", "dynamodb": {"Keys": {"pk": {"S": track_id}, "sk": {"S": "TRACK"}}}}


def get(path="/v1/search", **query):
    answer = entry(module.app)(request("GET", path, query={k: str(v) for k, v in query.items()} or None), None)
    return answer["statusCode"], json.loads(answer["body"])


def titles(q, **more):
    status, body = get(q=q, **more)
    assert status == 200
    return [each["title"] for each in body["tracks"]]


def test_everything_is_found_by_title_and_by_artist(search):
    _, body = get(q="simone")
    assert [each["title"] for each in body["tracks"]] == ["Mood Indigo"]
    assert [each["title"] for each in body["albums"]] == ["Little Girl Blue"]
    assert [each["name"] for each in body["artists"]] == ["Nina Simone"]
    assert body["playlists"] == []
    assert body["tracks"][0]["playable"] is True


def test_only_the_types_that_were_asked_for_are_searched(search):
    _, body = get(q="blue", types="album,artist")
    assert {each["title"] for each in body["albums"]} == {"Blue Sky Mining", "Little Girl Blue"}
    assert body["tracks"] == []


def test_nobody_looks_for_playlists_which_nobody_indexes(search, monkeypatch):
    index, kinds = search.reader.index(), []
    real = index.find
    spy = type("Spy", (), {"find": lambda _, asked, kind, limit: kinds.append(kind) or real(asked, kind, limit)})()
    monkeypatch.setattr(search.reader, "index", lambda: spy)
    assert get(q="blue", types="playlist") == (200, {"tracks": [], "albums": [], "artists": [], "playlists": []})
    get(q="blue")
    assert kinds == ["trk", "alb", "art"]


@pytest.mark.parametrize(
    "query", [{}, {"q": ""}, {"q": "x" * 1001}, {"q": "x", "types": "song"}, {"q": "x", "limit": 0}]
)
def test_a_search_that_makes_no_sense_is_malformed(search, query):
    status, body = get(**query)
    assert (status, body["type"]) == (422, "/problems/malformed-request")


def test_suggestions_go_on_where_the_typing_stops(search):
    assert get("/v1/search/suggest", q="nin")[1] == {"suggestions": ["Nina Simone"]}
    assert get("/v1/search/suggest", q="blue s")[1] == {"suggestions": ["Blue Sky Mining", "Blue Sky Mine"]}
    assert get("/v1/search/suggest", q="\u0007")[1] == {"suggestions": []}


def test_a_song_published_later_is_found_and_one_taken_out_is_not(search):
    assert titles("feeling") == []
    later = publish(search, "Nina Simone", "I Put a Spell on You", "Feeling Good")
    index_everything()
    search.reader._look_again = float("-inf")
    assert titles("feeling") == ["Feeling Good"]
    indexer.handle({"Records": [removed(later.id)]})
    search.reader._look_again = float("-inf")
    assert titles("feeling") == []


def test_a_batch_that_comes_twice_changes_nothing(search):
    before = get(q="blue")
    index_everything()
    search.reader._look_again = float("-inf")
    assert get(q="blue") == before


def test_a_row_that_nobody_can_read_does_not_hide_the_others(search):
    good = boto3.client("dynamodb").get_item(
        TableName="legato-test-catalog",
        Key={"pk": {"S": publish(search, "A", "B", "Unheard").id}, "sk": {"S": "TRACK"}},
    )
    bad = {"pk": {"S": "trk_bad"}, "sk": {"S": "TRACK"}, "title": {"N": "1"}}
    indexer.handle({"Records": [changed(bad), changed(good["Item"])]})
    search.reader._look_again = float("-inf")
    assert titles("unheard") == ["Unheard"]


def test_the_reader_looks_for_a_new_version_at_most_once_a_second(search):
    search.reader.index()
    asked = []
    versions.client().meta.events.register("before-call.s3.GetObject", lambda **_: asked.append(1))
    search.reader._look_again = float("-inf")
    for now in (10.0, 10.5, 10.9, 11.1):
        search.reader.index(now=now)
    assert len(asked) == 2


def test_the_old_version_answers_while_the_bucket_is_away(search):
    before = titles("halo")

    def away(**_):
        raise EndpointConnectionError(endpoint_url="https://index.s3")

    versions.client().meta.events.register_first("before-send.s3", away)
    search.reader._look_again = float("-inf")
    assert titles("halo") == before == ["Halo"]


def test_a_new_process_with_no_bucket_says_try_again(search, monkeypatch):
    boto3.resource("s3").Bucket("index").objects.delete()
    boto3.client("s3").delete_bucket(Bucket="index")
    fresh = Reader(Versions(bucket="index", schema=SCHEMA), search.tmp / "fresh")
    monkeypatch.setattr(module, "reader", lambda: fresh)
    status, body = get(q="halo")
    assert (status, body["type"], body["retry_after"]) == (503, "/problems/try-again", 1)


def test_of_two_writers_the_slower_one_publishes_nothing(search):
    store = Versions(bucket="index", schema=SCHEMA)
    stale = store.current()
    folder = search.tmp / "slow"
    store.fetch(stale, folder)
    indexer.handle({"Records": [removed(publish(search, "X", "Y", "Z").id)]})
    with pytest.raises(Exception, match="another writer was faster"):
        store.publish(folder, stale)


def test_files_are_kept_for_readers_that_lag_and_then_removed(search):
    store, folder = Versions(bucket="index", schema=SCHEMA), search.tmp / "clean"
    pointer = store.current()
    store.fetch(pointer, folder)
    gone = next(iter(pointer.files))
    pointer = store.publish(folder, versions.replace(pointer, files=pointer.files | {"old.idx": 1}), now=1000)
    assert pointer.retired == {"old.idx": 1000}
    pointer = store.publish(folder, pointer, now=1000 + 3601)
    assert pointer.retired == {}
    assert gone in pointer.files
