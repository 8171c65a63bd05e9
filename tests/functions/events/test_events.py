import base64
import gzip
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from functions.events import app as module
from legato.api import entry
from legato.telemetry import stream
from tests.music import request
from tests.player_events import a_play, an_event

NOW = datetime.now(UTC) - timedelta(minutes=10)


@pytest.fixture
def intake(cloud):
    for cached in (module.settings, module.stream):
        cached.cache_clear()
    return cloud


def post(body, listener="usr_1", **headers):
    event = request(
        "POST", "/v1/events", body=body if isinstance(body, str) else json.dumps(body), sub=listener, headers=headers
    )
    answer = entry(module.app)(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def on_stream():
    kinesis = boto3.client("kinesis")
    found = []
    for shard in kinesis.list_shards(StreamName="events")["Shards"]:
        at = kinesis.get_shard_iterator(StreamName="events", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        found += kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]
    return [(each["PartitionKey"], json.loads(each["Data"])) for each in found]


def test_accepted_events_are_on_the_stream_with_listener_and_time(intake):
    events = a_play(30, start=NOW)
    assert post({"events": events}) == (202, {"accepted": 4})
    found = on_stream()
    assert {key for key, _ in found} == {"usr_1"}
    for sent, (_, got) in zip(events, found, strict=True):
        assert got | sent == got
        assert got["listener_id"] == "usr_1"
        assert datetime.fromisoformat(got["received_at"]) > NOW


def test_the_listener_is_the_token_and_nothing_that_the_client_says(intake):
    post({"events": [an_event(start=NOW, listener_id="usr_victim", received_at="2020-01-01T00:00:00Z")]})
    [(_, got)] = on_stream()
    assert got["listener_id"] == "usr_1"
    assert got["received_at"] > "2026"


def test_one_bad_event_and_nothing_is_accepted(intake):
    status, body = post({"events": [an_event(start=NOW), an_event("dance", start=NOW)]})
    assert (status, body["type"]) == (422, "/problems/malformed-request")
    assert [error["index"] for error in body["errors"]] == [1]
    assert on_stream() == []


@pytest.mark.parametrize("flag", [True, False])
def test_a_gzipped_body_is_unpacked(intake, flag):
    packed = gzip.compress(json.dumps({"events": a_play(30, start=NOW)}).encode())
    event = request("POST", "/v1/events", body=base64.b64encode(packed).decode(), sub="usr_1")
    event |= {"isBase64Encoded": True}
    if flag:
        event["headers"]["content-encoding"] = "gzip"
    assert entry(module.app)(event, None)["statusCode"] == 202


def test_a_bomb_is_not_unpacked(intake):
    bomb = gzip.compress(b" " * 50_000_000)
    event = request("POST", "/v1/events", body=base64.b64encode(bomb).decode(), sub="usr_1") | {"isBase64Encoded": True}
    answer = entry(module.app)(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])["type"]) == (413, "/problems/body-too-large")


@pytest.mark.parametrize("body", ["", "[", "[]", '{"events": 1}', "\ud800", '{"events":[{"event_id":"\\ud800"}]}'])
def test_a_body_that_is_no_batch_is_malformed(intake, body):
    status, answer = post(body)
    assert (status, answer["type"]) == (422, "/problems/malformed-request")


def test_what_kinesis_refuses_is_sent_again_and_only_that(intake, monkeypatch):
    sent, refuse = [], {1}
    real = stream.client().put_records

    def put_records(StreamName, Records):  # noqa: N803 -- botocore's names
        sent.append(len(Records))
        if not refuse:
            return real(StreamName=StreamName, Records=Records)
        kept = [each for n, each in enumerate(Records) if n not in refuse]
        real(StreamName=StreamName, Records=kept)
        results = [
            {"ErrorCode": "ProvisionedThroughputExceededException"} if n in refuse else {} for n in range(len(Records))
        ]
        refuse.clear()
        return {"FailedRecordCount": 1, "Records": results}

    monkeypatch.setattr(stream.client(), "put_records", put_records)
    assert post({"events": a_play(30, start=NOW)})[0] == 202
    assert sent == [4, 1]
    assert len(on_stream()) == 4


def test_a_stream_that_goes_on_refusing_says_try_again(intake, monkeypatch):
    def put_records(StreamName, Records):  # noqa: N803 -- botocore's names
        return {"FailedRecordCount": len(Records), "Records": [{"ErrorCode": "InternalFailure"}] * len(Records)}

    monkeypatch.setattr(stream.client(), "put_records", put_records)
    monkeypatch.setattr(stream.time, "sleep", lambda _: None)
    status, body = post({"events": [an_event(start=NOW)]})
    assert (status, body["type"], body["retry_after"]) == (503, "/problems/try-again", 5)
