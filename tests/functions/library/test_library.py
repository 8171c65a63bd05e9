import json

import pytest

from functions.library import app as module
from functions.library import asked
from legato import pages
from legato.api import entry
from legato.library.model import Heard
from legato.library.table import LibraryTable
from tests.music import a_track, an_album, an_artist, request

ME, OTHER = "usr_me", "usr_other"
ALBUM = an_album()
SONGS = [a_track(title, ALBUM, position=n) for n, title in enumerate("ABCDE", 1)]


@pytest.fixture
def library(cloud):
    for cached in (asked.settings, asked.library, asked.playlists, asked.catalog, asked.rights):
        cached.cache_clear()
    cloud.catalog.publish(ALBUM, SONGS)
    for song in SONGS:
        cloud.rights.open_by_default(song.id, ALBUM.id)
    return cloud


def call(method, path, body=None, *, me=ME, headers=None, **query):
    text = None if body is None else json.dumps(body)
    event = request(
        method, path, query={k: str(v) for k, v in query.items()} or None, body=text, sub=me, headers=headers
    )
    answer = entry(module.app)(event, None)
    return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None


def hear(n, qualified=True):
    heard = Heard(
        play_id=f"ply_{n}",
        track_id=SONGS[n % 5].id,
        played_at=f"2026-01-01T00:{n:02}:00.000Z",
        heard_ms=1,
        qualified=qualified,
    )
    LibraryTable("legato-test-library").put_heard(ME, heard)


def new_playlist(**changes):
    status, body = call(
        "POST", "/v1/playlists", {"title": "Morning", "tracks": [song.id for song in SONGS[:3]]} | changes
    )
    assert status == 201
    return body


def titles(playlist_id, **more):
    return "".join(
        item["track"]["title"] for item in call("GET", f"/v1/me/playlists/{playlist_id}", **more)[1]["items"]
    )


def test_the_history_lists_the_newest_play_first_with_its_song(library):
    for n in range(3):
        hear(n, qualified=n != 1)
    status, body = call("GET", "/v1/me/history")
    assert status == 200
    assert [(item["play_id"], item["track"]["title"], item["qualified"]) for item in body["items"]] == [
        ("ply_2", "C", True),
        ("ply_1", "B", False),
        ("ply_0", "A", True),
    ]
    assert body["items"][0]["track"]["playable"] is True
    assert body["cursor"] is None
    assert call("GET", "/v1/me/history", me=OTHER)[1]["items"] == []


def test_the_history_comes_in_pages(library):
    for n in range(5):
        hear(n)
    seen, cursor = [], None
    while True:
        _, body = call("GET", "/v1/me/history", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["play_id"] for item in body["items"]]
        if not (cursor := body["cursor"]):
            break
    assert seen == [f"ply_{n}" for n in (4, 3, 2, 1, 0)]


def test_a_song_that_left_the_catalogue_stays_in_the_history(library):
    LibraryTable("legato-test-library").put_heard(
        ME,
        Heard(play_id="ply_x", track_id="trk_gone", played_at="2026-01-01T00:00:00.000Z", heard_ms=1, qualified=False),
    )
    [item] = call("GET", "/v1/me/history")[1]["items"]
    assert (item["track"]["id"], item["track"]["playable"], item["track"]["album"]) == ("trk_gone", False, None)


def test_favourites_are_kept_once_and_listed_by_kind(library):
    for _ in range(2):
        assert call("PUT", f"/v1/me/favorites/track/{SONGS[0].id}") == (204, None)
    call("PUT", f"/v1/me/favorites/track/{SONGS[1].id}")
    call("PUT", f"/v1/me/favorites/album/{ALBUM.id}")
    call("PUT", f"/v1/me/favorites/artist/{an_artist().id}")
    playlist = new_playlist()["id"]
    call("PUT", f"/v1/me/favorites/playlist/{playlist}")
    assert [each["track"]["title"] for each in call("GET", "/v1/me/favorites", type="track")[1]["items"]] == ["B", "A"]
    everything = call("GET", "/v1/me/favorites")[1]["items"]
    assert sorted(each["type"] for each in everything) == ["album", "artist", "playlist", "track", "track"]
    for each in everything:
        assert each[each["type"]]["id"] == each["id"]
    for _ in range(2):
        assert call("DELETE", f"/v1/me/favorites/track/{SONGS[0].id}") == (204, None)
    assert len(call("GET", "/v1/me/favorites", type="track")[1]["items"]) == 1


@pytest.mark.parametrize("path", ["track/trk_x", "album/alb_x", "artist/art_x", "playlist/pls_x"])
def test_what_there_is_not_cannot_be_kept(library, path):
    status, body = call("PUT", f"/v1/me/favorites/{path}")
    assert (status, body["type"]) == (404, f"/problems/{path.split('/')[0]}-not-found")


def test_a_playlist_is_made_renamed_and_deleted(library):
    made = new_playlist(description="slow ones")
    assert (made["title"], made["description"], made["visibility"], made["track_count"]) == (
        "Morning",
        "slow ones",
        "private",
        3,
    )
    _, changed = call("PATCH", f"/v1/playlists/{made['id']}", {"title": "Evening"})
    assert (changed["title"], changed["description"]) == ("Evening", "slow ones")
    assert [each["title"] for each in call("GET", "/v1/me/playlists")[1]["items"]] == ["Evening"]
    assert call("DELETE", f"/v1/playlists/{made['id']}") == (204, None)
    assert call("GET", f"/v1/me/playlists/{made['id']}")[1]["type"] == "/problems/playlist-not-found"
    assert call("GET", "/v1/me/playlists")[1]["items"] == []
    assert LibraryTable("legato-test-library").history(made["id"], limit=1) == ([], None)


@pytest.mark.parametrize(
    ("move", "order"),
    [
        ({"position": 0}, "CAB"),
        ({"position": 1}, "ACB"),
        ({"position": 99}, "ABC"),
        ({}, "ABC"),
        ({"after": "A"}, "ACB"),
    ],
)
def test_an_item_moves_to_its_place_and_the_others_stay(library, move, order):
    made = new_playlist()
    at = {item["track"]["title"]: item["item_id"] for item in made["items"]}
    move = {"after": at[move["after"]]} if "after" in move else move
    assert call("PATCH", f"/v1/playlists/{made['id']}/items/{at['C']}", move) == (204, None)
    assert titles(made["id"]) == order


def test_songs_go_in_where_they_are_wanted_and_come_out(library):
    made = new_playlist()
    first = made["items"][0]["item_id"]
    call("POST", f"/v1/playlists/{made['id']}/items", {"tracks": [SONGS[3].id, SONGS[4].id], "after": first})
    call("POST", f"/v1/playlists/{made['id']}/items", {"tracks": [SONGS[4].id]})
    call("POST", f"/v1/playlists/{made['id']}/items", {"tracks": [SONGS[4].id], "position": 0})
    assert titles(made["id"]) == "EADEBCE"
    assert call("DELETE", f"/v1/playlists/{made['id']}/items/{first}") == (204, None)
    assert titles(made["id"]) == "EDEBCE"
    assert call("DELETE", f"/v1/playlists/{made['id']}/items/{first}")[1]["type"] == "/problems/item-not-found"
    assert call("GET", f"/v1/me/playlists/{made['id']}")[1]["track_count"] == 6


def test_a_request_that_is_sent_again_adds_nothing(library):
    again = {"idempotency-key": "one"}
    made = [
        call("POST", "/v1/playlists", {"title": "Morning", "tracks": [SONGS[0].id]}, headers=again)[1]["id"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    for _ in range(2):
        call("POST", f"/v1/playlists/{made[0]}/items", {"tracks": [SONGS[1].id]}, headers=again)
    assert titles(made[0]) == "AB"


@pytest.mark.parametrize(("visibility", "status"), [("private", 404), ("unlisted", 200), ("public", 200)])
def test_who_may_see_a_playlist_is_what_its_owner_says(library, visibility, status):
    made = new_playlist(visibility=visibility)
    assert call("GET", f"/v1/playlists/{made['id']}", me=None)[0] == status
    assert call("GET", f"/v1/me/playlists/{made['id']}", me=OTHER)[0] == status
    assert call("PATCH", f"/v1/playlists/{made['id']}", {"title": "Mine"}, me=OTHER)[0] == (
        404 if status == 404 else 403
    )
    assert call("DELETE", f"/v1/playlists/{made['id']}", me=OTHER)[0] == (404 if status == 404 else 403)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x" * 201},
        {"title": "x", "visibility": "secret"},
        {"title": "x", "tracks": ["t"] * 101},
    ],
)
def test_a_playlist_that_makes_no_sense_is_malformed(library, body):
    status, answer = call("POST", "/v1/playlists", body)
    assert (status, answer["type"]) == (422, "/problems/malformed-request")


def test_a_playlist_of_unknown_songs_is_not_made(library):
    status, answer = call("POST", "/v1/playlists", {"title": "x", "tracks": ["trk_x"]})
    assert (status, answer["type"]) == (404, "/problems/track-not-found")
    assert call("GET", "/v1/me/playlists")[1]["items"] == []


@pytest.mark.parametrize("path", ["/v1/me/history", "/v1/me/favorites", "/v1/me/playlists"])
@pytest.mark.parametrize("query", [{"cursor": "x"}, {"limit": 0}, {"limit": 101}])
def test_a_list_asked_for_wrongly_is_malformed(library, path, query):
    assert call("GET", path, **query)[0] == 422


def test_a_cursor_of_another_list_opens_nothing(library):
    hear(1)
    forged = pages.cursor({"sk": "PLAYLIST#zzz"})
    assert call("GET", "/v1/me/history", cursor=forged)[0] == 200
