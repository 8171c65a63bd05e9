"""The stream cap under real races: real gateway, real concurrent functions, real conditional writes."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests import records
from tests.journeys.listener import Listener

ROUNDS = 50 if os.environ.get("LEGATO_PROVE") else 3
DEVICES = 16
STREAMS = {"free": 1, "premium": 1, "hifi": 3}


@pytest.fixture(params=["premium", "hifi"])
def crowd(platform, request):
    """One account, signed in on sixteen devices; nobody plays."""
    account = next(a for a in platform.up["accounts"] if a["plan"] == request.param and not a["roles"])
    devices = [Listener(platform.url, account) for _ in range(DEVICES)]
    _warm(devices)
    _silence(devices[0])
    yield devices, STREAMS[request.param], devices[0].find(records.SIDE_A)["id"]
    _silence(devices[0])


def _warm(devices):
    """Sixteen environments start at once; on a busy machine some callers see the gateway's patience end."""
    with ThreadPoolExecutor(DEVICES) as pool:
        list(pool.map(_ask_patiently, devices))


def _ask_patiently(device):
    for _ in range(3):
        with suppress(OSError):
            return device.get("/v1/me/player")
    raise AssertionError("the platform does not answer")


def _silence(device):
    for session in device.get("/v1/me/player").json["sessions"]:
        assert device.ask("DELETE", f"/v1/playback/{session['session_id']}").status == 204


def _sessions(device):
    return device.get("/v1/me/player").json["sessions"]


@pytest.mark.proof
def test_of_sixteen_devices_that_start_at_once_as_many_play_as_the_plan_has_streams(crowd):
    devices, streams, track = crowd
    with ThreadPoolExecutor(DEVICES) as pool:
        for _ in range(ROUNDS):
            answers = list(pool.map(lambda device: device.play(track, take_over=False), devices))
            statuses = [answer.status for answer in answers]
            assert set(statuses) <= {201, 409, 503}, [a.body for a in answers if a.status not in {201, 409, 503}]
            assert statuses.count(201) == streams
            began = {answer.json["session_id"] for answer in answers if answer.status == 201}
            assert {session["session_id"] for session in _sessions(devices[0])} == began
            _silence(devices[0])


@pytest.mark.proof
def test_devices_that_take_over_from_each_other_at_once_never_play_together(crowd):
    devices, streams, track = crowd
    with ThreadPoolExecutor(DEVICES) as pool:
        for _ in range(ROUNDS):
            answers = list(pool.map(lambda device: device.play(track, take_over=True), devices))
            assert {answer.status for answer in answers} <= {201, 503}, [a.body for a in answers]
            began = {answer.json["session_id"] for answer in answers if answer.status == 201}
            playing = {session["session_id"] for session in _sessions(devices[0])}
            assert began, "somebody always wins"
            assert 1 <= len(playing) <= streams
            assert playing <= began


def test_the_stream_of_a_device_that_crashed_is_free_after_its_lease(platform, crowd):
    devices, streams, track = crowd
    for device in devices[:streams]:
        assert device.play(track, take_over=False).status == 201
    assert devices[-1].play(track, take_over=False).status == 409
    _let_leases_run_out(platform)
    assert devices[-1].play(track, take_over=False).status == 201
    assert len(_sessions(devices[0])) == streams


def _let_leases_run_out(platform):
    """Nobody waits a minute in a test: every lease ends now."""
    database, table = platform.aws("dynamodb"), platform.resource("AWS::DynamoDB::Table", "Playback")
    for row in database.scan(TableName=table)["Items"]:
        if row["sk"]["S"] == "PLAYER":
            for session in row["sessions"]["M"].values():
                session["M"]["lease"]["N"] = "1"
            database.put_item(TableName=table, Item=row)
