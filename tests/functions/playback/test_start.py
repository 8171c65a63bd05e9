"""A tap on a song: what comes back, and to whom."""

import base64
import json
import xml.etree.ElementTree as ET
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from legato import dynamo
from tests.functions.listening import ALBUM, FIRST, OPEN, PHONE, SECOND, SIGNING_KEY, THIRD, slug
from tests.grants import a_package

DASH = "{urn:mpeg:dash:schema:mpd:2011}"


def renditions(grant):
    return {each.get("id") for each in ET.fromstring(grant["dash"]).iter(f"{DASH}Representation")}


def plain(text):
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")))


@contextmanager
def counted():
    made = []
    events = dynamo.client().meta.events
    note = lambda model, **_: made.append(model.name)  # noqa: E731
    events.register("before-call.dynamodb", note)
    try:
        yield made
    finally:
        events.unregister("before-call.dynamodb", note)


def test_one_answer_is_enough_to_start(play):
    started = play(FIRST)
    [grant] = started["grants"]
    assert started["refusals"] == []
    assert started["session_id"].startswith("ses_")
    assert grant["play_id"].startswith("ply_")
    assert (grant["track_id"], grant["duration_ms"], grant["resume_ms"]) == (FIRST.id, 210_000, 0)
    assert grant["loudness"] == {"integrated_lufs": -9.5, "true_peak_dbtp": -0.3, "gain_db": -4.5}
    assert grant["drm"] == {"clearkey": {"licence_url": "https://music.example/v1/licences/clearkey"}}
    assert grant["hls"].startswith("#EXTM3U")


def test_media_is_signed_for_this_session_and_country_and_for_nothing_else(play):
    started = play(FIRST, country="NO")
    media = started["grants"][0]["media"]
    prefix = f"https://music.example/media/{started['session_id']}.NO/{FIRST.id}-{'0' * 16}/"
    assert media["url"] == prefix
    named = dict(parse_qsl(media["query"], strict_parsing=True))
    [statement] = json.loads(plain(named["Policy"]))["Statement"]
    assert statement["Resource"] == prefix + "*"
    SIGNING_KEY.public_key().verify(
        plain(named["Signature"]), plain(named["Policy"]), padding.PKCS1v15(), hashes.SHA256()
    )
    assert (named["Key-Pair-Id"], named["Hash-Algorithm"]) == ("K2TEST", "SHA256")
    assert media["cookies"] == {f"CloudFront-{name}": value for name, value in named.items()}
    expires = datetime.fromtimestamp(statement["Condition"]["DateLessThan"]["AWS:EpochTime"], UTC)
    assert datetime.fromisoformat(media["expires_at"]) == expires
    assert timedelta(minutes=59) < expires - datetime.now(UTC) <= timedelta(hours=1)


def test_every_file_the_manifests_name_lies_under_the_signed_prefix(play):
    [grant] = play(FIRST)["grants"]
    urls = [each.text for each in ET.fromstring(grant["dash"]).iter(f"{DASH}BaseURL")]
    assert len(urls) == 5
    assert all(url.startswith(grant["media"]["url"]) and url.endswith(".mp4") for url in urls)
    assert grant["hls"].count("#EXT-X-STREAM-INF") == 5


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("usr_carl", {"aac48", "aac96", "aac160"}),
        ("usr_ben", {"aac48", "aac96", "aac160", "aac320"}),
        ("usr_anna", {"aac48", "aac96", "aac160", "aac320", "flac"}),
    ],
)
def test_the_plan_in_the_books_decides_not_the_one_in_the_token(play, who, names):
    assert renditions(play(FIRST, who=who)["grants"][0]) == names


def test_a_wish_for_less_is_granted(play):
    assert renditions(play(FIRST, quality="free")["grants"][0]) == {"aac48", "aac96", "aac160"}


def test_a_start_is_one_batched_read_and_one_write(play):
    play(SECOND)  # secrets are read, clients are made
    with counted() as made:
        play(FIRST, SECOND, THIRD, device=PHONE | {"id": "tv"})
    assert made == ["BatchGetItem", "UpdateItem"]


def test_a_queue_is_granted_at_once_in_its_order(play):
    grants = play(THIRD, FIRST, SECOND, FIRST)["grants"]
    assert [grant["track_id"] for grant in grants] == [THIRD.id, FIRST.id, SECOND.id, FIRST.id]
    plays = [grant["play_id"] for grant in grants]
    assert plays == sorted(set(plays))


def test_where_the_first_may_not_be_heard_nothing_begins(call, house):
    call("POST", f"/v1/admin/takedowns/{FIRST.id}", {"reason": "claim"})
    with counted() as made:
        status, problem = call("POST", "/v1/playback", {"tracks": [FIRST.id, SECOND.id], "device": PHONE})
    assert (status, slug(problem)) == (451, "taken-down")
    assert made == ["BatchGetItem"]
    assert house.playback.player("usr_anna").version == 0


def test_later_ones_come_back_with_their_reasons(call, play):
    call("POST", f"/v1/admin/takedowns/{SECOND.id}", {"reason": "claim"})
    call("PUT", f"/v1/admin/rights/{THIRD.id}", {"deals": [OPEN | {"territories": ["DE"]}]})
    body = {"tracks": [FIRST.id, SECOND.id, "trk_0000000000000000", THIRD.id, "?"], "device": PHONE}
    status, answer = call("POST", "/v1/playback", body)
    assert status == 201
    assert [grant["track_id"] for grant in answer["grants"]] == [FIRST.id]
    refusals = [(each["track_id"], each["problem"]["status"], slug(each["problem"])) for each in answer["refusals"]]
    assert refusals == [
        (SECOND.id, 451, "taken-down"),
        ("trk_0000000000000000", 404, "track-not-found"),
        (THIRD.id, 403, "not-licensed-here"),
        ("?", 404, "track-not-found"),
    ]
    assert answer["refusals"][2]["problem"]["territory"] == "SE"


@pytest.mark.parametrize(
    ("deal", "who", "status", "name", "context"),
    [
        ({"territories": ["DE"]}, "usr_anna", 403, "not-licensed-here", {"territory": "SE"}),
        ({"excluded_territories": ["SE"]}, "usr_anna", 403, "not-licensed-here", {"territory": "SE"}),
        (
            {"start": "2090-01-01T00:00:00+02:00"},
            "usr_anna",
            403,
            "outside-licence-window",
            {"opens": "2089-12-31T22:00:00Z", "closes": None},
        ),
        (
            {"end": "2021-01-01T00:00:00Z"},
            "usr_anna",
            403,
            "outside-licence-window",
            {"opens": "2020-01-01T00:00:00Z", "closes": "2021-01-01T00:00:00Z"},
        ),
        ({"uses": ["NonInteractiveStream"]}, "usr_anna", 403, "use-not-licensed", {"use": "OnDemandStream"}),
        ({"models": ["SubscriptionModel"]}, "usr_carl", 402, "subscription-required", {"needs": "premium"}),
    ],
)
def test_every_refusal_says_what_would_help(call, deal, who, status, name, context):
    assert call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [OPEN | deal]})[0] == 204
    got, problem = call("POST", "/v1/playback", {"tracks": [FIRST.id], "device": PHONE}, who=who)
    assert (got, slug(problem)) == (status, name)
    assert {key: problem.get(key) for key in context} == context


def test_a_quality_ceiling_in_the_deal_holds_for_the_best_plan(call, play):
    call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [OPEN | {"max_quality": "premium"}]})
    assert renditions(play(FIRST)["grants"][0]) == {"aac48", "aac96", "aac160", "aac320"}


def test_a_signature_never_outlives_the_deal(call, play):
    end = (datetime.now(UTC) + timedelta(minutes=5)).replace(microsecond=0)
    call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [OPEN | {"end": end.isoformat()}]})
    assert datetime.fromisoformat(play(FIRST)["grants"][0]["media"]["expires_at"]) == end


def test_a_country_is_believed_only_from_the_edge(call):
    for forged in ("", "x" * 64):
        status, problem = call("POST", "/v1/playback", {"tracks": [FIRST.id], "device": PHONE}, origin=forged)
        assert (status, slug(problem)) == (403, "not-through-the-edge")


def test_while_the_origin_secret_rotates_both_values_are_good(house, play):
    house.vault.put_secret_value(SecretId="ORIGIN_SECRET", SecretString="n" * 64)
    assert play(FIRST)
    assert play(FIRST, origin="n" * 64)


def test_a_viewer_from_nowhere_hears_nothing(call):
    status, problem = call("POST", "/v1/playback", {"tracks": [FIRST.id], "device": PHONE}, country="")
    assert (status, slug(problem), problem["territory"]) == (403, "not-licensed-here", "")


def test_without_rights_a_packaged_track_is_silent(house, call):
    dynamo.client().delete_item(TableName="rights", Key=dynamo.encode(house.rights.key(FIRST.id)))
    status, problem = call("POST", "/v1/playback", {"tracks": [FIRST.id], "device": PHONE})
    assert (status, slug(problem)) == (403, "not-licensed-here")


@pytest.mark.parametrize(
    "changes",
    [
        {"tracks": []},
        {"tracks": FIRST.id},
        {"tracks": [1]},
        {"tracks": [FIRST.id] * 11},
        {"device": None},
        {"device": "phone"},
        {"device": PHONE | {"id": ""}},
        {"device": PHONE | {"name": "x" * 129}},
        {"device": PHONE | {"kind": "k" * 33}},
        {"device": {"id": "phone"}},
        {"quality": "loud"},
        {"quality": ["free"]},
        {"take_over": "yes"},
    ],
)
def test_a_malformed_start_says_what_is_wrong(call, changes):
    status, problem = call("POST", "/v1/playback", {"tracks": [FIRST.id], "device": PHONE} | changes)
    assert (status, slug(problem)) == (422, "malformed-request")
    assert next(iter(changes)) in problem["detail"]


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '"x"', '{"tracks": ' + "[" * 5000])
def test_what_is_no_json_object_is_refused(call, raw):
    status, problem = call("POST", "/v1/playback", raw=raw)
    assert (status, slug(problem)) == (422, "malformed-request")


def test_an_albums_takedown_reaches_each_of_its_tracks(call, play):
    assert call("POST", f"/v1/admin/takedowns/{ALBUM.id}", {"reason": "claim"})[0] == 204
    for track in (FIRST, SECOND, THIRD):
        assert call("POST", "/v1/playback", {"tracks": [track.id], "device": PHONE})[0] == 451
    assert call("DELETE", f"/v1/admin/takedowns/{ALBUM.id}")[0] == 204
    assert play(FIRST, SECOND, THIRD)


@pytest.mark.parametrize("secret", ["MEDIA_SIGNING_SECRET", "LICENCE_SECRET"])
def test_a_secret_that_cannot_be_read_costs_nobody_a_stream(house, call, secret):
    house.vault.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    status, problem = call("POST", "/v1/playback", {"tracks": [FIRST.id], "device": PHONE})
    assert (status, slug(problem)) == (500, "internal-error")
    assert house.playback.player("usr_anna").version == 0


def test_a_queue_of_whole_concerts_is_granted_as_far_as_an_answer_goes(house, call):
    """Lambda's answers end at 6 MB; an hour of music has manifests of more than one."""
    for track in (FIRST, SECOND, THIRD):
        house.media.put(a_package(track.id, duration_s=4000))
    body = {"tracks": [track.id for track in (FIRST, SECOND, THIRD)], "device": PHONE}
    status, answer = call("POST", "/v1/playback", body)
    assert status == 201
    assert [grant["track_id"] for grant in answer["grants"]] == [FIRST.id, SECOND.id]
    assert [(each["track_id"], slug(each["problem"])) for each in answer["refusals"]] == [(THIRD.id, "ask-alone")]
    assert len(str(answer)) < 5_000_000
    alone = call("POST", f"/v1/playback/{answer['session_id']}/grants", {"tracks": [THIRD.id]})
    assert [grant["track_id"] for grant in alone[1]["grants"]] == [THIRD.id]
