"""Others write at the same moment, DynamoDB has too much to do, a function is cut short."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from functions.library import app as module
from functions.library import asked
from legato import dynamo
from legato.api import entry
from tests.music import a_track, an_album, request

ME, OTHER = "usr_me", "usr_other"
ALBUM = an_album()
SONGS = [a_track(f"Song {n}", ALBUM, position=n) for n in range(60)]
TABLE = "legato-test-library"


@pytest.fixture
def library(cloud):
    for cached in (asked.settings, asked.library, asked.playlists, asked.catalog, asked.rights):
        cached.cache_clear()
    cloud.catalog.publish(ALBUM, SONGS)
    return cloud


def call(method, path, body=None, *, me=ME, headers=None):
    text = None if body is None else json.dumps(body)
    answer = entry(module.app)(request(method, path, body=text, sub=me, headers=headers), None)
    return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None


def new_playlist(songs=3, **more):
    _, made = call("POST", "/v1/playlists", {"title": "Mine", "tracks": [each.id for each in SONGS[:songs]]}, **more)
    return made


def rows(playlist_id):
    return list(dynamo.query(TABLE, "pk = :pk", {":pk": playlist_id}))


def cancelled(*codes):
    reasons = [{"Code": code} for code in codes]
    error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(error, "TransactWriteItems")


@pytest.fixture
def fails(monkeypatch):
    """``fails(2, fault)``: the next two transactions fail with it; ``after=1`` lets one pass first."""

    def plan(times, fault, *, after=0):
        real, left = dynamo.client().transact_write_items, [None] * after + [fault] * times

        def transact(**asked_for):
            if left and (fault := left.pop(0)):
                raise fault
            return real(**asked_for)

        monkeypatch.setattr(dynamo.client(), "transact_write_items", transact)

    return plan


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_write_that_meets_others_is_made_a_moment_later(library, fails, reason):
    made = new_playlist()
    fails(2, cancelled("None", reason))
    status, _ = call("POST", f"/v1/playlists/{made['id']}/items", {"tracks": [SONGS[3].id]})
    _, now = call("GET", f"/v1/me/playlists/{made['id']}")
    assert (status, now["track_count"], len(now["items"])) == (201, 4, 4)


def test_a_write_that_never_comes_through_says_so(library, fails):
    made = new_playlist()
    fails(100, cancelled("TransactionConflict"))
    for method, path, body in [
        ("POST", "/v1/playlists", {"title": "Another"}),
        ("POST", f"/v1/playlists/{made['id']}/items", {"tracks": [SONGS[3].id]}),
        ("PUT", f"/v1/me/favorites/track/{SONGS[0].id}", None),
        ("DELETE", f"/v1/playlists/{made['id']}", None),
    ]:
        status, problem = call(method, path, body)
        assert (status, problem["type"]) == (503, "/problems/try-again"), path


def test_a_transaction_that_makes_no_sense_is_our_mistake(library, fails):
    fails(1, cancelled("ValidationError"))
    assert call("POST", "/v1/playlists", {"title": "Another"})[0] == 500


def test_a_playlist_that_is_deleted_while_somebody_edits_it_is_gone(library, fails):
    made = new_playlist()
    fails(1, cancelled("TransactionConflict"))
    assert call("DELETE", f"/v1/playlists/{made['id']}") == (204, None)
    assert rows(made["id"]) == []


def test_a_deletion_that_is_cut_short_is_finished_by_the_next(library, fails):
    made = new_playlist(songs=60)
    fails(1, ReadTimeoutError(endpoint_url="dynamodb"), after=1)
    assert call("DELETE", f"/v1/playlists/{made['id']}")[0] == 503
    assert 1 < len(rows(made["id"])) < 121
    assert call("GET", f"/v1/me/playlists/{made['id']}")[0] == 404
    assert call("GET", "/v1/me/playlists")[1]["items"] == []
    assert call("POST", f"/v1/playlists/{made['id']}/items", {"tracks": [SONGS[3].id]})[0] == 404
    assert call("DELETE", f"/v1/playlists/{made['id']}", me=OTHER)[0] == 404
    assert call("DELETE", f"/v1/playlists/{made['id']}") == (204, None)
    assert rows(made["id"]) == []
    assert asked.playlists().owned(ME) == []


def test_nothing_is_put_into_a_playlist_that_is_deleted_meanwhile(library, monkeypatch):
    made = new_playlist()
    real = asked.playlists().gap

    def gap(self, playlist_id, **more):
        found = real(playlist_id, **more)
        call("DELETE", f"/v1/playlists/{playlist_id}")
        return found

    monkeypatch.setattr(type(asked.playlists()), "gap", gap)
    status, problem = call("POST", f"/v1/playlists/{made['id']}/items", {"tracks": [SONGS[3].id]})
    assert (status, problem["type"]) == (404, "/problems/playlist-not-found")
    assert rows(made["id"]) == []


def test_an_item_that_goes_behind_itself_stays_where_it_is(library):
    made = new_playlist()
    item = made["items"][0]["item_id"]
    assert call("PATCH", f"/v1/playlists/{made['id']}/items/{item}", {"after": item}) == (204, None)
    assert call("GET", f"/v1/me/playlists/{made['id']}")[1]["items"] == made["items"]


def test_a_playlist_made_twice_under_one_key_is_one_and_its_id_is_chance(library):
    once = {"idempotency-key": "one"}
    first = new_playlist(songs=60, headers=once)
    again = new_playlist(songs=60, headers=once)
    assert (again["id"], again["track_count"]) == (first["id"], 60)
    assert new_playlist(headers=once, me=OTHER)["id"] != first["id"]
    [mark] = dynamo.query(TABLE, "pk = :pk AND begins_with(sk, :sk)", {":pk": ME, ":sk": "ONCE#"})
    key = dynamo.encode({"pk": ME, "sk": mark["sk"]})
    boto3.client("dynamodb").delete_item(TableName=TABLE, Key=key)
    assert new_playlist(headers=once)["id"] != first["id"], "who knows the key and the owner knows the id"


@pytest.mark.parametrize("id", ["x" * 2100, "pls_" + "x" * 2100, "pls_%23"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/playlists/{}", None),
        ("GET", "/v1/me/playlists/{}", None),
        ("PATCH", "/v1/playlists/{}", {"title": "x"}),
        ("DELETE", "/v1/playlists/{}", None),
        ("POST", "/v1/playlists/{}/items", {"tracks": [SONGS[0].id]}),
        ("PUT", "/v1/me/favorites/track/{}", None),
        ("PUT", "/v1/me/favorites/playlist/{}", None),
    ],
)
def test_an_id_that_cannot_be_one_of_ours_is_not_found(library, method, path, body, id):
    assert call(method, path.format(id), body)[0] == 404


def test_an_item_id_that_cannot_be_one_of_ours_is_not_found(library):
    made = new_playlist()
    wrong, items = "itm_" + "x" * 2100, f"/v1/playlists/{made['id']}/items"
    assert call("PATCH", f"{items}/{wrong}", {})[0] == 404
    assert call("DELETE", f"{items}/{wrong}")[0] == 404
    assert call("POST", items, {"tracks": [SONGS[0].id], "after": wrong})[0] == 404
    assert call("DELETE", f"/v1/me/favorites/track/{wrong}") == (204, None)
