"""The edge's pure parts, where a real listener would take long to say the same."""

import json

import pytest

from local.edge import watch
from local.edge.bucket_policy import admits
from local.edge.cache import Cache, Entry
from local.edge.freshness import lifetime
from local.edge.model import CachePolicy, Distribution
from local.edge.patterns import matches, normalised, path_matches
from local.edge.ranges import Range, Unsatisfiable, content_range, parse

ARN = "arn:aws:cloudfront::000000000000:distribution/E1"


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("/media/*", "/media/a/b.mp4", True),
        ("media/*", "/media/a", True),
        ("/media/*", "/Media/a", False),
        ("/media/*", "/media", False),
        ("*.jpg", "/art/a.jpg", True),
        ("/a?.jpg", "/a1.jpg", True),
        ("/a?.jpg", "/a.jpg", False),
        ("/a??.jpg", "/a12.jpg", True),
        ("*", "/anything", True),
        ("/a.b", "/axb", False),
        ("/v1/tracks*", "/v1/tracks/trk_1", True),
    ],
)
def test_path_patterns(pattern, path, found):
    assert path_matches(pattern, path) is found


@pytest.mark.parametrize(
    ("sent", "means"),
    [
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/%61", "/a"),
        ("//a", "/a"),
        ("/a//b/", "/a/b/"),
        ("/../..", "/"),
        ("/a%2e%2e", "/a.."),
    ],
)
def test_behaviours_are_matched_with_the_path_a_path_means(sent, means):
    assert normalised(sent) == means


def test_wildcards_span_slashes_and_lines():
    assert matches("http*://*/x", "https://host/a/b\n/x")


@pytest.mark.parametrize(
    ("header", "interval"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=8-99", (8, 10)),
        ("BYTES=1-2", (1, 3)),
    ],
)
def test_ranges_of_ten_bytes(header, interval):
    assert parse(header).within(10) == interval


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_ranges_that_ten_bytes_cannot_satisfy(header):
    with pytest.raises(Unsatisfiable):
        parse(header).within(10)


@pytest.mark.parametrize(
    "header", [None, "", "bytes=", "bytes=-", "bytes=2-1", "bytes=1-2,3-4", "items=1-2", "bytes=a-b"]
)
def test_what_is_no_range_is_ignored(header):
    assert parse(header) is None


def test_content_ranges():
    assert content_range("bytes 0-99/1234") == (0, 100, 1234)
    assert content_range("bytes 0-99/*") == (0, 100, None)
    assert content_range("bytes */1234") is None
    assert str(Range(None, 5)) == "bytes=-5"


def an_entry(key="/a", **changes):
    values = {
        "key": ("o", key),
        "status": 200,
        "headers": {"etag": '"1"'},
        "cookies": [],
        "stored": 0,
        "lifetime": 10,
        "total": 100,
    }
    return Entry(**values | changes)


def test_chunks_that_overlap_are_kept_once():
    entry, whole = an_entry(), bytes(range(100))
    for start, stop in ((10, 20), (30, 40), (15, 35), (0, 100), (50, 60)):
        entry.add(start, whole[start:stop])
    assert entry.held == 100
    assert b"".join(entry.slices(0, 100)) == whole
    assert b"".join(entry.slices(17, 33)) == whole[17:33]


def test_a_gap_is_no_answer():
    entry = an_entry()
    entry.add(0, b"a" * 10)
    entry.add(20, b"b" * 10)
    assert entry.slices(5, 25) is None
    assert entry.slices(15, 25) is None
    assert entry.slices(25, 35) is None
    assert b"".join(entry.slices(20, 30)) == b"b" * 10


def test_the_cache_throws_the_least_recently_used_out():
    cache = Cache(250)
    for name in ("/a", "/b", "/c"):
        cache.put(an_entry(name))
        cache.grow(cache.get(("o", name)), 0, b"x" * 100)
        cache.get(("o", "/a"))
    assert cache.get(("o", "/b")) is None
    assert cache.get(("o", "/a"))
    assert cache.get(("o", "/c"))


def test_an_entry_that_was_thrown_out_counts_no_more():
    cache = Cache(1000)
    old = an_entry()
    cache.put(old)
    cache.put(an_entry())
    cache.grow(old, 0, b"x" * 5000)
    assert cache.get(("o", "/a")) is not None


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("/a", {"/a/b", "/ab", "/*"}),
        ("/a*", {"/*"}),
        ("/*", set()),
        ("a", {"/a/b", "/ab", "/*"}),
        ("/a/*", {"/a", "/ab", "/*"}),
    ],
)
def test_invalidations_have_a_wildcard_at_the_end_only(pattern, left):
    cache, paths = Cache(10), {"/a", "/a/b", "/ab", "/*"}
    for path in paths:
        cache.put(an_entry(path))
    cache.invalidate(pattern)
    assert {path for path in paths if cache.get(("o", path))} == left


@pytest.mark.parametrize(
    ("policy", "headers", "seconds"),
    [
        ((0, 86400, 31536000), {}, 86400),
        ((0, 86400, 31536000), {"cache-control": "max-age=60"}, 60),
        ((0, 0, 1), {"cache-control": "max-age=60"}, 1),
        ((100, 200, 300), {"cache-control": "max-age=60"}, 100),
        ((100, 200, 300), {"cache-control": "no-store"}, 100),
        ((0, 200, 300), {"cache-control": "private"}, 0),
        ((0, 200, 300), {"expires": "Thu, 01 Jan 1970 00:01:00 GMT"}, 60),
        ((0, 200, 300), {"expires": "0"}, 0),
        ((0, 200, 300), {"expires": "Thu, 01 Jan 1970 00:01:00 GMT", "cache-control": "max-age=9"}, 9),
    ],
)
def test_lifetimes_lie_within_the_policys(policy, headers, seconds):
    bounds = dict(zip(("min_ttl", "default_ttl", "max_ttl"), policy, strict=True))
    assert lifetime(200, headers, CachePolicy(**bounds), error_ttl=10, now=0) == seconds


def a_policy(**changes):
    statement = {
        "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"AWS:SourceArn": ARN}},
    }  # fmt: skip
    return statement | changes


TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::b/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.mark.parametrize(
    ("statements", "open"),
    [
        ([a_policy()], True),
        ([a_policy(), TLS_ONLY], True),
        ([a_policy(), a_policy(Effect="Deny")], False),
        ([a_policy(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::*:distribution/*"}})], True),
        ([a_policy(Condition={"StringEquals": {"AWS:SourceArn": ARN + "X"}})], False),
        ([a_policy(Condition={"StringNotEquals": {"AWS:SourceArn": ARN}})], False),
        ([a_policy(Principal={"Service": "lambda.amazonaws.com"})], False),
        ([a_policy(Principal={"AWS": "arn:aws:iam::1:root"})], False),
        ([a_policy(Action="s3:PutObject")], False),
        ([a_policy(Action=["s3:Get*"])], True),
        ([a_policy(Resource="arn:aws:s3:::other/*")], False),
        ([], False),
    ],
)
def test_a_bucket_opens_to_its_distribution_alone(statements, open):
    policy = json.dumps({"Statement": statements})
    assert admits(policy, action="s3:GetObject", resource="arn:aws:s3:::b/x", distribution_arn=ARN) is open


def test_without_a_policy_nobody_comes_in():
    assert not admits("", action="s3:GetObject", resource="arn:aws:s3:::b/x", distribution_arn=ARN)


def test_the_edge_looks_often_enough_to_keep_its_promises():
    assert watch.STORES_EVERY < 0.5
    assert watch.INVALIDATIONS_EVERY < 0.5
    assert watch.CONFIGURATION_EVERY < 2


def test_an_error_without_a_rule_is_kept_for_ten_seconds():
    assert Distribution(id="E", arn=ARN, domain="", enabled=True, root_object="", behaviours=()).error(404).ttl == 10
