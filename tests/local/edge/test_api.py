"""What reaches the API, and what does not."""

import json

import pytest

from tests.local.edge.distribution import API, SECRET


@pytest.fixture
def asked(view, front):
    def ask(method="GET", path="/v1/me", headers=None, body=None):
        answer = view(method, path, headers, body)
        assert answer.status < 300, answer.body
        return front.seen[-1]

    return ask


def test_the_origin_secret_is_added_and_a_viewers_copy_is_worth_nothing(asked):
    seen = asked(headers={"x-legato-origin": "guess", "X-Legato-Host": "evil.example"})
    assert seen.headers["x-legato-origin"] == SECRET
    assert seen.headers["x-legato-host"].startswith("127.0.0.1:")


def test_cloudfront_says_where_the_viewer_is(asked):
    seen = asked(
        headers={
            "CloudFront-Viewer-Country": "US",
            "cloudfront-viewer-address": "198.51.100.1:1",
            "cloudfront-anything": "x",
        }
    )
    assert seen.headers["cloudfront-viewer-country"] == "DE"
    assert seen.headers["cloudfront-viewer-address"].startswith("127.0.0.1:")
    assert seen.headers["cloudfront-forwarded-proto"] == "http"
    assert "cloudfront-anything" not in seen.headers
    assert asked(headers={"x-viewer-country": "se"}).headers["cloudfront-viewer-country"] == "SE"


def test_the_host_is_the_origins_own(asked):
    seen = asked()
    assert seen.headers["host"] == f"{API}.execute-api.eu-west-1.amazonaws.com"
    assert seen.path == f"/_aws/execute-api/{API}/$default/v1/me"


def test_headers_cookies_and_query_strings_pass_as_the_policy_says(asked):
    seen = asked(
        path="/v1/search?q=so%20what&limit=2&q=again",
        headers={"accept-language": "de", "cookie": "a=1; b=2", "connection": "keep-alive, x"},
    )
    assert seen.path.endswith("/v1/search?q=so%20what&limit=2&q=again")
    assert (seen.headers["accept-language"], seen.headers["cookie"]) == ("de", "a=1; b=2")
    assert "connection" not in seen.headers
    assert seen.headers["x-forwarded-for"] == "127.0.0.1"
    assert seen.headers["via"]
    assert seen.headers["x-amz-cf-id"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writes_pass_with_their_bodies_and_are_not_kept(asked, method, front):
    body = json.dumps({"name": "Süd"}).encode()
    for _ in range(2):
        seen = asked(
            method,
            "/v1/playlists",
            {"content-type": "application/json", "authorization": "Bearer x", "idempotency-key": "k"},
            body,
        )
        assert (seen.method, seen.body) == (method, body)
        assert seen.headers["authorization"] == "Bearer x"
    assert len(front.asked("/v1/playlists")) == 2


def test_a_chunked_body_arrives_whole(asked):
    assert asked("POST", "/v1/events", {"content-type": "text/plain"}, iter([b"one", b"two"])).body == b"onetwo"


def test_a_listeners_answer_is_never_given_to_another(view, front):
    front.script(
        "/v1/mine", lambda r: (200, {"cache-control": "max-age=60"}, r.headers.get("authorization", "nobody").encode())
    )
    for who in ("Bearer a", "Bearer b", "Bearer a"):
        assert view.get("/v1/mine", authorization=who).body == who.encode()
    assert view.get("/v1/mine").body == b"nobody"
    assert view.get("/v1/mine", authorization="Bearer b").headers["x-cache"] == "Hit from local edge"
    assert (
        view.get("/v1/mine", authorization="Bearer b", x_viewer_country="FR").headers["x-cache"]
        == "Miss from local edge"
    )


def test_no_store_is_obeyed(view, front):
    front.script("/v1/fresh", (200, {"cache-control": "no-store"}, b"x"))
    assert [view.get("/v1/fresh").headers["x-cache"] for _ in range(2)] == ["Miss from local edge"] * 2


def test_several_cookies_are_set_one_by_one(view, front):
    front.script("/v1/login", (200, {"Set-Cookie": "a=1; Path=/", "set-cookie": "b=2"}, b""))
    answer = view("POST", "/v1/login", {}, b"x")
    assert [v for n, v in answer.all_headers if n.lower() == "set-cookie"] == ["a=1; Path=/", "b=2"]


def test_an_answer_without_a_length_streams_in_chunks(view, front):
    front.script("/v1/stream", lambda _: (200, {}, iter([b"one", b"two"])))
    answer = view.get("/v1/stream")
    assert (answer.body, answer.headers["transfer-encoding"]) == (b"onetwo", "chunked")


def test_the_origins_refusals_come_through(view, front):
    front.script("/v1/admin/uploads", (403, {"content-type": "application/problem+json"}, b"{}"))
    answer = view("POST", "/v1/admin/uploads", {}, b"{}")
    assert (answer.status, answer.headers["content-type"], answer.body) == (403, "application/problem+json", b"{}")


def test_options_and_conditions_pass(asked):
    assert asked("OPTIONS", "/v1/me").method == "OPTIONS"
    assert asked("PATCH", "/v1/playlists/1", {"if-match": '"3"'}, b"{}").headers["if-match"] == '"3"'


def test_an_unreachable_origin_is_502_and_a_silent_one_504(view, front):
    def silent(_):
        import time

        time.sleep(1.5)
        return 200, {}, b""

    def broken(_):
        raise ConnectionError

    front.script("/v1/silent", silent)
    front.script("/v1/broken", broken)
    assert view.get("/v1/silent").status == 504
    assert view.get("/v1/broken").status == 502
    assert view.get("/nowhere/x").status == 502


def test_a_write_is_not_sent_twice(view, front):
    def broken(_):
        raise ConnectionError

    front.script("/v1/once", broken)
    assert view("POST", "/v1/once", {}, b"x").status == 502
    assert len(front.asked("/v1/once")) == 1
