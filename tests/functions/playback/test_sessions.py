"""Devices, streams, and where the listener was."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from functions.playback import app as playback
from functions.playback import leases
from legato import dynamo
from legato.billing.model import Plan
from tests.functions.listening import FIRST, LAPTOP, PHONE, SECOND, THIRD, slug


def start(call, *tracks, device=PHONE, who="usr_ben", **more):
    return call("POST", "/v1/playback", {"tracks": [t.id for t in tracks], "device": device} | more, who=who)


def report(call, started, position_ms, *, grant=0, state="playing", who="usr_ben", **more):
    play_id = started["grants"][grant]["play_id"]
    body = {"play_id": play_id, "position_ms": position_ms, "state": state} | more
    return call("PUT", f"/v1/playback/{started['session_id']}/progress", body, who=who)


def resumed(call, track, who="usr_ben", device=PHONE):
    _, answer = start(call, track, device=device, who=who, take_over=True)
    return answer["grants"][0]["resume_ms"]


def later(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def hours_later(monkeypatch):
    """The function's clock, moved on."""

    def moving(hours):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + timedelta(hours=hours)

        monkeypatch.setattr(playback, "datetime", Clock)

    return moving


def test_at_the_cap_the_device_that_plays_is_named_and_nothing_changes(call, play, house):
    play(FIRST, who="usr_ben")
    before = house.playback.player("usr_ben")
    status, problem = start(call, SECOND, device=LAPTOP)
    assert (status, slug(problem), problem["device"], problem["streams"]) == (409, "too-many-streams", PHONE, 1)
    assert house.playback.player("usr_ben") == before


def test_hifi_plays_on_three_devices_and_not_on_four(call):
    for number in range(3):
        assert start(call, FIRST, device=PHONE | {"id": str(number)}, who="usr_anna")[0] == 201
    assert start(call, FIRST, device=LAPTOP, who="usr_anna")[0] == 409


def more_grants(call, started, who="usr_anna"):
    return call("POST", f"/v1/playback/{started['session_id']}/grants", {"tracks": [SECOND.id]}, who=who)


@pytest.mark.parametrize("asks", [0, 2])
def test_after_a_downgrade_the_first_device_that_asks_for_more_leaves_only_the_newest_playing(call, play, house, asks):
    devices = [play(FIRST, device=PHONE | {"id": str(number)}) for number in range(3)]
    house.billing.put_plan("usr_anna", Plan.FREE)
    more_grants(call, devices[asks])
    assert [session.id for session in house.playback.player("usr_anna").sessions] == [devices[2]["session_id"]]
    for old in devices[:2]:
        assert house.playback.was_revoked(old["session_id"], "usr_anna")
        for status, problem in (more_grants(call, old), report(call, old, 1000, who="usr_anna")):
            assert (status, slug(problem), problem["device"]["id"]) == (403, "session-ended", "2")
    assert more_grants(call, devices[2])[0] == 200


def test_taking_over_ends_the_session_and_its_device_is_told_by_whom(call, play):
    phone = play(FIRST, who="usr_ben")
    status, _ = start(call, FIRST, device=LAPTOP, take_over=True)
    assert status == 201
    for answer in (
        report(call, phone, 1000),
        call("POST", f"/v1/playback/{phone['session_id']}/grants", {"tracks": [SECOND.id]}, who="usr_ben"),
    ):
        assert (answer[0], slug(answer[1]), answer[1]["device"]) == (403, "session-ended", LAPTOP)


def test_the_edge_learns_of_a_session_that_was_taken_over_in_the_same_write(call, play, house):
    phone = play(FIRST, who="usr_ben")
    start(call, FIRST, device=LAPTOP, take_over=True)
    assert house.playback.was_revoked(phone["session_id"], "usr_ben")
    assert not house.playback.was_revoked(phone["session_id"], "usr_anna")


def test_a_session_whose_signatures_have_all_expired_is_remembered_and_nothing_for_the_edge(
    call, play, house, hours_later
):
    phone = play(FIRST, who="usr_ben")
    hours_later(2)
    assert start(call, FIRST, device=LAPTOP)[0] == 201
    row = dynamo.get("playback", house.playback.revoked_key(phone["session_id"]))
    assert row["until"] <= playback.datetime.now(UTC).timestamp() < row["expires_at"] - 86_000
    status, problem = report(call, phone, 1000)
    assert (status, slug(problem), problem["device"]) == (403, "session-ended", LAPTOP)


def test_a_crashed_device_frees_its_stream_after_its_lease(call, play, hours_later):
    play(FIRST, who="usr_ben")
    assert start(call, FIRST, device=LAPTOP)[0] == 409
    hours_later(61 / 3600)
    assert start(call, FIRST, device=LAPTOP)[0] == 201


def test_progress_keeps_the_stream(call, play, hours_later):
    phone = play(FIRST, who="usr_ben")
    hours_later(40 / 3600)
    assert report(call, phone, 40_000)[0] == 204
    hours_later(80 / 3600)
    assert start(call, FIRST, device=LAPTOP)[0] == 409


def test_a_device_that_slept_goes_on_where_nobody_took_its_stream(call, play, hours_later):
    phone = play(FIRST, who="usr_ben")
    hours_later(0.5)
    assert report(call, phone, 40_000)[0] == 204


def test_a_device_that_starts_again_replaces_its_own_session(call, play, house):
    old = play(FIRST, who="usr_ben")
    new = play(SECOND, who="usr_ben")
    [session] = house.playback.player("usr_ben").sessions
    assert session.id == new["session_id"] != old["session_id"]
    assert house.playback.was_revoked(old["session_id"], "usr_ben")


@pytest.mark.parametrize("idle", [0, 2])
def test_ending_a_session_frees_its_stream_once_and_for_all(call, play, hours_later, idle):
    phone = play(FIRST, who="usr_ben")
    hours_later(idle)
    for _ in range(2):
        assert call("DELETE", f"/v1/playback/{phone['session_id']}", who="usr_ben")[0] == 204
    assert report(call, phone, 1000)[0] == 403
    assert start(call, FIRST, device=LAPTOP)[0] == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/v1/playback/{}", None),
        ("POST", "/v1/playback/{}/grants", {"tracks": [FIRST.id]}),
        ("PUT", "/v1/playback/{}/progress", {"play_id": "ply_1", "position_ms": 0, "state": "playing"}),
    ],
)
def test_somebody_elses_session_is_not_there(call, play, house, method, path, body):
    anna = play(FIRST)
    for session_id in (anna["session_id"], "ses_0000000000000000", "x", "ses_" + "0" * 2100):
        status, problem = call(method, path.format(session_id), body, who="usr_ben")
        assert (status, slug(problem)) == (404, "session-not-found")
    assert house.playback.player("usr_anna").session(anna["session_id"])


def test_more_grants_belong_to_the_same_session_and_renew_it(call, play, house):
    started = play(FIRST)
    status, more = call("POST", f"/v1/playback/{started['session_id']}/grants", {"tracks": [SECOND.id, THIRD.id]})
    assert status == 200
    assert more["session_id"] == started["session_id"]
    assert [grant["track_id"] for grant in more["grants"]] == [SECOND.id, THIRD.id]
    assert f"/{started['session_id']}.SE/" in more["grants"][0]["media"]["url"]
    assert len(house.playback.player("usr_anna").session(started["session_id"]).plays) == 3


def test_grants_carry_the_country_the_listener_is_in_now(call, play):
    started = play(FIRST)
    path = f"/v1/playback/{started['session_id']}/grants"
    _, more = call("POST", path, {"tracks": [FIRST.id]}, country="NO")
    assert f"/{started['session_id']}.NO/" in more["grants"][0]["media"]["url"]


def test_a_session_remembers_its_last_forty_plays(call, play, house):
    started = play(FIRST)
    path = f"/v1/playback/{started['session_id']}/grants"
    answers = [call("POST", path, {"tracks": [SECOND.id] * 10})[1] for _ in range(5)]
    plays = house.playback.player("usr_anna").session(started["session_id"]).plays
    granted = [grant["play_id"] for answer in answers for grant in answer["grants"]]
    assert set(plays) == set(granted[-40:])


def test_any_device_goes_on_where_the_last_one_was(call, play):
    phone = play(FIRST, who="usr_ben")
    assert report(call, phone, 42_000)[0] == 204
    assert resumed(call, FIRST, device=LAPTOP) == 42_000
    assert resumed(call, SECOND, device=LAPTOP) == 0


def test_reports_that_overtake_each_other_never_move_a_track_backwards(call, play):
    phone = play(FIRST, who="usr_ben")
    moments = [(later(-60 + second), second * 1000) for second in range(5, 50, 5)]
    random.Random(7).shuffle(moments)
    for at, position in moments:
        assert report(call, phone, position, at=at)[0] == 204
    assert resumed(call, FIRST) == 45_000


def test_without_a_clock_a_play_only_goes_forward(call, play):
    phone = play(FIRST, who="usr_ben")
    for position in (30_000, 60_000, 45_000):
        assert report(call, phone, position)[0] == 204
    assert resumed(call, FIRST) == 60_000


def test_with_a_clock_seeking_back_counts(call, play):
    phone = play(FIRST, who="usr_ben")
    report(call, phone, 60_000, at=later(-10))
    report(call, phone, 5_000, at=later(-5))
    assert resumed(call, FIRST) == 5_000


def test_a_clock_that_runs_ahead_does_not_shut_out_what_follows(call, play):
    phone = play(FIRST, who="usr_ben")
    report(call, phone, 10_000, at=later(86_400))
    report(call, phone, 20_000, at=later(86_405))
    assert resumed(call, FIRST) == 20_000


def test_a_report_of_an_earlier_play_does_not_undo_a_later_one(call, play):
    first = play(FIRST, who="usr_anna")
    second = play(FIRST, who="usr_anna", device=LAPTOP)
    report(call, second, 90_000, who="usr_anna")
    report(call, first, 10_000, who="usr_anna")
    assert resumed(call, FIRST, who="usr_anna", device=PHONE | {"id": "tv"}) == 90_000


def test_a_track_heard_to_its_end_begins_anew(call, play):
    phone = play(FIRST, who="usr_ben")
    report(call, phone, 209_000, state="ended")
    assert resumed(call, FIRST) == 0


def test_where_was_i(call, play):
    assert call("GET", "/v1/me/player", who="usr_ben")[1]["track_id"] is None
    phone = play(FIRST, SECOND, who="usr_ben")
    report(call, phone, 42_000, grant=1, state="paused")
    status, player = call("GET", "/v1/me/player", who="usr_ben")
    assert status == 200
    assert (player["track_id"], player["position_ms"], player["state"]) == (SECOND.id, 42_000, "paused")
    assert (player["session_id"], player["device"]) == (phone["session_id"], PHONE)
    assert [(each["device"], each["playing"]) for each in player["sessions"]] == [(PHONE, True)]


def test_where_was_i_outlives_the_session(call, play):
    phone = play(FIRST, who="usr_ben")
    report(call, phone, 42_000)
    call("DELETE", f"/v1/playback/{phone['session_id']}", who="usr_ben")
    _, player = call("GET", "/v1/me/player", who="usr_ben")
    assert (player["track_id"], player["position_ms"], player["device"]) == (FIRST.id, 42_000, PHONE)
    assert player["sessions"] == []


def test_a_play_of_another_session_cannot_be_reported_on(call, play):
    phone, tv = play(FIRST), play(FIRST, device=PHONE | {"id": "tv"})
    status, problem = report(call, phone | {"grants": tv["grants"]}, 1000, who="usr_anna")
    assert (status, slug(problem)) == (404, "play-not-found")


@pytest.mark.parametrize(
    "changes",
    [
        {"position_ms": -1},
        {"position_ms": "1"},
        {"position_ms": 1.5},
        {"position_ms": True},
        {"position_ms": 10**12},
        {"play_id": ""},
        {"play_id": None},
        {"state": None},
        {"state": "x" * 33},
        {"at": "yesterday"},
        {"at": 12},
        {"at": "2026-01-01T00:00:00"},
    ],
)
def test_a_malformed_report_says_what_is_wrong(call, play, changes):
    started = play(FIRST)
    body = {"play_id": started["grants"][0]["play_id"], "position_ms": 0, "state": "playing"} | changes
    status, problem = call("PUT", f"/v1/playback/{started['session_id']}/progress", body)
    assert (status, slug(problem)) == (422, "malformed-request")
    assert next(iter(changes)) in problem["detail"]


def test_a_start_that_another_device_wins_looks_again(call, play, house, monkeypatch):
    """The other device starts between our read and our write: then its stream counts."""
    real, rivals = playback.reader().facts, []

    class Overtaken:
        def facts(self, *wanted):
            found = real(*wanted)
            if not rivals:
                rivals.append(1)
                rivals.append(play(SECOND, device=LAPTOP, who="usr_ben")["session_id"])
            return found

    monkeypatch.setattr(playback, "reader", Overtaken)
    status, problem = start(call, FIRST)
    assert (status, slug(problem), problem["device"]) == (409, "too-many-streams", LAPTOP)
    [session] = house.playback.player("usr_ben").sessions
    assert session.id == rivals[1]


def test_grants_that_cross_a_take_over_do_not_bring_the_session_back(call, play, house, monkeypatch):
    phone = play(FIRST, who="usr_ben")
    real = playback.reader().facts

    class Overtaken:
        def facts(self, *wanted):
            found = real(*wanted)
            monkeypatch.setattr(playback, "reader", SimpleReader)
            assert start(call, FIRST, device=LAPTOP, take_over=True)[0] == 201
            return found

    class SimpleReader:
        def facts(self, *wanted):
            return real(*wanted)

    monkeypatch.setattr(playback, "reader", Overtaken)
    status, problem = call("POST", f"/v1/playback/{phone['session_id']}/grants", {"tracks": [FIRST.id]}, who="usr_ben")
    assert (status, slug(problem)) == (403, "session-ended")
    assert len(house.playback.player("usr_ben").sessions) == 1


def test_a_race_that_never_ends_asks_for_patience(call, play, monkeypatch):
    play(FIRST, who="usr_ben")
    monkeypatch.setattr(type(playback.table()), "change", lambda *_, **__: False)
    monkeypatch.setattr(leases.time, "sleep", lambda _: None)
    status, problem = start(call, FIRST)
    assert (status, slug(problem)) == (503, "try-again")


def test_a_row_holds_no_more_than_it_needs(call, play, house):
    for _ in range(12):
        play(*[FIRST] * 10)
    row = dynamo.get("playback", house.playback.player_key("usr_anna"))
    assert len(str(row)) < 4000
