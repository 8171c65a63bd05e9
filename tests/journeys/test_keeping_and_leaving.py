"""What a listener keeps and takes along, and what an operator decides for a whole album, over HTTP through the edge."""

from datetime import UTC, datetime

import pytest

from tests import records
from tests.journeys.listener import Listener, eventually


@pytest.fixture
def someone(platform, newcomer):
    """Somebody with an account that nobody will miss, and ``.account``."""
    account = newcomer("premium")
    listener = Listener(platform.url, account)
    listener.account = account
    return listener


def test_a_playlist_is_made_put_in_order_and_thrown_away(someone):
    first, second, third = (someone.find(each)["id"] for each in (records.SIDE_A, records.SIDE_B, records.STUDIO))
    made = someone.post("/v1/playlists", {"title": "Morning", "tracks": [first, second]})
    assert made.status == 201, made.body
    playlist = f"/v1/playlists/{made.json['id']}"
    own = playlist.replace("/v1", "/v1/me")
    assert someone.post(f"{playlist}/items", {"tracks": [third], "position": 0}).status == 201
    items = someone.get(own).json["items"]
    assert [item["track"]["id"] for item in items] == [third, first, second]
    assert someone.ask("PATCH", f"{playlist}/items/{items[0]['item_id']}", {"after": items[2]["item_id"]}).status == 204
    assert someone.ask("DELETE", f"{playlist}/items/{items[1]['item_id']}").status == 204
    assert someone.ask("PATCH", playlist, {"title": "Evening"}).status == 200
    shown = someone.get(own).json
    assert [item["track"]["id"] for item in shown["items"]] == [second, third]
    assert [each["title"] for each in someone.get("/v1/me/playlists").json["items"]] == ["Evening"]
    assert someone.ask("DELETE", playlist).status == 204
    assert someone.get(own).status == 404


def test_a_favourite_is_kept_until_it_is_taken_back(someone):
    track = someone.find(records.SIDE_A)
    favourite = f"/v1/me/favorites/track/{track['id']}"
    assert someone.ask("PUT", favourite).status == 204
    assert track["id"] in someone.get("/v1/me/favorites").body.decode()
    assert someone.ask("DELETE", favourite).status == 204
    assert track["id"] not in someone.get("/v1/me/favorites").body.decode()


def test_an_artist_is_shown_with_the_albums(someone):
    [name] = someone.find(records.SIDE_A)["artists"][:1]
    assert someone.get(f"/v1/artists/{name['id']}").json["name"] == name["name"]


def test_an_operator_takes_a_whole_album_down_and_sees_why_it_is_silent(listener):
    admin, someone = listener("admin"), listener("hifi")
    track = someone.find(records.SIDE_A)
    album = track["album"]["id"]
    try:
        assert admin.post(f"/v1/admin/takedowns/{album}", {"reason": "claim by the estate"}).status == 204
        assert eventually(lambda: someone.play(track["id"]).status == 451)
        shown = admin.get(f"/v1/admin/rights/{track['id']}?territory=DE&plan=hifi").json
        assert shown["takedown"]["reason"] == "claim by the estate"
    finally:
        assert admin.ask("DELETE", f"/v1/admin/takedowns/{album}").status == 204
    assert eventually(lambda: someone.play(track["id"]).status == 201)


def test_an_account_is_renamed_taken_along_signed_out_everywhere_and_erased(someone, platform):
    track = someone.find(records.SIDE_A)["id"]
    someone.ask("PUT", f"/v1/me/favorites/track/{track}")
    someone.post("/v1/playlists", {"title": "Morning", "tracks": [track]})
    session = someone.play(track).json
    event = someone.event("play_started", session["session_id"], session["grants"][0], 0, datetime.now(UTC))
    assert someone.post("/v1/events", {"events": [event]}).status == 202
    assert eventually(lambda: someone.get("/v1/me/history").json["items"])
    assert someone.ask("PATCH", "/v1/me", {"display_name": "Gone Soon"}).json["display_name"] == "Gone Soon"
    assert len(someone.get("/v1/me/devices").json["items"]) == 1
    taken = someone.get("/v1/me/export").json
    assert all(taken[each] for each in ("devices", "subscription", "library", "playlists", "playback"))
    other = Listener(platform.url, someone.account)
    assert someone.ask("DELETE", "/v1/me/devices").status == 204
    assert other.get("/v1/me/devices").json["items"] == []
    owner = {":pk": {"S": someone.get("/v1/me").json["id"]}}
    tables = [
        platform.resource("AWS::DynamoDB::Table", each) for each in ("Identity", "Library", "Playback", "Billing")
    ]

    def kept():
        query = platform.aws("dynamodb").query
        found = [query(TableName=t, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=owner) for t in tables]
        return [each["Count"] for each in found]

    assert all(kept())
    assert someone.ask("DELETE", "/v1/me").status == 204
    assert eventually(lambda: not any(kept()))
    credentials = {"grant_type": "password"} | {k: someone.account[k] for k in ("email", "password")}
    assert someone.post("/v1/auth/token", credentials).status == 401
