"""A master through the three steps, as the state machine calls them."""

import io
import json
import random
from datetime import UTC, datetime

import pytest
from mutagen.flac import FLAC, Picture
from PIL import Image

from functions.encode import app as encode
from functions.inspect import app as inspect
from functions.publish import app as publish
from legato import dynamo, ids
from legato.catalog.model import TrackNotFound
from legato.catalog.table import CatalogTable
from legato.ingest.model import REFUSALS, State
from legato.media.model import Tier
from tests import audio


def arrive(cloud, path, name, ingest_id=None):
    """Put a file in the inbox; S3's event as EventBridge hands it to the state machine."""
    key = f"inbox/{ingest_id or ids.new('ing')}/{name}"
    etag = cloud.s3.put_object(Bucket="inbox-bucket", Key=key, Body=path.read_bytes())["ETag"].strip('"')
    return {
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": "inbox-bucket"}, "object": {"key": key, "etag": etag}},
    }


def run(event):
    """The state machine: each answer is the next input; a failure goes to the last step with its name."""
    step = event
    for handle in (inspect.handle, encode.handle, publish.handle):
        before = step
        try:
            step = handle(step)
        except Exception as fault:
            if type(fault).__name__ not in REFUSALS:
                raise
            cause = f'{{"errorMessage": "{fault}", "errorType": "{type(fault).__name__}"}}'
            return publish.handle({**before, "failure": {"Error": type(fault).__name__, "Cause": cause}})
    return step


def _package(cloud, track_id):
    return cloud.media.read(dynamo.get(cloud.media.name, cloud.media.key(track_id)))


def tag(path):
    file = FLAC(path)
    file["title"], file["artist"], file["album"] = "Ночь feat. Мария", "Ансамбль", "Песни"
    file["tracknumber"], file["date"], file["isrc"] = "3/12", "2021-05-04", "GB-AYE-68-00001"
    picture = Picture()
    out = io.BytesIO()
    Image.new("RGB", (700, 500), "teal").save(out, "PNG")
    picture.type, picture.mime, picture.data = 3, "image/png", out.getvalue()
    file.add_picture(picture)
    file.save()
    return path


@pytest.fixture
def tagged(tmp_path):
    path = tmp_path / "song.flac"
    path.write_bytes(audio.flac(seconds=3).read_bytes())
    return tag(path)


@pytest.fixture
def quick(tmp_path):
    """As small a ladder as there is: two rungs."""
    path = tmp_path / "song.flac"
    path.write_bytes(audio.flac(seconds=1, rate=8000, channels=1).read_bytes())
    return tag(path)


def test_a_tagged_master_becomes_a_song_that_can_be_played(cloud, tagged):
    done = run(arrive(cloud, tagged, "song.flac"))
    assert done["state"] == "published"
    track = cloud.catalog.track(done["track_id"])
    assert (track.title, track.position, track.isrc, track.duration_ms) == ("Ночь feat. Мария", 3, "GBAYE6800001", 3000)
    assert track.album_title == "Песни"
    assert track.art.edges == (96, 300)
    package = _package(cloud, track.id)
    assert [r.name for r in package.for_tiers(frozenset(Tier))] == ["aac48", "aac96", "aac160", "aac320", "flac"]
    for rendition in package.renditions:
        stored = cloud.s3.head_object(Bucket="media-bucket", Key=package.prefix + rendition.file)
        assert stored["ContentLength"] == rendition.first + sum(rendition.sizes)
        assert stored["ContentType"] == "audio/mp4"
    assert cloud.rights.of_many([track.id])[track.id].imported
    [row], after = cloud.ingest.newest(limit=10)
    assert (row.state, row.track_id, row.attempts, row.file, after) == (State.PUBLISHED, track.id, 1, "song.flac", None)


def test_every_step_may_run_twice_and_changes_nothing(cloud, quick):
    event = arrive(cloud, quick, "song.flac")
    first = inspect.handle(event)
    assert inspect.handle(event) == first
    encoded = encode.handle(first)
    key = f"media/{encoded['version']}/aac48.mp4"
    before = cloud.s3.get_object(Bucket="media-bucket", Key=key)["Body"].read()
    assert encode.handle(first) == encoded
    assert cloud.s3.get_object(Bucket="media-bucket", Key=key)["Body"].read() == before
    assert publish.handle(encoded) == publish.handle(encoded)
    page = cloud.catalog.album_page(cloud.catalog.track(first["track_id"]).album_id)
    assert len(page.tracks) == 1


def test_a_late_event_does_not_undo_what_is_published(cloud, quick):
    event = arrive(cloud, quick, "song.flac")
    done = run(event)
    again = run(event)
    assert again["state"] == "published"
    [row], _ = cloud.ingest.newest(limit=10)
    assert (row.state, row.attempts, row.track_id) == (State.PUBLISHED, 1, done["track_id"])


def test_the_same_bytes_under_another_name_are_the_same_song(cloud, quick):
    first = run(arrive(cloud, quick, "song.flac"))
    second = run(arrive(cloud, quick, "copy of song.flac"))
    assert second["track_id"] == first["track_id"]
    rows, _ = cloud.ingest.newest(limit=10)
    assert {row.state for row in rows} == {State.PUBLISHED}
    assert {row.reason.rpartition(" ")[0] for row in rows} == {"", "the same bytes as"}


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"", "empty-file"),
        (lambda: b"once upon a time there was a text\n" * 50, "not-audio"),
        (lambda: bytes(100_000), "not-audio"),
        (lambda: audio.cut(audio.flac(), "x", keep=0.7).read_bytes(), "truncated"),
    ],
)
def test_a_file_that_is_no_master_ends_with_a_reason_and_stops_no_other(cloud, tmp_path, make, reason):
    path = tmp_path / "bad"
    path.write_bytes(make())
    ended = run(arrive(cloud, path, "bad.flac"))
    assert ended["state"] == "refused"
    assert ended["reason"].startswith(reason)
    [row], _ = cloud.ingest.newest(limit=10)
    assert (row.state, row.reason, row.track_id) == (State.REFUSED, ended["reason"], "")
    assert row.finished_at


def test_our_own_failure_is_told_apart_from_a_bad_file(cloud, quick):
    event = arrive(cloud, quick, "song.flac")
    step = inspect.handle(event)
    ended = publish.handle(
        {**step, "failure": {"Error": "Sandbox.Timedout", "Cause": "RequestId: x Error: Task timed out"}}
    )
    assert ended["state"] == "failed"
    assert run(event)["state"] == "published"
    [row], _ = cloud.ingest.newest(limit=10)
    assert (row.state, row.attempts, row.reason) == (State.PUBLISHED, 2, "")


def test_a_song_without_tags_in_another_script_is_published_under_its_files_name(cloud, tmp_path):
    path = audio.wav(tmp_path / "x.wav", seconds=1)
    done = run(arrive(cloud, path, "04 - 椎名林檎 - 丸の内サディスティック.wav"))
    track = cloud.catalog.track(done["track_id"])
    assert (track.title, track.artists[0].name, track.position) == ("丸の内サディスティック", "椎名林檎", 4)
    assert (track.album_title, track.art) == ("丸の内サディスティック", None)
    assert cloud.catalog.album_page(track.album_id).album.kind == "single"


def test_ten_megabytes_of_cover_do_not_weigh_on_the_song(cloud, quick):
    file = FLAC(quick)
    out = io.BytesIO()
    Image.frombytes("RGB", (1900, 1900), random.Random(1).randbytes(10_830_000)).save(out, "PNG", compress_level=0)
    file.clear_pictures()
    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", out.getvalue()
    file.add_picture(picture)
    file.save()
    assert quick.stat().st_size > 10_000_000
    done = run(arrive(cloud, quick, "song.flac"))
    track = cloud.catalog.track(done["track_id"])
    assert track.art.edges == (96, 300, 640, 1280)
    for edge in track.art.edges:
        for kind, mime in (("webp", "image/webp"), ("jpg", "image/jpeg")):
            stored = cloud.s3.head_object(Bucket="art-bucket", Key=f"art/{track.art.key}/{edge}.{kind}")
            assert stored["ContentType"] == mime
            assert "immutable" in stored["CacheControl"]
    assert sum(sum(r.sizes) for r in _package(cloud, track.id).renditions) < 1_000_000


def test_the_waveform_is_beside_the_art(cloud, quick):
    done = run(arrive(cloud, quick, "song.flac"))
    peaks = json.loads(
        cloud.s3.get_object(Bucket="art-bucket", Key=f"art/{done['track_id']}/peaks.json")["Body"].read()
    )
    assert len(peaks["low_high"]) == 2 * peaks["columns"]
    assert max(peaks["low_high"]) > 20


def test_nothing_half_published_is_heard_or_found(cloud, quick, monkeypatch):
    event = arrive(cloud, quick, "song.flac")
    encoded = encode.handle(inspect.handle(event))

    def broken(*_):
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(CatalogTable, "publish", broken)
        with pytest.raises(ConnectionError):
            publish.handle(encoded)
    rights = cloud.rights.of_many([encoded["track_id"]])[encoded["track_id"]]
    assert not rights.imported
    with pytest.raises(TrackNotFound):
        cloud.catalog.track(encoded["track_id"])
    [row], _ = cloud.ingest.newest(limit=10)
    assert row.state is State.ENCODED
    assert publish.handle(encoded)["state"] == "published"


def test_an_operators_deals_survive_a_second_import(cloud, quick):
    event = arrive(cloud, quick, "song.flac")
    done = run(event)
    now = datetime.now(UTC)
    cloud.rights.take_down(done["track_id"], "by order", now=now)
    step = {"ingest_id": event["detail"]["object"]["key"].split("/")[1], "file": "song.flac"}
    publish.handle(step)
    assert cloud.rights.of_many([done["track_id"]])[done["track_id"]].takedown.reason == "by order"
