"""The operator's two routes: where to upload, and what became of it."""

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from functions.ingests import app as ingests
from functions.ingests.app import app
from legato import ids
from legato.audit.table import AuditTable
from legato.ingest.model import NothingToRedrive, arrival
from tests import audio
from tests.functions.ingest.test_pipeline import arrive, run
from tests.music import request


def call(method, path, *, query=None, **body):
    answer = app.resolve(
        request(method, path, query=query, body=json.dumps(body) if body else None, sub="usr_operator"), None
    )
    return answer["statusCode"], json.loads(answer["body"])


def upload(**changes):
    return call(
        "POST",
        "/v1/admin/uploads",
        **{"filename": "a song.flac", "content_type": "audio/flac", "bytes": 1000} | changes,
    )


def test_an_upload_gets_an_address_for_exactly_these_bytes(cloud):
    status, made = upload()
    assert status == 201
    assert ids.is_id("ing", made["ingest_id"])
    address = urlsplit(made["upload"]["url"])
    assert unquote(address.path).endswith(f"/inbox/{made['ingest_id']}/a song.flac")
    query = parse_qs(address.query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert made["upload"]["method"] == "PUT"
    assert made["upload"]["headers"] == {"Content-Type": "audio/flac"}
    left = datetime.fromisoformat(made["upload"]["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_an_upload_that_never_arrives_stays_visible(cloud):
    _, made = upload()
    _, listed = call("GET", "/v1/admin/ingests")
    [row] = listed["items"]
    assert (row["ingest_id"], row["state"], row["file"], row["attempts"]) == (
        made["ingest_id"],
        "awaited",
        "a song.flac",
        0,
    )
    assert row["finished_at"] is None
    assert "reason" not in row


@pytest.mark.parametrize(
    "filename",
    ["../../etc/passwd", "..\\..\\boot.ini", "/absolute.flac", "nul\0byte.flac", "a/b/c.flac", "...", "\u202egnp.flac"],
)
def test_a_file_name_cannot_leave_its_folder(cloud, filename):
    status, made = upload(filename=filename)
    assert status == 201
    key = unquote(urlsplit(made["upload"]["url"]).path).partition("inbox/")[2]
    folder, slash, name = key.partition("/")
    assert (folder, slash) == (made["ingest_id"], "/")
    assert name
    assert "/" not in name
    assert not name.startswith(".")
    assert name.isprintable()


@pytest.mark.parametrize(
    "changes",
    [{"bytes": 0}, {"bytes": "many"}, {"filename": ""}, {"content_type": "audio/flac\r\nx: y"}, {"filename": 7}],
)
def test_a_senseless_upload_is_malformed(cloud, changes):
    status, problem = upload(**changes)
    assert (status, problem["type"]) == (422, "/problems/malformed-request")
    assert call("GET", "/v1/admin/ingests")[1]["items"] == []


def test_an_upload_beyond_the_limit_is_too_large(cloud):
    status, problem = upload(bytes=6 * 1024**3)
    assert (status, problem["type"]) == (413, "/problems/upload-too-large")


def test_the_list_is_newest_first_and_in_pages(cloud):
    made = [upload(filename=f"{n}.flac")[1]["ingest_id"] for n in range(5)]
    seen, cursor = [], None
    for _ in range(5):
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        _, page = call("GET", "/v1/admin/ingests", query=query)
        seen += [row["ingest_id"] for row in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_an_upload_becomes_a_song_under_its_own_ingest_id(cloud):
    _, made = upload(filename="07 - Nobody - Untagged Song.flac")
    run(arrive(cloud, audio.flac(seconds=2), "07 - Nobody - Untagged Song.flac", made["ingest_id"]))
    _, listed = call("GET", "/v1/admin/ingests")
    [row] = listed["items"]
    assert (row["ingest_id"], row["state"], row["attempts"]) == (made["ingest_id"], "published", 1)
    track = cloud.catalog.track(row["track_id"])
    assert (track.title, track.artists[0].name, track.position) == ("Untagged Song", "Nobody", 7)


def test_who_asked_for_an_address_stands_in_the_audit_log(cloud):
    _, made = upload()
    [line], after = cloud.audit.newest(limit=10, target=made["ingest_id"])
    assert after is None
    assert (line.actor, line.action) == ("usr_operator", "ingests.create-upload")
    assert line.after == {"file": "a song.flac", "bytes": 1000}


def test_no_address_is_given_out_that_the_audit_log_did_not_take(cloud):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingests, "audit", lambda: AuditTable("nowhere"))
        assert upload()[0] == 500
    _, listed = call("GET", "/v1/admin/ingests")
    assert listed["items"] == []


def test_the_bytes_that_arrive_are_the_bytes_that_were_announced(cloud, tmp_path):
    whole = audio.wav(tmp_path / "x.wav")
    digest = hashlib.sha256(whole.read_bytes()).hexdigest()
    _, made = upload(filename="x.wav", sha256=digest)
    assert made["upload"]["headers"]["x-amz-checksum-sha256"] == b64encode(bytes.fromhex(digest)).decode()
    assert "x-amz-checksum-sha256" in parse_qs(urlsplit(made["upload"]["url"]).query)["X-Amz-SignedHeaders"][0]
    other = audio.wav(tmp_path / "other.wav", seconds=0.5)
    assert run(arrive(cloud, other, "x.wav", made["ingest_id"]))["reason"].startswith("checksum-mismatch")
    assert run(arrive(cloud, whole, "x.wav", made["ingest_id"]))["state"] == "published"


def test_every_state_is_shown_with_its_attempt_its_time_and_its_reason(cloud, tmp_path):
    _, made = upload(filename="x.flac")
    bad = tmp_path / "bad"
    bad.write_bytes(b"no music\n" * 99)
    run(arrive(cloud, bad, "x.flac", made["ingest_id"]))
    run(arrive(cloud, audio.wav(tmp_path / "x.wav"), "x.flac", made["ingest_id"]))
    status, row = call("GET", f"/v1/admin/ingests/{made['ingest_id']}")
    assert status == 200
    assert [(step["state"], step["attempt"]) for step in row["steps"]] == [
        ("awaited", 0),
        ("received", 1),
        ("refused", 1),
        ("received", 2),
        ("inspected", 2),
        ("encoded", 2),
        ("published", 2),
    ]
    assert row["steps"][2]["reason"] == "not-audio"
    assert all(step["took_ms"] >= 0 for step in row["steps"][:-1])
    assert row["steps"][-1]["took_ms"] is None
    steps = row["steps"][3:-1]
    assert abs(row["duration_ms"] - sum(step["took_ms"] for step in steps)) <= len(steps), "each is rounded by itself"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_ingest_that_nobody_made_is_not_found(cloud, method):
    path = f"/v1/admin/ingests/{ids.new('ing')}" + ("/redrive" if method == "POST" else "")
    status, problem = call(method, path)
    assert (status, problem["type"]) == (404, "/problems/ingest-not-found")


def test_what_is_on_its_way_is_not_redriven_before_it_has_stood_still(cloud):
    ingest_id = ids.new("ing")
    begun = datetime.now(UTC)
    cloud.ingest.begin(arrival(f"inbox/{ingest_id}/x.flac", "e"), now=begun)
    row = cloud.ingest.one(ingest_id)
    with pytest.raises(NothingToRedrive):
        row.must_be_redrivable(begun + timedelta(minutes=30))
    row.must_be_redrivable(begun + timedelta(hours=3))
