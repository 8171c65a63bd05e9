"""Signed URLs and signed cookies: the developer guide's rules, through a real listener and a real key group."""

import time

import pytest
from cryptography.hazmat.primitives import hashes

from tests.local.edge.distribution import BUCKET

PATH = "/signed/song.txt"


@pytest.fixture(autouse=True)
def _song(deployed):
    deployed.s3.put_object(Bucket=BUCKET, Key="signed/song.txt", Body=b"la", ContentType="text/plain")


def refusal(answer):
    assert (answer.status, answer.headers["content-type"]) == (403, "text/xml")
    assert answer.headers["x-cache"] == "Error from local edge"
    return answer.body.partition(b"<Code>")[2].partition(b"<")[0].decode()


@pytest.mark.parametrize("key", ["mine", "curve"])
def test_a_canned_policy_opens_exactly_its_url(view, signer, key):
    signed = signer.canned(PATH, key=key)
    assert view.get(signed).body == b"la"
    assert refusal(view.get(signed.replace("song", "sing"))) == "AccessDenied"


def test_a_canned_policy_covers_the_query_string_too(view, signer):
    signed = signer.canned(PATH + "?take=2")
    assert view.get(signed).status == 200
    assert refusal(view.get(signed.replace("take=2", "take=3"))) == "AccessDenied"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"seconds": -5}, "AccessDenied"),
        ({"key": "stranger", "named": "mine"}, "AccessDenied"),
        ({"key": "outside"}, "InvalidKey"),
        ({"key": "stranger"}, "InvalidKey"),
        ({"key": "mine", "named": "curve"}, "AccessDenied"),
    ],
)
def test_a_canned_policy_is_refused(view, signer, options, code):
    assert refusal(view.get(signer.canned(PATH, **options))) == code


@pytest.mark.parametrize("drop", ["Signature", "Key-Pair-Id", "Expires"])
def test_a_signed_url_needs_all_its_parts(view, signer, drop):
    parts = signer.canned(PATH).partition("?")[2].split("&")
    query = "&".join(each for each in parts if not each.startswith(drop))
    assert refusal(view.get(f"{PATH}?{query}")).startswith("Missing")


def test_an_unsigned_request_is_refused(view):
    assert refusal(view.get(PATH)) == "MissingKey"


def test_the_end_cannot_be_moved(view, signer):
    signed = signer.canned(PATH)
    expires = signed.partition("Expires=")[2].partition("&")[0]
    assert refusal(view.get(signed.replace(expires, str(int(expires) + 9)))) == "AccessDenied"


@pytest.mark.parametrize(
    "resource",
    ["*", "http*://*", "http://127.0.0.1:*/signed/*", "http://127.0.0.1:*/signed/song.t?t", "http://*/s*/song.*"],
)
def test_a_custom_policy_has_wildcards(view, signer, resource):
    assert view.get(f"{PATH}?{signer.query(signer.policy(resource))}").status == 200


@pytest.mark.parametrize(
    "resource",
    [
        "http://127.0.0.1:*/other/*",
        "https://*",
        "http://127.0.0.1:*/signed/song.tx",
        "http://127.0.0.1:*/signed/?song.txt",
    ],
)
def test_a_custom_policy_for_something_else_is_refused(view, signer, resource):
    assert refusal(view.get(f"{PATH}?{signer.query(signer.policy(resource))}")) == "AccessDenied"


@pytest.mark.parametrize(
    ("condition", "open"),
    [
        ({"DateGreaterThan": {"AWS:EpochTime": -60}}, True),
        ({"DateGreaterThan": {"AWS:EpochTime": 600}}, False),
        ({"DateLessThan": {"AWS:EpochTime": -1}}, False),
        ({"IpAddress": {"AWS:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"AWS:SourceIp": "127.0.0.1"}}, True),
        ({"IpAddress": {"AWS:SourceIp": "0.0.0.0/0"}}, True),
        ({"IpAddress": {"AWS:SourceIp": "192.0.2.0/24"}}, False),
    ],
)
def test_a_custom_policy_may_have_a_beginning_and_an_address_range(view, signer, condition, open):
    """Moments are seconds from now: from the test, which may run long after it was collected."""
    now = int(time.time())
    condition = {
        name: {key: now + value if key == "AWS:EpochTime" else value for key, value in limit.items()}
        for name, limit in condition.items()
    }
    answer = view.get(f"{PATH}?{signer.query(signer.policy('*', **condition))}")
    assert answer.status == 200 if open else refusal(answer) == "AccessDenied"


def test_a_tampered_policy_is_refused(view, signer):
    narrow, wide = signer.policy("http://*/signed/other.txt"), signer.policy("*")
    assert refusal(view.get(f"{PATH}?{signer.query(wide, signed=narrow)}")) == "AccessDenied"


@pytest.mark.parametrize("policy", [b"{}", b"not json", b'{"Statement":[]}', b'{"Statement":[{"Resource":"*"}]}'])
def test_a_policy_that_is_none_is_refused_even_when_signed(view, signer, policy):
    assert refusal(view.get(f"{PATH}?{signer.query(policy)}")) == "MalformedPolicy"


def test_what_is_not_base64_is_refused(view, signer):
    query = signer.query(signer.policy("*"))
    assert refusal(view.get(f"{PATH}?{query.replace('Signature=', 'Signature=!')}")) == "MalformedSignature"
    assert refusal(view.get(f"{PATH}?{query.replace('Policy=', 'Policy=!')}")) == "MalformedPolicy"


@pytest.mark.parametrize("key", ["mine", "curve"])
def test_sha_256_is_used_when_named_and_only_then(view, signer, key):
    policy = signer.policy("*")
    query = signer.query(policy, key=key, digest=hashes.SHA256())
    assert view.get(f"{PATH}?{query}&Hash-Algorithm=SHA256").status == 200
    assert refusal(view.get(f"{PATH}?{query}")) == "AccessDenied"
    assert refusal(view.get(f"{PATH}?{query}&Hash-Algorithm=MD5")) == "InvalidHashAlgorithm"


def test_cookies_carry_a_custom_policy(view, signer):
    cookies = signer.cookies(signer.policy("http://127.0.0.1:*/signed/*"))
    assert view.get(PATH, cookie=f"theme=dark; {cookies}").status == 200
    assert refusal(view.get(PATH, cookie=cookies.replace("Signature=", "Signature=A"))) in {
        "AccessDenied",
        "MalformedSignature",
    }


def test_cookies_carry_a_canned_policy(view, signer):
    signed = signer.canned(PATH).partition("?")[2]
    cookies = "; ".join(f"CloudFront-{each}" for each in signed.split("&"))
    assert view.get(PATH, cookie=cookies).status == 200
    assert refusal(view.get("/signed/other.txt", cookie=cookies)) == "AccessDenied"


def test_a_signed_url_is_judged_without_its_cookies(view, signer):
    good = signer.cookies(signer.policy("*"))
    assert refusal(view.get(signer.canned(PATH, seconds=-5), cookie=good)) == "AccessDenied"


def test_the_origin_and_the_cache_key_never_see_a_signature(view, signer, front):
    first = view.get(f"{PATH}?{signer.query(signer.policy('*'))}")
    second = view.get(signer.canned(PATH))
    assert (first.status, second.headers["x-cache"]) == (200, "Hit from local edge")
    assert not any("Signature" in each.path for each in front.seen)


def test_a_guarded_path_has_no_open_spelling(view):
    for path in (
        "/signed/./song.txt",
        "/open/../signed/song.txt",
        "/%73igned/song.txt",
        "//signed/song.txt",
        "/signed//song.txt",
    ):
        answer = view.get(path)
        assert answer.status == 403, path
