"""docs/access-patterns.md is measured, in a small catalogue and in a larger one."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from functions.catalog import app as catalog
from functions.events import app as events
from functions.history import app as history
from functions.indexer import app as indexer
from functions.library import app as library
from functions.library import asked
from functions.search import app as search
from legato import dynamo
from legato.api import entry
from legato.catalog.edits import Edits
from legato.catalog.model import Feature
from legato.library.model import Heard
from legato.library.table import LibraryTable
from legato.search import versions
from legato.search.index import SCHEMA
from legato.search.reader import Reader
from legato.search.versions import Versions
from legato.search.writer import Writer
from legato.telemetry import stream
from tests.functions.access_page import written
from tests.functions.cloud import cloud
from tests.music import a_track, an_album, an_artist, request
from tests.player_events import a_play, records, stamped

__all__ = ["cloud"]

LISTENER = "usr_listener"
CACHES = (
    *(app.settings for app in (catalog, events, history, indexer, asked, search)),
    *(catalog.catalog, catalog.rights, events.stream),
    *(history.catalog, history.ledger, history.library, history.poison),
    *(asked.library, asked.playlists, asked.catalog, asked.rights, search.catalog, search.rights),
)


@contextmanager
def _counted():
    """The AWS calls made within, by name, in order; DynamoDB's without its name."""
    made = []

    def note(model, **_):
        service = model.service_model.service_name
        made.append(model.name if service == "dynamodb" else f"{service}:{model.name}")

    clients = (dynamo.client(), versions.client(), stream.client())
    for client in clients:
        client.meta.events.register("before-call", note)
    try:
        yield made
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", note)


class World:
    """A catalogue of some albums, one listener's things, and every function ready to be asked."""

    def __init__(self, albums, folder):
        self.albums = [an_album(f"Album {n}") for n in range(albums)]
        self.songs = [a_track(f"Song {n}", album, position=n) for album in self.albums for n in range(3)]
        for album in self.albums:
            table = catalog.catalog()
            table.publish(album, [song for song in self.songs if song.album_id == album.id])
        choice = Feature(id="choice", title="Choice", items=(self.albums[0].id, self.songs[0].id))
        Edits(catalog.catalog()).shelf(choice, since=0)
        store = Versions(bucket="index", schema=SCHEMA)
        self.writer, self.reader = Writer(store, folder / "writer"), Reader(store, folder / "reader")
        self.playlist = self.json(library, "POST", "/v1/playlists", {"title": "Mine", "visibility": "public"})["id"]
        self.items = [self.add() for _ in range(4)]

    def ask(self, app, method, path, body=None, query=None):
        text = None if body is None else json.dumps(body)
        answer = entry(app.app)(request(method, path, body=text, query=query, sub=LISTENER), None)
        assert answer["statusCode"] < 300, answer
        return answer

    def json(self, *args, **more):
        return json.loads(self.ask(*args, **more)["body"])

    def add(self):
        path = f"/v1/playlists/{self.playlist}/items"
        return self.json(library, "POST", path, {"tracks": [self.songs[0].id]})["items"][0]["item_id"]

    def hear(self):
        lines = LibraryTable("legato-test-library")
        for n in range(3):
            at = f"2026-01-01T00:00:0{n}.000Z"
            line = Heard(play_id=f"ply_{n}", track_id=self.songs[0].id, played_at=at, heard_ms=1, qualified=False)
            lines.put_heard(LISTENER, line)

    def index(self, rows):
        keys = ("pk", "sk")
        changes = [{"dynamodb": {"Keys": {k: row[k] for k in keys}, "NewImage": row}} for row in rows]
        indexer.handle({"Records": changes})


@pytest.fixture(params=[1, 12], ids=["one album", "many albums"])
def world(request, cloud, tmp_path, monkeypatch):
    for cached in CACHES:
        cached.cache_clear()
    history._durations.clear()
    made = World(request.param, tmp_path)
    monkeypatch.setattr(indexer, "writer", lambda: made.writer)
    monkeypatch.setattr(search, "reader", lambda: made.reader)
    made.hear()
    made.ask(library, "PUT", f"/v1/me/favorites/track/{made.songs[0].id}")
    made.rows = boto3.client("dynamodb").scan(TableName="legato-test-catalog")["Items"]
    made.index(made.rows)
    made.reader.index()
    return made


def _requests(world):
    song, album, mine = world.songs[0].id, world.albums[0].id, world.playlist
    now = datetime.now(UTC) - timedelta(hours=1)
    plays = records(*(stamped(each) for each in a_play(240, track_id=song, start=now)))
    row = next(each for each in world.rows if each["sk"]["S"] == "ALBUM")
    changed = row | {"title": {"S": "Renamed"}}

    def asking():
        world.reader._look_again = float("-inf")

    return {
        "GET /v1/tracks/{id}": lambda: world.ask(catalog, "GET", f"/v1/tracks/{song}"),
        "GET /v1/albums/{id}": lambda: world.ask(catalog, "GET", f"/v1/albums/{album}"),
        "GET /v1/artists/{id}": lambda: world.ask(catalog, "GET", f"/v1/artists/{an_artist().id}"),
        "GET /v1/albums": lambda: world.ask(catalog, "GET", "/v1/albums"),
        "GET /v1/artists": lambda: world.ask(catalog, "GET", "/v1/artists"),
        "GET /v1/genres": lambda: world.ask(catalog, "GET", "/v1/genres"),
        "GET /v1/charts": lambda: world.ask(catalog, "GET", "/v1/charts"),
        "GET /v1/shelves": lambda: world.ask(catalog, "GET", "/v1/shelves"),
        "GET /v1/search": lambda: (asking(), world.ask(search, "GET", "/v1/search", query={"q": "song"})),
        "GET /v1/search/suggest": lambda: (asking(), world.ask(search, "GET", "/v1/search/suggest", query={"q": "so"})),
        "GET /v1/me/history": lambda: world.ask(library, "GET", "/v1/me/history"),
        "GET /v1/me/favorites": lambda: world.ask(library, "GET", "/v1/me/favorites"),
        "PUT /v1/me/favorites/{type}/{id}": lambda: world.ask(library, "PUT", f"/v1/me/favorites/album/{album}"),
        "DELETE /v1/me/favorites/{type}/{id}": lambda: world.ask(library, "DELETE", f"/v1/me/favorites/album/{album}"),
        "GET /v1/me/playlists": lambda: world.ask(library, "GET", "/v1/me/playlists"),
        "GET /v1/me/playlists/{id}": lambda: world.ask(library, "GET", f"/v1/me/playlists/{mine}"),
        "GET /v1/playlists/{id}": lambda: world.ask(library, "GET", f"/v1/playlists/{mine}"),
        "POST /v1/playlists": lambda: world.ask(library, "POST", "/v1/playlists", {"title": "Another"}),
        "PATCH /v1/playlists/{id}": lambda: world.ask(library, "PATCH", f"/v1/playlists/{mine}", {"title": "Ours"}),
        "POST /v1/playlists/{id}/items": world.add,
        "PATCH /v1/playlists/{id}/items/{item_id}": lambda: world.ask(
            library, "PATCH", f"/v1/playlists/{mine}/items/{world.items[3]}", {"after": world.items[0]}
        ),
        "DELETE /v1/playlists/{id}/items/{item_id}": lambda: world.ask(
            library, "DELETE", f"/v1/playlists/{mine}/items/{world.items[0]}"
        ),
        "POST /v1/events": lambda: world.ask(events, "POST", "/v1/events", {"events": a_play(30, start=now)}),
        "a batch of events of one play": lambda: history.handle(plays),
        "the same batch once more": lambda: history.handle(plays),
        "a batch of catalogue changes": lambda: world.index([changed]),
    }


def test_every_request_costs_what_the_page_says(world):
    counted = {}
    for name, make in _requests(world).items():
        with _counted() as made:
            make()
        counted[name] = ", ".join(made)
    files = "a batch of catalogue changes"
    first, *puts = counted[files].split(", ")
    assert set(puts) == {"s3:PutObject"}
    counted[files] = f"{first}, s3:PutObject per file, s3:PutObject"
    assert counted == written("request")


def test_a_scan_is_refused_wherever_ours_would_make_one(tables):
    with pytest.raises(AssertionError, match="scans a table"):
        dynamo.client().scan(TableName=tables["Catalog"])
