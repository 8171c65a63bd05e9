"""Music kept on devices: for plans and deals that allow it, on so many devices, and never longer than either says."""

from datetime import UTC, datetime, timedelta

import pytest

from legato import dynamo
from legato.billing.model import Plan
from legato.licensing import keys
from legato.media.model import Tier
from legato.offline import model
from legato.offline.table import OfflineTable
from legato.playback.table import PlaybackTable
from legato.telemetry.grant import PlayKeys
from tests.functions.listening import FIRST, LAPTOP, MASTERS, OPEN, PHONE, SECOND, THIRD, keep, slug
from tests.grants import a_package

KEPT = OPEN | {"uses": ["OnDemandStream", "ConditionalDownload"]}
VERSION = a_package(FIRST.id).version


def a_phone(number):
    return PHONE | {"id": f"phone-{number}"}


def moment(text):
    return datetime.fromisoformat(text)


def shelf(call, **more):
    status, answer = call("GET", "/v1/downloads", **more)
    assert status == 200, answer
    return answer["items"]


def test_a_track_is_kept_in_one_rendition_the_best_of_the_plan(call):
    for who, name, tier in (("usr_anna", "flac", "lossless"), ("usr_ben", "aac320", "premium")):
        kept = keep(call, FIRST, who=who)
        assert kept["quality"] == tier
        assert kept["file"]["url"] == f"{kept['grant']['media']['url']}{name}.mp4"
        assert kept["grant"]["dash"].count("<Representation") == 1
        assert kept["file"]["bytes"] == kept["bytes"] == 3000 + 210 * 125 * (900 if name == "flac" else 320)


def test_plays_without_a_network_count_under_the_tickets_own_number(call):
    kept = keep(call, FIRST)
    whose = {"listener_id": "usr_anna", "track_id": FIRST.id, "session_id": kept["download_id"]}
    read = PlayKeys(MASTERS).read
    granted = read(kept["grant"]["play_id"] + "-1", **whose)
    assert (granted.offline, granted.plan, granted.territory) == (True, "hifi", "SE")
    assert read(kept["grant"]["play_id"] + "-1", **whose | {"listener_id": "usr_ben"}) is None


def test_the_listener_may_wish_for_less(call):
    assert keep(call, FIRST, quality="free")["file"]["url"].endswith("aac160.mp4")


def test_its_lease_is_thirty_days_and_no_longer_than_the_deal(call):
    now = datetime.now(UTC)
    assert abs(moment(keep(call, FIRST)["expires_at"]) - now - timedelta(days=30)) < timedelta(minutes=1)
    ends = (now + timedelta(days=3)).replace(microsecond=0)
    call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [KEPT | {"end": ends.isoformat()}]})
    assert moment(keep(call, FIRST)["expires_at"]) == ends
    soon = (now + timedelta(minutes=5)).replace(microsecond=0)
    call("PUT", f"/v1/admin/rights/{SECOND.id}", {"deals": [KEPT | {"end": soon.isoformat()}]})
    assert moment(keep(call, SECOND)["grant"]["media"]["expires_at"]) <= soon


def test_asked_for_again_it_is_the_same_download_with_a_new_lease(house, call):
    first = keep(call, FIRST)
    row = house.playback.name, PlaybackTable.player_key("usr_anna") | {"sk": f"DOWNLOAD#{first['download_id']}"}
    dynamo.put(row[0], dynamo.get(*row) | {"lease": 1})
    again = keep(call, FIRST)
    assert again["download_id"] == first["download_id"]
    assert [item["expires_at"] for item in shelf(call)] == [again["expires_at"]]
    assert moment(again["expires_at"]) > datetime.now(UTC)


@pytest.mark.parametrize(
    ("deal", "who", "status", "refused"),
    [
        (OPEN, "usr_anna", 403, "use-not-licensed"),
        (KEPT | {"territories": ["NO"]}, "usr_anna", 403, "not-licensed-here"),
        (KEPT | {"end": "2021-01-01T00:00:00Z"}, "usr_anna", 403, "outside-licence-window"),
        (KEPT, "usr_carl", 403, "plan-too-low"),
        (KEPT | {"models": ["SubscriptionModel"]}, "usr_carl", 402, "subscription-required"),
    ],
)
def test_what_deal_or_plan_does_not_allow_is_not_kept(call, deal, who, status, refused):
    call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [deal]})
    got, problem = call("POST", "/v1/downloads", {"track_id": FIRST.id, "device": PHONE}, who=who)
    assert (got, slug(problem)) == (status, refused)
    assert shelf(call, who=who) == []


def test_a_plan_has_so_many_devices_and_the_next_is_told_which(call):
    for number in range(3):
        keep(call, FIRST, device=a_phone(number), who="usr_ben")
    status, problem = call("POST", "/v1/downloads", {"track_id": FIRST.id, "device": LAPTOP}, who="usr_ben")
    assert (status, slug(problem), problem["devices"]) == (409, "too-many-devices", 3)
    assert [device["id"] for device in problem["holding"]] == ["phone-0", "phone-1", "phone-2"]
    keep(call, SECOND, device=a_phone(1), who="usr_ben")  # a device that is counted takes more


def test_the_last_track_that_goes_frees_its_device(call):
    kept = [keep(call, FIRST, device=a_phone(number), who="usr_ben") for number in range(3)]
    assert call("DELETE", f"/v1/downloads/{kept[1]['download_id']}", who="usr_ben")[0] == 204
    keep(call, FIRST, device=LAPTOP, who="usr_ben")


def test_after_a_downgrade_the_devices_that_began_first_go_on(house, call):
    for number in range(5):
        keep(call, FIRST, device=a_phone(number))
    house.billing.put_plan("usr_anna", Plan.PREMIUM)
    problems = {item["device"]["id"]: item["problem"] for item in shelf(call)}
    # Lossless is gone for all of them; asked for anew, the first three get what the plan opens.
    assert {problem["needs"] for problem in problems.values() if "needs" in problem} == {"hifi"}
    assert keep(call, FIRST, device=a_phone(0))["quality"] == "premium"
    status, problem = call("POST", "/v1/downloads", {"track_id": FIRST.id, "device": a_phone(4)})
    assert (status, slug(problem)) == (409, "too-many-devices")


def test_the_list_says_what_may_be_kept_no_longer_and_why(call):
    keep(call, FIRST)
    keep(call, SECOND)
    call("POST", f"/v1/admin/takedowns/{FIRST.id}", {"reason": "claim"})
    problems = {item["track_id"]: item["problem"] for item in shelf(call)}
    assert slug(problems[FIRST.id]) == "taken-down"
    assert problems[SECOND.id] is None
    assert call("POST", "/v1/downloads", {"track_id": FIRST.id, "device": PHONE})[0] == 451


def test_the_list_comes_in_pages(call):
    kept = {keep(call, track)["download_id"] for track in (FIRST, SECOND, THIRD)}
    _, page = call("GET", "/v1/downloads", query={"limit": "2"})
    _, rest = call("GET", "/v1/downloads", query={"limit": "2", "cursor": page["cursor"]})
    assert {item["download_id"] for item in page["items"] + rest["items"]} == kept
    assert rest["cursor"] is None


def test_what_is_given_up_is_gone_for_its_owner_alone(call):
    kept = keep(call, FIRST)["download_id"]
    for who, wanted in (("usr_ben", kept), ("usr_anna", "dwn_0"), ("usr_anna", "x")):
        assert call("DELETE", f"/v1/downloads/{wanted}", who=who)[0] == 404
    assert call("DELETE", f"/v1/downloads/{kept}")[0] == 204
    assert shelf(call) == []
    assert call("DELETE", f"/v1/downloads/{kept}")[0] == 404


def test_the_edge_hears_of_what_was_given_up(house, call):
    kept = keep(call, FIRST)["download_id"]
    call("DELETE", f"/v1/downloads/{kept}")
    revoked = dynamo.get(house.playback.name, PlaybackTable.revoked_key(kept))
    assert revoked["until"] > datetime.now(UTC).timestamp() + 3500


def test_its_key_is_the_one_of_its_tier_and_given_only_while_it_is_kept(house, call, licence):
    kept = keep(call, FIRST, who="usr_ben")
    status, answer = licence(kept["grant"], who="usr_ben")
    assert status == 200
    assert len(answer["keys"]) == 1
    assert kept["file"]["kid"] == keys.kid(VERSION, Tier.PREMIUM).hex()
    call("DELETE", f"/v1/downloads/{kept['download_id']}", who="usr_ben")
    assert licence(kept["grant"], who="usr_ben")[0] == 404


@pytest.mark.parametrize(
    ("change", "status", "refused"),
    [("plan", 403, "plan-too-low"), ("takedown", 451, "taken-down"), ("use", 403, "use-not-licensed")],
)
def test_what_is_no_longer_allowed_gets_no_key(house, call, licence, change, status, refused):
    kept = keep(call, FIRST)
    match change:
        case "plan":
            house.billing.put_plan("usr_anna", Plan.FREE)
        case "takedown":
            call("POST", f"/v1/admin/takedowns/{FIRST.id}", {"reason": "claim"})
        case "use":
            call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [OPEN]})
    got, problem = licence(kept["grant"])
    assert (got, slug(problem)) == (status, refused)


def test_of_a_song_that_never_was_nothing_is_kept(call):
    for track in ("trk_0000000000000000", "x"):
        assert call("POST", "/v1/downloads", {"track_id": track, "device": PHONE})[0] == 404


def test_a_race_for_the_last_device_has_one_winner(house, call):
    keep(call, FIRST, device=a_phone(0), who="usr_ben")
    keep(call, FIRST, device=a_phone(1), who="usr_ben")
    table = OfflineTable(house.playback.name)
    seen, _ = table.of("usr_ben", "dwn_0000000000000000")  # as a second device reads it at the same moment
    keep(call, FIRST, device=a_phone(2), who="usr_ben")
    late = table.of("usr_ben", model.id_of("usr_ben", "phone-2", FIRST.id))[1]
    assert not table.keep(seen.one_more(late.device, 1), late)
