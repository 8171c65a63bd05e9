"""What is kept, for how long, and what happens when it is out of date. ``/plain/*`` has TTLs 0, 0, 1 day."""

import gzip
import time

import pytest

from tests.local.edge.conftest import eventually
from tests.local.edge.distribution import BUCKET

TEXT = b"Legato: notes joined without a gap. " * 100


def states(view, target, times=2, **headers):
    return [view.get(target, **headers).headers["x-cache"].partition(" ")[0] for _ in range(times)]


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("max-age=60", ["Miss", "Hit"]),
        ("s-maxage=60, max-age=0", ["Miss", "Hit"]),
        ("max-age=60, s-maxage=0", ["Miss", "Miss"]),
        ("public", ["Miss", "Miss"]),
        ("no-store", ["Miss", "Miss"]),
        ("private, max-age=60", ["Miss", "Miss"]),
        ("no-cache", ["Miss", "Miss"]),
        ("max-age=0", ["Miss", "Miss"]),
    ],
)
def test_cache_control_decides_within_the_policys_bounds(view, front, control, expected):
    path = f"/plain/{abs(hash(control))}"
    front.script(path, (200, {"cache-control": control}, b"x"))
    assert states(view, path) == expected


def test_the_minimum_ttl_outweighs_no_store(view, front):
    front.script("/least/1", (200, {"cache-control": "no-store"}, b"x"))
    assert states(view, "/least/1") == ["Miss", "Hit"]


def test_a_viewers_condition_is_answered_with_304(view, front):
    front.script("/plain/tag", (200, {"etag": '"7"', "cache-control": "max-age=60"}, b"x"))
    view.get("/plain/tag")
    for tag in ('"7"', 'W/"7"', '"1", "7"', "*"):
        answer = view.get("/plain/tag", if_none_match=tag)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"7"')
    assert view.get("/plain/tag", if_none_match='"8"').status == 200


@pytest.mark.parametrize(
    ("status", "control", "expected"),
    [
        (404, "", ["Error", "Error"]),
        (500, "no-store", ["Error", "Error"]),
        (404, "no-store", ["Miss!", "Miss!"]),
        (403, "", ["Miss!", "Miss!"]),
        (403, "max-age=60", ["Error", "Error"]),
        (401, "max-age=60", ["Miss!", "Miss!"]),
    ],
)
def test_errors_are_kept_as_cloudfront_keeps_them(view, front, status, control, expected):
    path = f"/plain/error-{status}-{control}"
    front.script(path, (status, {"cache-control": control} if control else {}, b"no"))
    answers = [view.get(path) for _ in range(2)]
    assert [each.status for each in answers] == [status] * 2
    assert len(front.asked(path)) == (1 if expected[0] == "Error" else 2)


def test_an_error_page_takes_the_errors_place(view, front, deployed):
    deployed.s3.put_object(Bucket=BUCKET, Key="open-g.txt", Body=b"gone, but kindly")
    front.script("/plain/old", (410, {}, b"gone"))
    answer = view.get("/plain/old")
    assert (answer.status, answer.body) == (200, b"gone, but kindly")
    assert answer.headers["x-cache"] == "Error from local edge"


def test_text_is_compressed_for_those_who_take_it_and_its_etag_weakened(view, deployed):
    deployed.s3.put_object(Bucket=BUCKET, Key="open-z.txt", Body=TEXT, ContentType="text/plain; charset=utf-8")
    plain, small = view.get("/open-z.txt"), view.get("/open-z.txt", accept_encoding="br, gzip;q=0.9")
    assert (plain.body, plain.headers.get("content-encoding")) == (TEXT, None)
    assert (gzip.decompress(small.body), small.headers["content-encoding"]) == (TEXT, "gzip")
    assert small.headers["etag"] == f"W/{plain.headers['etag']}"
    again = view.get("/open-z.txt", accept_encoding="br, gzip")
    assert (again.body, again.headers["x-cache"]) == (small.body, "Hit from local edge")
    assert view.get("/open-z.txt", accept_encoding="br, gzip", if_none_match=small.headers["etag"]).status == 304
    assert view.get("/open-z.txt", accept_encoding="br, gzip", range="bytes=0-9").status == 200


@pytest.mark.parametrize(
    ("body", "kind"), [(b"short", "text/plain"), (TEXT, "audio/mp4"), (TEXT, "application/problem+json")]
)
def test_what_is_small_or_no_text_stays_as_it_is(view, deployed, body, kind):
    deployed.s3.put_object(Bucket=BUCKET, Key="open-y.txt", Body=body, ContentType=kind)
    deployed.cloudfront.create_invalidation(DistributionId=deployed.id, InvalidationBatch=batch("/open-y.txt"))
    eventually(lambda: view.get("/open-y.txt", accept_encoding="gzip").body == body)


def batch(*paths):
    return {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": str(time.monotonic_ns())}


@pytest.mark.parametrize("path", ["/open-i.txt", "/open-*"])
def test_an_invalidation_is_felt(view, deployed, path):
    deployed.s3.put_object(Bucket=BUCKET, Key="open-i.txt", Body=b"one")
    deployed.cloudfront.create_invalidation(DistributionId=deployed.id, InvalidationBatch=batch("/open-i.txt"))
    eventually(lambda: view.get("/open-i.txt").body == b"one")
    deployed.s3.put_object(Bucket=BUCKET, Key="open-i.txt", Body=b"two")
    assert view.get("/open-i.txt").body == b"one"
    deployed.cloudfront.create_invalidation(DistributionId=deployed.id, InvalidationBatch=batch(path))
    eventually(lambda: view.get("/open-i.txt").body == b"two")


def test_the_query_string_is_part_of_the_key_only_where_the_policy_says_so(view, front, deployed):
    deployed.s3.put_object(Bucket=BUCKET, Key="open-q.txt", Body=b"q")
    assert view.get("/open-q.txt?a=1").headers["x-cache"] == "Miss from local edge"
    assert view.get("/open-q.txt?a=2").headers["x-cache"] == "Hit from local edge"
    front.script("/v1/search", lambda r: (200, {"cache-control": "max-age=9"}, r.path.encode()))
    assert view.get("/v1/search?q=a").body != view.get("/v1/search?q=b").body
