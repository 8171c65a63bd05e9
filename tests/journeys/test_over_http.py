"""Sign in, search, play, hear: over HTTP alone, decrypted by an implementation of our own."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests import records
from tests.cenc import decryptor
from tests.journeys.listener import Client, Listener, Manifest, eventually

FREE = {"aac48", "aac96", "aac160"}
PREMIUM = FREE | {"aac320"}


@pytest.mark.parametrize(("plan", "renditions"), [("free", FREE), ("premium", PREMIUM), ("hifi", PREMIUM | {"flac"})])
def test_each_plan_is_offered_exactly_its_renditions_and_their_keys(listener, plan, renditions):
    someone = listener(plan)
    answer = someone.play(someone.find(records.SIDE_A)["id"])
    assert answer.status == 201, answer.body
    [grant] = answer.json["grants"]
    manifest = Manifest(grant)
    assert manifest.names() == renditions
    assert set(someone.keys(grant)) == manifest.kids()


@pytest.mark.parametrize(
    ("title", "rendition", "bits"), [(records.SIDE_A, "flac", 16), (records.STUDIO, "flac-hires", 24)]
)
def test_lossless_is_the_source_sample_for_sample(listener, title, rendition, bits, tmp_path):
    someone = listener("hifi")
    [grant] = someone.play(someone.find(title)["id"]).json["grants"]
    manifest = Manifest(grant)
    answer = Client(someone.base, {"x-viewer-country": "DE"}).get(manifest.url(rendition))
    assert answer.status == 200
    heard = tmp_path / "heard.flac"
    heard.write_bytes(decryptor.read(answer.body).stream(someone.keys(grant)))
    assert records.pcm(heard, bits=bits) == records.pcm(records.source(title), bits=bits)


def test_a_track_is_kept_whole_heard_and_given_up(listener, newcomer, tmp_path):
    someone = Listener(listener("free").base, newcomer("hifi"))
    ask = {"track_id": someone.find(records.SIDE_A)["id"], "device": someone.device}
    answer = someone.post("/v1/downloads", ask)
    assert answer.status == 201, answer.body
    kept = answer.json
    url = f"{kept['file']['url']}?{kept['grant']['media']['query']}"
    anyone = Client(someone.base, {"x-viewer-country": "DE"})
    whole = anyone.get(url)
    assert (whole.status, len(whole.body)) == (200, kept["bytes"])
    heard = tmp_path / "kept.flac"
    heard.write_bytes(decryptor.read(whole.body).stream(someone.keys(kept["grant"])))
    assert records.pcm(heard, bits=16) == records.pcm(records.source(records.SIDE_A), bits=16)
    assert [each["download_id"] for each in someone.get("/v1/downloads").json["items"]] == [kept["download_id"]]
    for _ in range(2):
        assert someone.ask("DELETE", f"/v1/downloads/{kept['download_id']}").status in {204, 404}
    assert someone.get("/v1/downloads").json["items"] == []
    assert someone.licence(kept["grant"]).status == 404
    assert eventually(lambda: anyone.get(url).status == 403)
    assert listener("free").post("/v1/downloads", ask).status in {402, 403}


def test_a_file_is_served_in_ranges_and_the_second_listener_hits_the_cache(listener):
    first, second = listener("premium"), listener("hifi")
    track = first.find(records.SIDE_B)["id"]
    urls = [Manifest(each.play(track).json["grants"][0]).url("aac160") for each in (first, second)]
    answers = [Client(first.base, {"x-viewer-country": "DE"}).get(url, Range="bytes=1000-1999") for url in urls]
    assert [a.status for a in answers] == [206, 206]
    assert answers[0].body == answers[1].body
    assert len(answers[0].body) == 1000
    assert answers[1].headers["x-cache"].startswith("Hit")


@pytest.mark.parametrize("spoil", ["unsigned", "shortened", "another session", "another track"])
def test_media_without_its_own_signature_is_refused(listener, spoil):
    someone = listener("hifi")
    answer = someone.play(someone.find(records.SIDE_A)["id"], someone.find(records.SIDE_B)["id"])
    first, other = answer.json["grants"]
    url, query = Manifest(first).url("aac160", signed=False), first["media"]["query"]
    spoiled = {
        "unsigned": url,
        "shortened": f"{url}?{query[:-30]}",
        "another session": f"{url.replace(answer.json['session_id'], 'ses_0123456789abcdef0123')}?{query}",
        "another track": f"{url}?{other['media']['query']}",
    }[spoil]
    refused = Client(someone.base, {"x-viewer-country": "DE"}).get(spoiled)
    assert refused.status == 403
    assert b"ftyp" not in refused.body


def test_a_signed_address_does_not_travel_to_another_country(listener):
    someone = listener("hifi")
    [grant] = someone.play(someone.find(records.SIDE_A)["id"]).json["grants"]
    url = Manifest(grant).url("aac160")
    assert Client(someone.base, {"x-viewer-country": "DE"}).get(url).status == 200
    assert Client(someone.base, {"x-viewer-country": "FR"}).get(url).status == 403


def test_a_licence_is_for_the_listener_the_grant_was_made_for(listener):
    hifi, free = listener("hifi"), listener("free")
    [grant] = hifi.play(hifi.find(records.SIDE_A)["id"]).json["grants"]
    stolen = free.licence(grant)
    assert stolen.status == 403
    assert b'"k"' not in stolen.body
    assert hifi.licence(grant, token="").status == 403


def test_no_track_is_played_without_signing_in(platform, listener):
    track = listener("free").find(records.SIDE_A)["id"]
    anonymous = Client(platform.url, {"x-viewer-country": "DE"})
    device = {"id": "d", "name": "n", "kind": "k"}
    assert anonymous.post("/v1/playback", {"tracks": [track], "device": device}).status == 401
    assert anonymous.post("/v1/licences/clearkey", {"kids": [], "type": "temporary"}).status == 401


def test_a_second_device_is_told_who_plays_and_may_take_over(listener):
    phone, laptop = listener("premium"), listener("premium")
    track = phone.find(records.SIDE_A)["id"]
    playing = phone.play(track).json
    refused = laptop.play(track, take_over=False)
    assert (refused.status, refused.problem) == (409, "too-many-streams")
    assert refused.json["device"]["name"] == "test rig"
    assert laptop.play(track, take_over=True).status == 201
    [grant] = playing["grants"]
    anyone = Client(phone.base, {"x-viewer-country": "DE"})
    assert eventually(lambda: anyone.get(Manifest(grant).url("aac160"), Range="bytes=0-9").status == 403)
    assert phone.licence(grant).status == 403


def test_what_was_heard_is_in_the_history_and_any_device_resumes_there(listener):
    someone = listener("hifi")
    track = someone.find(records.SIDE_A)
    session = someone.play(track["id"]).json
    [grant] = session["grants"]
    now = datetime.now(UTC)
    began = now - timedelta(seconds=12)
    events = [
        someone.event("play_started", session["session_id"], grant, 0, began),
        someone.event("play_progress", session["session_id"], grant, 10_000, began + timedelta(seconds=10)),
    ]
    for _ in range(2):  # sent twice, counted once
        assert someone.post("/v1/events", {"events": events}).status == 202
    progress = {"play_id": grant["play_id"], "position_ms": 10_000, "state": "paused"}
    assert someone.ask("PUT", f"/v1/playback/{session['session_id']}/progress", progress).status == 204

    def heard():
        items = someone.get("/v1/me/history").json["items"]
        return [item for item in items if item["play_id"] == grant["play_id"] and item["heard_ms"]]

    [item] = eventually(heard)
    assert item["track"]["title"] == track["title"]
    where = someone.get("/v1/me/player").json
    assert (where["track_id"], where["position_ms"]) == (track["id"], 10_000)
    [again] = someone.play(track["id"]).json["grants"]
    assert again["resume_ms"] == 10_000


def test_an_operator_decides_where_a_track_is_heard(listener):
    admin, german, swede = listener("admin"), listener("hifi"), listener("hifi", "SE")
    track = german.find(records.STUDIO)["id"]
    deal = {
        "territories": ["DE"],
        "models": ["SubscriptionModel"],
        "uses": ["OnDemandStream"],
        "start": "2020-01-01T00:00:00Z",
        "end": None,
    }
    open_deal = deal | {
        "territories": ["Worldwide"],
        "models": ["SubscriptionModel", "AdvertisementSupportedModel"],
    }
    assert admin.ask("PUT", f"/v1/admin/rights/{track}", {"deals": [deal]}).status == 204
    try:
        assert german.play(track).status == 201
        refused = swede.play(track)
        assert (refused.status, refused.problem, refused.json["territory"]) == (403, "not-licensed-here", "SE")
        assert german.ask("PUT", f"/v1/admin/rights/{track}", {"deals": [deal]}).status == 403
    finally:
        assert admin.ask("PUT", f"/v1/admin/rights/{track}", {"deals": [open_deal]}).status == 204
    assert swede.play(track).status == 201


def test_a_takedown_silences_what_is_already_playing_and_undoing_it_brings_it_back(listener):
    admin, someone = listener("admin"), listener("hifi")
    track = someone.find(records.SIDE_B)["id"]
    [grant] = someone.play(track).json["grants"]
    url = Manifest(grant).url("aac160")
    anyone = Client(someone.base, {"x-viewer-country": "DE"})
    assert anyone.get(url, Range="bytes=0-99").status == 206
    assert admin.post(f"/v1/admin/takedowns/{track}", {"reason": "claim by the estate"}).status == 204
    try:
        assert eventually(lambda: anyone.get(url, Range="bytes=0-99").status == 451)
        refused = someone.play(track)
        assert (refused.status, refused.problem) == (451, "taken-down")
        assert someone.licence(grant).status == 451
    finally:
        assert admin.ask("DELETE", f"/v1/admin/takedowns/{track}").status == 204
    assert eventually(lambda: anyone.get(url, Range="bytes=0-99").status == 206)
    assert someone.play(track).status == 201
    lifted, down = admin.get(f"/v1/admin/audit?target={track}&limit=2").json["items"]
    assert (lifted["action"], down["action"]) == ("rights.reinstate", "rights.take-down")
    assert down["after"]["takedown"]["reason"] == lifted["before"]["takedown"]["reason"] == "claim by the estate"
    assert down["actor"] == admin.get("/v1/me").json["id"]
    assert {"rights.take-down", "ingests.create-upload"} <= {
        each["action"] for each in admin.get("/v1/admin/audit?limit=100").json["items"]
    }
    assert someone.get("/v1/admin/audit").status == 403


def test_a_country_cannot_be_claimed_past_the_edge(platform, listener):
    """The API's own address is public; the secret origin header is what makes its headers worth believing."""
    someone = listener("hifi")
    direct = Client(platform.url, {"Authorization": someone.headers["Authorization"]})
    body = {"tracks": [someone.find(records.SIDE_A)["id"]], "device": someone.device}
    forged = {"CloudFront_Viewer_Country": "DE", "CloudFront_Viewer_Address": "192.0.2.1:1", "x_legato_host": "x"}
    refused = direct.post(f"{platform.api}/v1/playback", body, **forged)
    assert (refused.status, refused.problem) == (403, "not-through-the-edge")


def test_what_is_not_music_is_refused_by_name_and_harms_nothing_else(listener):
    rows = listener("admin").get("/v1/admin/ingests").json["items"]
    ended = {row["file"].rpartition("/")[2]: row for row in rows}
    assert {name for name, row in ended.items() if row["state"] == "refused"} == records.REFUSED
    assert all(ended[name]["reason"] for name in records.REFUSED)
    assert sum(row["state"] == "published" for row in rows) == records.TRACKS


def test_music_without_tags_is_an_album_of_its_own(listener):
    someone = listener("free")
    track = someone.find(records.BOOTLEG.removesuffix(".mp3"))
    album = someone.get(f"/v1/albums/{track['album']['id']}").json
    assert [t["id"] for t in album["tracks"]] == [track["id"]]
    [grant] = someone.play(track["id"]).json["grants"]
    assert Manifest(grant).names() <= FREE


def test_nothing_in_the_bucket_is_reached_around_the_cdn(platform, listener):
    someone = listener("hifi")
    [grant] = someone.play(someone.find(records.SIDE_A)["id"]).json["grants"]
    version = grant["media"]["url"].rstrip("/").rpartition("/")[2]
    bucket = platform.resource("AWS::S3::Bucket", "Media")
    key = f"media/{version}/aac160.mp4"
    assert platform.aws("s3").head_object(Bucket=bucket, Key=key)["ContentLength"]
    answer = Client(platform.endpoint).get(f"{platform.endpoint}/{bucket}/{key}")
    assert answer.status == 403


def test_an_unknown_device_id_is_only_a_name(listener):
    someone = listener("free")
    someone.device = {"id": str(uuid.uuid4()), "name": "x" * 128, "kind": "k" * 32}
    assert someone.play(someone.find(records.SIDE_A)["id"]).status == 201
    someone.device = {"id": "d", "name": "n", "kind": "k" * 33}
    refused = someone.play(someone.find(records.SIDE_A)["id"])
    assert (refused.status, refused.problem) == (422, "malformed-request")
