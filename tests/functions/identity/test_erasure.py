"""One step of the erasure workflow: what is left says nothing of the person, and can be done again at any point."""

import base64
import json

import boto3
import pytest

from functions.erasure import app as eraser
from legato import dynamo
from legato.billing.table import BillingTable
from legato.library.model import Heard
from legato.library.table import LibraryTable
from legato.telemetry.poison import PoisonBucket
from legato.telemetry.table import ERASED

ANNA, BOB = "usr_anna000000000000", "usr_bob0000000000000"
PLAYS = {ANNA: 12, BOB: 2}
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/billing"
TABLES = ("identity", "library", "playback", "billing", "telemetry")


def everything():
    rows = [boto3.client("dynamodb").scan(TableName=name)["Items"] for name in TABLES]
    s3 = boto3.client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="failures").get("Contents", [])]
    files = [s3.get_object(Bucket="failures", Key=key)["Body"].read() for key in keys]
    return json.dumps(rows, default=str) + " ".join(base64.b64decode(json.loads(f)["data"]).decode() for f in files)


@pytest.fixture
def lives(platform, monkeypatch):
    """Anna and Bob, who heard songs, were signed out of a stream, and sent something that nobody could use."""
    monkeypatch.setattr(eraser, "PAGE", 5)
    s3 = boto3.client("s3")
    for each in s3.list_objects_v2(Bucket="failures").get("Contents", []):
        s3.delete_object(Bucket="failures", Key=each["Key"])
    for who in (ANNA, BOB):
        for n in range(PLAYS[who]):
            play = f"ply_{who[4:8]}{n:012}"
            at = f"2026-03-01T12:{n // 60:02}:{n % 60:02}.000Z"
            heard = Heard(play_id=play, track_id="trk_1", played_at=at, heard_ms=40_000, qualified=True)
            LibraryTable("library").put_heard(who, heard)
            row = {"listener_id": who, "track_id": "trk_1", "session_id": f"ses_{who[4:]}", "version": 1}
            dynamo.put("telemetry", {"pk": play, "sk": "PLAY", "heard_ms": 40_000, "qualified": True} | row)
        for name in ("identity", "library", "playback", "billing"):
            dynamo.put(name, {"pk": who, "sk": "SOMETHING", "note": who})
        dynamo.put("playback", {"pk": f"ses_{who[4:]}", "sk": "REVOKED", "listener_id": who, "until": 1})
        data = base64.b64encode(json.dumps({"listener_id": who}).encode()).decode()
        PoisonBucket("failures").put(f"shard:{who[4:]}", data, "unreadable")


def test_a_scan_finds_nothing_of_the_erased_and_everything_of_the_others(lives):
    before = everything()
    assert eraser.erase(ANNA) == {"plays": PLAYS[ANNA], "events": 1}
    after = everything()
    assert ANNA in before and ANNA not in after
    assert after.count(BOB) == before.count(BOB)


def test_what_is_owed_for_a_play_and_what_the_edge_refuses_stay(lives):
    eraser.erase(ANNA)
    play = dynamo.get("telemetry", {"pk": f"ply_anna{7:012}", "sk": "PLAY"})
    assert (play["listener_id"], play["heard_ms"], play["qualified"], play["version"]) == (ERASED, 40_000, True, 2)
    revoked = dynamo.get("playback", {"pk": f"ses_{ANNA[4:]}", "sk": "REVOKED"})
    assert (revoked["listener_id"], revoked["until"]) == (ERASED, 1)


def test_a_run_that_breaks_anywhere_is_simply_repeated(lives, monkeypatch):
    real, left = dynamo.client()._make_api_call, []

    def breaking(name, request):
        if not left:
            raise RuntimeError("the power went")
        left.pop()
        return real(name, request)

    monkeypatch.setattr(dynamo.client(), "_make_api_call", breaking)
    for calls in (0, 3, 9, 16, 24):
        left[:] = [None] * calls
        with pytest.raises(RuntimeError):
            eraser.erase(ANNA)
    monkeypatch.undo()
    eraser.erase(ANNA)
    assert ANNA not in everything()


def test_what_comes_late_is_erased_by_the_second_step(lives):
    eraser.erase(ANNA)
    late = Heard(
        play_id="ply_late", track_id="trk_1", played_at="2026-03-01T13:00:00.000Z", heard_ms=1, qualified=False
    )
    LibraryTable("library").put_heard(ANNA, late)
    dynamo.put("telemetry", {"pk": "ply_late", "sk": "PLAY", "listener_id": ANNA, "session_id": "ses_x", "version": 1})
    assert eraser.erase(ANNA) == {"plays": 1, "events": 0}
    assert ANNA not in everything()
    assert eraser.erase(ANNA) == {"plays": 0, "events": 0}


def test_whoever_leaves_is_charged_no_more_and_his_invoices_name_nobody(lives):
    table = BillingTable("billing")
    table.link(ANNA, "cus_anna")
    table.note("cus_anna", "evt_1", {"kind": "Paid", "invoice": "in_1"})
    eraser.erase(ANNA)
    eraser.erase(ANNA)
    sqs = boto3.client("sqs")
    [told] = sqs.receive_message(QueueUrl=QUEUE)["Messages"]
    sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=told["ReceiptHandle"])
    assert json.loads(told["Body"]) == {"leave": "cus_anna"}
    assert table.listener_of("cus_anna") is None and table.customer_of(ANNA) is None
    assert [fact["invoice"] for fact in table.facts("cus_anna")] == ["in_1"], "tax law wants it kept"
    assert ANNA not in everything()
