"""Signed media through the deployed viewer-request function: what the listener's player does all day."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.local.edge.conftest import SONG, VERSION, eventually, hang_up_after
from tests.local.edge.distribution import BUCKET

SESSION = "ses_01"
PREFIX = f"/media/{SESSION}.DE/{VERSION}/"
FILE = PREFIX + "aac160.mp4"
KEY = f"/{BUCKET}/media/{VERSION}/aac160.mp4"


@pytest.fixture
def query(signer):
    return signer.query(signer.policy(signer.url + PREFIX + "*"))


@pytest.fixture
def cold(deployed, edge, signer):
    """A file that nothing has asked for yet: ``cold(name, body)`` is its signed address."""

    def put(name, body):
        deployed.s3.put_object(Bucket=BUCKET, Key=f"media/{VERSION}/{name}.mp4", Body=body, ContentType="audio/mp4")
        return f"{PREFIX}{name}.mp4?{signer.query(signer.policy(signer.url + PREFIX + '*'))}"

    return put


def test_all_listeners_share_one_cached_object(view, signer, query):
    first = view.get(f"{FILE}?{query}", range="bytes=1000-1999")
    assert (first.status, first.body) == (206, SONG[1000:2000])
    assert first.headers["content-range"] == f"bytes 1000-1999/{len(SONG)}"
    other = PREFIX.replace(SESSION, "ses_02")
    signed = signer.query(signer.policy(signer.url + other + "*"))
    second = view.get(f"{other}aac160.mp4?{signed}", range="bytes=1200-1899")
    assert (second.status, second.body) == (206, SONG[1200:1900])
    assert second.headers["x-cache"] == "Hit from local edge"


def test_a_range_is_asked_of_the_origin_as_a_range_and_only_once(view, cold, front):
    target = cold("once", SONG)
    for first, last in ((0, 99), (100, 299), (0, 299), (50, 250)):
        answer = view.get(target, range=f"bytes={first}-{last}")
        assert (answer.status, answer.body) == (206, SONG[first : last + 1])
    asked = front.asked(KEY.replace("aac160", "once"))
    assert [each.headers.get("range") for each in asked] == ["bytes=0-99", "bytes=100-299"]


def test_the_whole_file_is_served_from_the_cache_in_parts(view, cold, front):
    target = cold("whole", SONG)
    assert view.get(target).body == SONG
    for asked, expected in (("bytes=-5", SONG[-5:]), ("bytes=511990-", SONG[511990:]), ("bytes=0-0", SONG[:1])):
        answer = view.get(target, range=asked)
        assert (answer.status, answer.body, answer.headers["x-cache"]) == (206, expected, "Hit from local edge")
    assert len(front.asked(KEY.replace("aac160", "whole"))) == 1


def test_a_range_beyond_the_end_is_416_from_the_origin_and_from_the_cache(view, cold):
    target = cold("end", SONG)
    assert view.get(target, range=f"bytes={len(SONG)}-").status == 416
    view.get(target, range="bytes=0-9")
    answer = view.get(target, range=f"bytes={len(SONG)}-")
    assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{len(SONG)}")


def test_a_range_that_makes_no_sense_is_ignored(view, cold):
    target = cold("odd", b"abcdef")
    for odd in ("bytes=4-2", "bytes=-", "lines=1-2", "bytes=x-1"):
        assert (view.get(target, range=odd).status, view.get(target, range=odd).body) == (200, b"abcdef")


def test_a_range_under_an_outdated_if_range_is_the_whole(view, cold):
    target = cold("ifrange", SONG)
    tag = view.get(target).headers["etag"]
    assert view.get(target, range="bytes=0-9", if_range=tag).status == 206
    assert view.get(target, range="bytes=0-9", if_range='"older"').status == 200


def test_several_ranges_at_once_are_refused(view, query):
    answer = view.get(f"{FILE}?{query}", range="bytes=0-1,4-5")
    assert (answer.status, answer.headers["content-type"]) == (416, "application/problem+json")
    assert answer.headers["x-cache"] == "FunctionGeneratedResponse from local edge"


def test_the_first_bytes_arrive_before_the_origin_has_sent_the_rest(cold, front, edge):
    arrived, waited = threading.Event(), []

    def slowly(_):
        def parts():
            yield SONG[:1000]
            waited.append(arrived.wait(9))
            yield SONG[1000:2000]

        return 206, {"etag": '"slow"', "content-length": "2000", "content-range": f"bytes 0-1999/{len(SONG)}"}, parts()

    target = cold("slow", SONG)
    front.script(KEY.replace("aac160", "slow"), slowly)
    got = hang_up_after(edge.port, target, 900, "range: bytes=0-1999\r\n")
    arrived.set()
    assert got.startswith(b"HTTP/1.1 206")
    eventually(lambda: waited)
    assert waited == [True]


def test_what_came_before_a_hang_up_is_kept(view, cold, front, edge):
    target = cold("kept", SONG * 20)
    hang_up_after(edge.port, target, 200_000)
    answer = eventually(lambda: view.get(target, range="bytes=0-9999"))
    assert answer.headers["x-cache"] == "Hit from local edge"
    assert view.get(target).body == SONG * 20


def test_an_origin_that_breaks_off_breaks_the_viewer_off_too(cold, front, view):
    def broken():
        yield b"x" * 1000
        raise ConnectionError

    target = cold("broken", SONG)
    front.script(KEY.replace("aac160", "broken"), lambda _: (200, {"etag": '"b"', "content-length": "2000"}, broken()))
    with pytest.raises(Exception, match="IncompleteRead"):
        view.get(target)
    front.scripts.clear()
    assert view.get(target).body == SONG


def test_a_new_object_under_the_same_name_is_never_mixed_with_the_old(view, deployed, signer, cold, front):
    target = cold("mixed", b"a" * 1000)
    assert view.get(target, range="bytes=0-99").body == b"a" * 100
    cold("mixed", b"b" * 1000)
    assert view.get(target, range="bytes=500-599").body == b"b" * 100
    assert view.get(target, range="bytes=0-99").body == b"b" * 100


def test_head_tells_the_length_and_sends_nothing(view, query, cold):
    answer = view("HEAD", f"{FILE}?{query}")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, str(len(SONG)), b"")
    target = cold("headed", b"abc")
    assert view("HEAD", target).headers["x-cache"] == "Miss from local edge"
    assert view("HEAD", target).headers["x-cache"] == "Hit from local edge"
    assert view.get(target).body == b"abc"


def test_another_country_is_refused_although_the_object_is_cached(view, query):
    assert view.get(f"{FILE}?{query}").status == 200
    assert view.get(f"{FILE}?{query}", x_viewer_country="FR").status == 403


def test_a_viewer_cannot_forge_its_country(view, signer):
    target = FILE.replace(".DE/", ".FR/")
    signed = signer.query(signer.policy(signer.url + target))
    assert view.get(f"{target}?{signed}", cloudfront_viewer_country="FR").status == 403
    assert view.get(f"{target}?{signed}", x_viewer_country="FR").status == 200


@pytest.mark.parametrize(
    ("key", "value", "status"), [("trk_0001", "X", 451), ("trk_0001", "FR,DE", 403), (SESSION, "R", 403)]
)
def test_an_exception_is_felt_cached_or_not_and_lifted_again(view, query, deployed, key, value, status):
    target = f"{FILE}?{query}"
    assert view.get(target).status == 200
    deployed.store.put(key, value)
    try:
        eventually(lambda: view.get(target).status == status)
    finally:
        deployed.store.delete(key)
    eventually(lambda: view.get(target).status == 200)


def test_while_the_store_does_not_answer_nothing_is_heard(view, query, deployed, front):
    store = urlsplit(deployed.store.root).path
    assert view.get(f"{FILE}?{query}").status == 200
    front.script(store, (500, {}, b""))
    answer = eventually(lambda: (found := view.get(f"{FILE}?{query}")).status == 503 and found)
    assert answer.headers["retry-after"] == "1"
    assert view.get("/v1/me").status == 200
    front.scripts.clear()
    eventually(lambda: view.get(f"{FILE}?{query}").status == 200)


def test_a_block_elsewhere_changes_nothing_here(view, query, deployed):
    deployed.store.put("trk_0001", "FR,US")
    try:
        time.sleep(0.8)
        assert view.get(f"{FILE}?{query}").status == 200
    finally:
        deployed.store.delete("trk_0001")


def test_many_listeners_at_once_get_their_own_ranges(view, query):
    wanted = [(at * 997 % 400_000, at * 997 % 400_000 + 4096) for at in range(200)]
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda r: view.get(f"{FILE}?{query}", range=f"bytes={r[0]}-{r[1] - 1}"), wanted))
    assert all(each.body == SONG[start:stop] for each, (start, stop) in zip(answers, wanted, strict=True))


@pytest.mark.parametrize(
    "path", ["/media/x", "/media/ses_01/file.mp4", "/media/ses_01.DE/v/../../secret", "/media/ses_01.de/trk-1/a.mp4"]
)
def test_a_malformed_address_is_not_media(view, signer, path):
    assert view.get(f"{path}?{signer.query(signer.policy('*'))}").status in {403, 404}
