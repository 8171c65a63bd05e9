"""The viewer-request function itself, executed by Node in CloudFront's limits."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from local.edge.function_runtime import FunctionRuntime
from local.edge.model import Function
from tools.node import node_path

SOURCE = Path(__file__).parents[3] / "infra/edge/viewer_request.js"
STORE = "arn:aws:cloudfront::000000000000:key-value-store/exceptions"
FUNCTION = Function(name="viewer-request", code=SOURCE.read_text(), store=STORE)
TRACK = "trk_04o2jc0g5k8pdhbp1r7ag6q0e8"
VERSION = f"{TRACK}-0123456789abcdef"


@pytest.fixture(scope="module")
def run():
    """``run(uri, items, method, **headers)``: what the function answers, with *items* in the store (None: an outage)."""
    with asyncio.Runner() as runner:

        async def started():
            return FunctionRuntime(node_path())

        runtime = runner.run(started())

        def ask(uri, items=(), method="GET", **headers):
            runtime.set_store(STORE, None if items is None else dict(items))
            named = {"host": "music.example", "cloudfront-viewer-country": "DE"} | {
                k.replace("_", "-"): v for k, v in headers.items()
            }
            request = {"method": method, "uri": uri, "querystring": {"Signature": {"value": "s"}}, "cookies": {},
                       "headers": {name: {"value": value} for name, value in named.items() if value}}  # fmt: skip
            event = {
                "version": "1.0",
                "context": {"eventType": "viewer-request"},
                "viewer": {"ip": "192.0.2.1"},
                "request": request,
            }
            return runner.run(runtime.run(FUNCTION, event))

        yield ask
        runner.run(runtime.close())


def media(session="ses_1", country="DE", version=VERSION, file="aac160.mp4"):
    return f"/media/{session}.{country}/{version}/{file}"


def test_media_lose_their_session_and_country_and_nothing_else(run):
    answer = run(media(), range="bytes=0-99")
    assert answer["uri"] == f"/media/{VERSION}/aac160.mp4"
    assert answer["querystring"] == {"Signature": {"value": "s"}}
    assert answer["headers"]["range"] == {"value": "bytes=0-99"}


@pytest.mark.parametrize(
    ("items", "status", "slug"),
    [
        ({TRACK: "X"}, 451, "taken-down"),
        ({TRACK: "DE"}, 403, "not-licensed-here"),
        ({TRACK: "FR,DE,US"}, 403, "not-licensed-here"),
        ({"ses_1": "R"}, 403, "session-ended"),
        ({"ses_1": "R", TRACK: "X"}, 403, "session-ended"),
        (None, 503, "try-again"),
    ],
)
def test_an_exception_in_the_store_is_a_problem_with_a_name(run, items, status, slug):
    answer = run(media(), items)
    assert answer["statusCode"] == status
    assert answer["headers"]["content-type"] == {"value": "application/problem+json"}
    assert answer["headers"]["cache-control"] == {"value": "no-store"}
    problem = json.loads(answer["body"]["data"])
    assert problem["type"] == f"/problems/{slug}"
    assert problem.get("territory") == ("DE" if slug == "not-licensed-here" else None)


@pytest.mark.parametrize(
    "items", [{TRACK: "FR"}, {TRACK: "FR,AT"}, {"trk_other": "X"}, {"ses_2": "R"}, {VERSION: "X"}, {TRACK: "-"}]
)
def test_exceptions_for_others_change_nothing(run, items):
    assert run(media(), items)["uri"].startswith("/media/trk_")


def test_the_country_granted_must_be_the_viewers(run):
    assert run(media(country="FR"))["statusCode"] == 403
    assert run(media(), cloudfront_viewer_country="FR")["statusCode"] == 403
    assert run(media(), cloudfront_viewer_country="")["statusCode"] == 403
    assert run(media(country="FR"), cloudfront_viewer_country="FR")["uri"] == f"/media/{VERSION}/aac160.mp4"


@pytest.mark.parametrize(
    "uri",
    [
        "/media/",
        f"/media/{VERSION}/aac160.mp4",
        f"/media/ses_1/{VERSION}/aac160.mp4",
        media(country="de"),
        media(country="DEU"),
        media(file="aac160.mp4/x"),
        media(file="../aac160.mp4"),
        media(file="aac160"),
        media(version="noversion"),
        media(session="ses_1.FR"),
        media(session="ses%2F1"),
    ],
)
def test_an_address_that_is_not_ours_is_not_found(run, uri):
    assert run(uri)["statusCode"] == 404


def test_only_one_range_may_be_asked_for(run):
    assert run(media(), range="bytes=0-1,5-6")["statusCode"] == 416


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_media_are_read_only(run, method):
    answer = run(media(), method=method)
    assert (answer["statusCode"], answer["headers"]["allow"]) == (405, {"value": "GET, HEAD"})


def test_head_is_served_like_get(run):
    assert run(media(), method="HEAD")["uri"] == f"/media/{VERSION}/aac160.mp4"


@pytest.mark.parametrize("uri", ["/v1/playback", "/v1/auth/token", "/.well-known/jwks.json"])
def test_the_api_learns_the_viewers_host_from_us_alone(run, uri):
    answer = run(uri, None, method="POST", x_legato_host="evil.example", x_legato_origin="guess")
    assert answer["uri"] == uri
    assert answer["headers"]["x-legato-host"] == {"value": "music.example"}
    assert "x-legato-origin" not in answer["headers"]


@pytest.mark.parametrize(
    ("uri", "served"),
    [
        ("/", "/index.html"),
        ("/albums/alb_1", "/index.html"),
        ("/v1", "/index.html"),
        ("/assets/app-1a2b.js", "/assets/app-1a2b.js"),
        ("/favicon.ico", "/favicon.ico"),
        ("/art/abc/300.webp", "/art/abc/300.webp"),
        ("/art/none", "/art/none"),
    ],
)
def test_addresses_of_the_web_app_are_its_page(run, uri, served):
    assert run(uri, None)["uri"] == served


def test_it_fits_into_cloudfront():
    assert len(SOURCE.read_bytes()) <= 10 * 1024


@pytest.mark.parametrize(
    "newer", [r"\?\.", r"\?\?", r"\.\.\.", r"\bclass\b", r"\bfor \(const\b.*\bof\b", r"\bconst \{", r"\bconst \[", r"\brequire\(", r"\beval\b",
              r"\bsetTimeout\b", r"\bfetch\b", r"\bPromise\b", r"\.includes\(", r"async \("],
)  # fmt: skip
def test_it_is_written_in_what_the_runtime_documents(newer):
    code = re.sub(r"//.*", "", SOURCE.read_text())
    assert not re.search(newer, code)


def test_every_store_call_is_awaited(run):
    code = re.sub(r"//.*", "", SOURCE.read_text())
    assert (
        len(re.findall(r"exceptions\.(get|exists)\(", code))
        == len(re.findall(r"await exceptions\.(get|exists)\(", code))
        == 2
    )
