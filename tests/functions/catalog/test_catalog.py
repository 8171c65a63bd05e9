import json

import pytest

from functions.catalog import app as module
from legato import dynamo
from legato.api import entry
from legato.catalog import shelves
from tests.music import a_track, an_album, an_artist, request


@pytest.fixture
def catalog(cloud):
    for cached in (module.settings, module.catalog, module.rights):
        cached.cache_clear()
    return cloud


def get(path, headers=None, **query):
    answer = entry(module.app)(
        request("GET", path, query={k: str(v) for k, v in query.items()} or None, headers=headers), None
    )
    return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None, answer["headers"]


def publish(cloud, album=None, titles=("Mood Indigo",), **changes):
    album = album or an_album()
    tracks = [a_track(title, album, position=n, **changes) for n, title in enumerate(titles, 1)]
    cloud.catalog.publish(album, tracks)
    for track in tracks:
        cloud.rights.open_by_default(track.id, album.id)
    return album, tracks


def test_a_song_is_what_the_contract_says(catalog):
    album, [track] = publish(catalog)
    status, body, _ = get(f"/v1/tracks/{track.id}")
    assert status == 200
    assert {k: body[k] for k in ("id", "title", "duration_ms", "album", "playable")} == {
        "id": track.id,
        "title": "Mood Indigo",
        "duration_ms": 240_000,
        "album": {"id": album.id, "title": "Little Girl Blue"},
        "playable": True,
    }
    assert body["artists"] == [{"id": an_artist().id, "name": "Nina Simone", "role": "main"}]


def test_an_album_embeds_its_songs_in_order_and_costs_two_reads(catalog, calls):
    album, tracks = publish(catalog, titles=[f"Song {n}" for n in range(60)])
    get(f"/v1/albums/{album.id}")
    with calls() as made:
        status, body, _ = get(f"/v1/albums/{album.id}")
    assert status == 200
    assert [each["id"] for each in body["tracks"]] == [track.id for track in tracks]
    assert made == ["Query", "BatchGetItem"]


def test_publishing_twice_is_publishing_once(catalog, calls):
    album, _ = publish(catalog)
    publish(catalog)
    assert [each["id"] for each in get("/v1/albums")[1]["items"]] == [album.id]


def test_songs_of_one_album_may_come_one_by_one(catalog):
    album = an_album(label="Bethlehem")
    publish(catalog, album, ["Mood Indigo"])
    catalog.catalog.publish(an_album(added_at="2027-01-01T00:00:00.000Z"), [a_track("Central Park Blues", position=2)])
    _, body, _ = get(f"/v1/albums/{album.id}")
    assert [each["title"] for each in body["tracks"]] == ["Mood Indigo", "Central Park Blues"]
    assert (body["label"], body["added_at"]) == ("Bethlehem", "2026-01-01T00:00:00.000Z")


def test_an_album_that_changes_genre_changes_shelves(catalog):
    publish(catalog)
    publish(catalog, an_album(genre="Blues"))
    assert get("/v1/albums", genre="jazz")[1]["items"] == []
    assert len(get("/v1/albums", genre="BLUES")[1]["items"]) == 1


def test_an_artist_comes_with_albums_and_features(catalog):
    album, _ = publish(
        catalog, artists=(an_artist(), an_artist("Jimmy Bond", "featured"), an_artist("Duke Ellington", "composer"))
    )
    _, body, _ = get(f"/v1/artists/{an_artist('Jimmy Bond').id}")
    assert (body["name"], [each["id"] for each in body["albums"]]) == ("Jimmy Bond", [album.id])
    assert get(f"/v1/artists/{an_artist('Duke Ellington').id}")[1]["albums"] == []


def test_an_artist_with_many_albums_comes_with_all_of_them(catalog):
    album, _ = publish(catalog)
    rows = [
        row
        for row in dynamo.query(catalog.catalog.name, "pk = :pk", {":pk": album.id})
        if row["sk"] in {"ALBUM", f"ON#{shelves.of_artist(an_artist().id)}"}
    ]
    for row in rows:
        for n in range(101):
            dynamo.put(catalog.catalog.name, row | {"pk": an_album(f"Album {n}").id})
    _, body, _ = get(f"/v1/artists/{an_artist().id}")
    assert len(body["albums"]) == 102


@pytest.mark.parametrize("path", ["tracks/trk_", "albums/alb_", "artists/art_"])
def test_an_id_that_cannot_be_one_of_ours_is_not_found(catalog, path):
    assert get(f"/v1/{path}{'x' * 2100}")[0] == 404


@pytest.mark.parametrize(
    ("sort", "order"),
    [("new", ["B", "C", "a"]), ("title", ["a", "B", "C"]), ("popular", ["C", "B", "a"])],
)
def test_albums_are_listed_in_every_order_page_by_page(catalog, sort, order):
    for day, (title, date) in enumerate([("a", "1959"), ("B", "2020-05-01"), ("C", "2020")], 1):
        publish(catalog, an_album(title, release_date=date, added_at=f"2026-01-0{day}T00:00:00.000Z"))
    seen, cursor = [], ""
    while cursor is not None:
        _, body, _ = get("/v1/albums", sort=sort, limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [each["title"] for each in body["items"]]
        cursor = body["cursor"]
    assert seen == order


def test_artists_genres_and_the_chart_are_lists(catalog):
    publish(catalog)
    assert [each["name"] for each in get("/v1/artists")[1]["items"]] == ["Nina Simone"]
    assert get("/v1/genres")[1] == {"items": [{"id": "jazz", "name": "Jazz"}], "cursor": None}
    assert [each["title"] for each in get("/v1/charts")[1]["items"]] == ["Mood Indigo"]


def test_a_song_without_rights_is_shown_but_not_playable(catalog):
    catalog.catalog.publish(an_album(), [a_track()])
    assert get(f"/v1/tracks/{a_track().id}")[1]["playable"] is False


def test_answers_are_public_for_a_minute_and_then_cost_a_304(catalog):
    album, _ = publish(catalog)
    _, _, headers = get(f"/v1/albums/{album.id}")
    assert headers["Cache-Control"] == "public, max-age=60"
    for shown in (headers["ETag"], f"W/{headers['ETag']}", f'"other", {headers["ETag"]}'):
        status, body, again = get(f"/v1/albums/{album.id}", headers={"if-none-match": shown})
        assert (status, body, again["ETag"]) == (304, None, headers["ETag"])


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/v1/tracks/trk_x", "track-not-found"),
        ("/v1/albums/artists", "album-not-found"),
        ("/v1/artists/art_x", "artist-not-found"),
    ],
)
def test_what_is_not_there_is_named_and_not_kept(catalog, path, slug):
    publish(catalog)
    status, body, headers = get(path)
    assert (status, body["type"], headers["Cache-Control"]) == (404, f"/problems/{slug}", "no-store")


@pytest.mark.parametrize(
    "query", [{"cursor": "xyz"}, {"limit": 0}, {"limit": 101}, {"sort": "best"}, {"cursor": "e30"}]
)
def test_a_list_asked_for_wrongly_is_malformed(catalog, query):
    status, body, _ = get("/v1/albums", **query)
    assert (status, body["type"]) == (422, "/problems/malformed-request")


def test_a_country_that_did_not_come_through_the_edge_is_refused(catalog):
    _, [track] = publish(catalog)
    status, body, _ = get(f"/v1/tracks/{track.id}", headers={"x-legato-origin": "guessed"})
    assert (status, body["type"]) == (403, "/problems/not-through-the-edge")
