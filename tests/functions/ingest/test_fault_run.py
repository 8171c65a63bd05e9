"""Masters through a storm: throttles, 503s, crashes between any two calls, events twice, late and out of order."""

import json
import os
import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from functions.ingests import app as operator
from legato import dynamo, ids, secrets
from legato.ingest import ladder, objects
from legato.ingest.model import State
from legato.ingest.package import content_keys
from legato.ingest.verify import verify
from tests import audio
from tests.functions.ingest.conftest import MASTERS
from tests.functions.ingest.machine import Weather, execution
from tests.music import request

COUNT = 200 if os.environ.get("LEGATO_PROVE") else 5
SEED = 5
SECONDS = 0.5


def masters(folder, rng):
    """Distinct whole masters, and one in ten that is cut off."""
    plain = bytearray(audio.wav(folder / "plain.wav", seconds=SECONDS).read_bytes())
    for n in range(COUNT):
        made = bytearray(plain)
        made[2000:2008] = rng.randbytes(8)
        yield f"{n:03} - Band {n % 7} - Song {n}.wav", bytes(made[: len(made) // 2] if n % 10 == 3 else made)


def ask(method, path, **query):
    answer = operator.app.resolve(request(method, path, query=query or None, sub="usr_operator"), None)
    return answer["statusCode"], json.loads(answer["body"])


def drive(executions, rng):
    """All of them side by side: whose turn it is, is chance."""
    while executions:
        one = rng.choice(executions)
        try:
            next(one)
        except StopIteration:
            executions.remove(one)


def dead():
    found, query = [], {"limit": "100"}
    while True:
        _, page = ask("GET", "/v1/admin/ingests", state="failed", **query)
        found += page["items"]
        if not page["cursor"]:
            return found
        query["cursor"] = page["cursor"]


@pytest.fixture
def redriven(cloud, monkeypatch):
    """The events that a redrive sends."""
    sent = []

    class Bus:
        def put_events(self, Entries):  # noqa: N803 -- AWS's name
            sent.extend({"detail": json.loads(entry["Detail"])} for entry in Entries)
            return {"FailedEntryCount": 0}

    with monkeypatch.context() as patched:
        patched.setattr(operator, "bus", Bus)
        yield sent


@pytest.mark.proof
def test_every_master_is_published_once_and_verified_or_in_the_dead_letter_list(cloud, tmp_path, redriven, capsys):
    rng = random.Random(SEED)
    weather = Weather(rng, [objects.client(), dynamo.client(), secrets.client()])
    events, files, cut = [], {}, set()
    for name, content in masters(tmp_path, rng):
        ingest_id = ids.new("ing")
        key = f"inbox/{ingest_id}/{name}"
        etag = cloud.s3.put_object(Bucket="inbox-bucket", Key=key, Body=content)["ETag"].strip('"')
        files[ingest_id] = name
        if len(content) < SECONDS * 8000 * 2:
            cut.add(ingest_id)
        event = {"detail": {"bucket": {"name": "inbox-bucket"}, "object": {"key": key, "etag": etag}}}
        events += [event] * rng.choice([1, 1, 1, 2, 3])
    late = rng.sample(events, len(events) // 5)
    rng.shuffle(events)

    letters = []
    weather.odds = 0.06
    for start in range(0, len(events), 20):
        drive([execution(event, letters) for event in events[start : start + 20]], rng)
    drive([execution(event, letters) for event in late], rng)
    weather.odds = 0.0

    rows = {each: cloud.ingest.one(each) for each in files}
    before = Counter(str(row.state) for row in rows.values())
    listed = {row["ingest_id"]: row for row in dead()}
    written = {letter["event"]["detail"]["object"]["key"].split("/")[1] for letter in letters}
    for ingest_id, row in rows.items():
        assert (row.state is State.REFUSED) <= (ingest_id in cut)
        assert row.state in (State.PUBLISHED, State.REFUSED) or (ingest_id in listed and ingest_id in written)
    assert all(row["reason"] and row["steps"][-1]["state"] == "failed" for row in listed.values())
    assert listed
    assert {"crash before a call", "crash after a call", "s3 SlowDown"} <= weather.met.keys()

    for ingest_id in listed:
        assert ask("POST", f"/v1/admin/ingests/{ingest_id}/redrive")[0] == 202
    drive([execution(event, letters) for event in redriven], rng)

    rows = {each: cloud.ingest.one(each) for each in files}
    assert {each for each, row in rows.items() if row.state is State.REFUSED} == cut
    published = {each: row.track_id for each, row in rows.items() if row.state is State.PUBLISHED}
    assert published.keys() == files.keys() - cut
    assert len(set(published.values())) == len(published)
    assert dead() == []
    lines, _ = cloud.audit.newest(limit=2 * COUNT)
    assert {line.target for line in lines if line.action == "ingests.redrive"} == listed.keys()
    for ingest_id, track_id in published.items():
        _read_back(cloud, track_id)
        track = cloud.catalog.track(track_id)
        assert files[ingest_id].endswith(f" - {track.title}.wav")
        assert [each.id for each in cloud.catalog.album_page(track.album_id).tracks] == [track_id]
        assert ask("POST", f"/v1/admin/ingests/{ingest_id}/redrive")[0] == 409
    with capsys.disabled():
        faults = ", ".join(f"{many} x {what}" for what, many in sorted(weather.met.items()))
        print(  # noqa: T201 -- the counts are the proof
            f"\n{COUNT} masters, {len(events) + len(late)} events; {faults}; {dict(before)}, {len(letters)} letters;"
            f" after one redrive {dict(Counter(str(row.state) for row in rows.values()))}"
        )


def _read_back(cloud, track_id):
    """Every rendition out of the bucket: it decrypts, decodes, and lasts as long as its master."""
    package = cloud.media.read(dynamo.get(cloud.media.name, cloud.media.key(track_id)))
    keys = content_keys(package.version, MASTERS, package.key_version)
    with tempfile.TemporaryDirectory() as folder:
        for rendition in package.renditions:
            path = Path(folder, rendition.file)
            cloud.s3.download_file("media-bucket", package.prefix + rendition.file, str(path))
            if rendition.codec == "flac":
                continue  # its samples' sum was taken by the step; here the lossy ones, which have none
            rung = ladder.Rung(
                name=rendition.name, codec="aac", tier=rendition.tier, sample_rate=rendition.sample_rate, channels=1
            )
            verify(path, rung, rendition, keys[rendition.tier], duration_s=SECONDS)
