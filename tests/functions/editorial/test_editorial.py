import json

import pytest

from functions.catalog import app as public
from functions.editorial import app as module
from legato import dynamo
from legato.api import entry
from legato.catalog import shelves
from tests.music import a_track, an_album, an_artist, request


@pytest.fixture
def catalog(cloud):
    for cached in (module.settings, module.catalog, module.edits, public.settings, public.catalog, public.rights):
        cached.cache_clear()
    cloud.catalog.publish(an_album(), [a_track(isrc="USRC17607839", bpm=70)])
    return cloud.catalog


def ask(method, path, body=None, etag=None, **headers):
    headers = headers | ({"if-match": etag} if etag else {})
    text = None if body is None else json.dumps(body)
    answer = entry(module.app)(request(method, f"/v1/admin/{path}", body=text, headers=headers, sub="usr_1"), None)
    return answer["statusCode"], json.loads(answer["body"] or "null"), answer["headers"].get("ETag")


def shown(path, **query):
    answer = entry(public.app)(request("GET", f"/v1/{path}", query=query or None), None)
    return json.loads(answer["body"])


def test_an_edit_is_shown_and_makes_a_version(catalog):
    path = f"tracks/{a_track().id}"
    _, _, etag = ask("GET", path)
    change = {
        "iswc": "T-034.524.680-1",
        "credits": [{"name": "Bob Moog", "part": "synthesiser"}],
        "synced_lyrics": [{"at_ms": 10, "text": "You ain't been blue"}],
        "artists": [{"name": "Nina Simone"}, {"name": "Duke Ellington", "role": "composer"}],
    }
    status, body, later = ask("PATCH", path, change, etag)
    assert (status, later) == (200, '"2"')
    seen = shown(path)
    assert (seen["iswc"], seen["isrc"], seen["bpm"]) == ("T0345246801", "USRC17607839", 70)
    assert seen["synced_lyrics"] == change["synced_lyrics"]
    assert seen["credits"] == change["credits"]
    assert [each["role"] for each in seen["artists"]] == ["main", "composer"]
    assert body["title"] == "Mood Indigo"


@pytest.mark.parametrize("tag", ['W/"1"', '"1"'])
def test_an_edit_never_loses_anothers_edit(catalog, tag):
    path = f"tracks/{a_track().id}"
    assert ask("PATCH", path, {"mood": "blue"}, tag)[0] == 200
    status, body, _ = ask("PATCH", path, {"mood": "red"}, tag)
    assert (status, body["type"], body["version"]) == (412, "/problems/changed-meanwhile", 2)
    assert shown(path)["mood"] == "blue"


@pytest.mark.parametrize("etag", [None, "1", '"one"', "*"])
def test_an_edit_that_names_no_version_is_malformed(catalog, etag):
    assert ask("PATCH", f"tracks/{a_track().id}", {"mood": "blue"}, etag)[0] == 422


@pytest.mark.parametrize(
    "change",
    [{}, {"isrc": "nonsense"}, {"iswc": "T-034.524.680-2"}, {"title": " "}, {"key": "H"}, {"disc": 0}, {"bpm": 1000}],
)
def test_an_edit_that_makes_no_sense_changes_nothing(catalog, change):
    status, body, _ = ask("PATCH", f"tracks/{a_track().id}", change, '"1"')
    assert (status, body["type"]) == (422, "/problems/malformed-request")
    assert ask("GET", f"tracks/{a_track().id}")[2] == '"1"'


def test_an_edit_that_comes_between_reading_and_writing_is_not_lost(catalog, monkeypatch):
    path, real = f"albums/{an_album().id}", dynamo.transact

    def late(*writes):
        monkeypatch.setattr(dynamo, "transact", real)
        assert ask("PATCH", path, {"label": "Bethlehem"}, '"1"')[0] == 200
        return real(*writes)

    monkeypatch.setattr(dynamo, "transact", late)
    assert ask("PATCH", path, {"label": "Colpix"}, '"1"')[0] == 412
    assert shown(path)["label"] == "Bethlehem"


def test_what_an_operator_set_survives_the_next_delivery(catalog):
    ask("PATCH", f"tracks/{a_track().id}", {"title": "Mood Indigo (Mono)", "lyrics": "mine"}, '"1"')
    ask("PATCH", f"albums/{an_album().id}", {"label": "Bethlehem"}, '"1"')
    catalog.publish(an_album(label="Wrong", genre="Blues"), [a_track(lyrics="theirs", mood="sad")])
    track, album = shown(f"tracks/{a_track().id}"), shown(f"albums/{an_album().id}")
    assert (track["title"], track["lyrics"], track["mood"]) == ("Mood Indigo (Mono)", "mine", "sad")
    assert (album["label"], album["genre"]) == ("Bethlehem", "Blues")


def test_a_new_title_moves_an_album_and_reaches_its_songs(catalog):
    ask("PATCH", f"albums/{an_album().id}", {"title": "Jazz as Played", "genre": "Vocal Jazz"}, '"1"')
    assert [each["title"] for each in shown("albums", sort="title", genre="vocal jazz")["items"]] == ["Jazz as Played"]
    assert shown("albums", genre="jazz")["items"] == []
    assert shown(f"tracks/{a_track().id}")["album"]["title"] == "Jazz as Played"


def test_a_new_name_of_an_artist_reaches_their_records(catalog):
    path = f"artists/{an_artist().id}"
    assert ask("PATCH", path, {"name": "Dr. Nina Simone", "sort_name": "Simone, Nina"}, '"1"')[0] == 200
    assert shown(path)["name"] == "Dr. Nina Simone"
    assert shown(path)["albums"][0]["artists"][0]["name"] == "Dr. Nina Simone"
    assert shown(f"tracks/{a_track().id}")["artists"][0]["name"] == "Dr. Nina Simone"
    assert catalog.shelf(shelves.ARTISTS, limit=5).ids == (an_artist().id,)


def test_a_track_moves_on_its_album(catalog):
    other = a_track("Central Park Blues", position=2)
    catalog.publish(an_album(), [other])
    assert ask("PATCH", f"tracks/{a_track().id}", {"position": 3}, '"1"')[0] == 200
    assert [each["title"] for each in shown(f"albums/{an_album().id}")["tracks"]] == [other.title, "Mood Indigo"]


@pytest.mark.parametrize("path", ["tracks/trk_x", "albums/alb_x", "artists/art_x"])
def test_what_is_not_there_cannot_be_edited(catalog, path):
    assert ask("GET", path)[0] == 404
    assert ask("PATCH", path, {"mbid": ""}, '"1"')[0] == 404


def test_shelves_stand_in_their_order_and_show_what_is_on_them(catalog):
    new = {"title": "New this week", "position": 1, "items": [an_album().id, a_track().id]}
    for name, shelf in (("new", new), ("first", {"title": "Start here", "items": [a_track().id]})):
        assert ask("PUT", f"shelves/{name}", shelf, **{"if-none-match": "*"})[0] == 200
    first, second = shown("shelves")["items"]
    assert (first["title"], second["title"]) == ("Start here", "New this week")
    assert [each["album"] and each["album"]["title"] for each in second["items"]] == ["Little Girl Blue", None]
    assert second["items"][1]["track"]["title"] == "Mood Indigo"


def test_a_shelf_is_not_put_up_twice_nor_over_anothers(catalog):
    shelf = {"title": "New", "items": []}
    assert ask("PUT", "shelves/new", shelf, **{"if-none-match": "*"})[0] == 200
    assert ask("PUT", "shelves/new", shelf, **{"if-none-match": "*"})[0] == 412
    assert ask("PUT", "shelves/new", shelf, '"1"')[2] == '"2"'
    assert ask("PUT", "shelves/new", shelf, '"1"')[0] == 412


@pytest.mark.parametrize(
    ("name", "items", "status"),
    [("New!", [], 422), ("new", ["pls_x"], 422), ("new", ["trk_" + "0" * 26], 404)],
)
def test_a_shelf_holds_what_there_is(catalog, name, items, status):
    assert ask("PUT", f"shelves/{name}", {"title": "T", "items": items}, **{"if-none-match": "*"})[0] == status


def test_a_shelf_is_taken_down_once(catalog):
    ask("PUT", "shelves/new", {"title": "T"}, **{"if-none-match": "*"})
    assert [ask("DELETE", "shelves/new")[0] for _ in range(2)] == [204, 404]
    assert shown("shelves")["items"] == []
