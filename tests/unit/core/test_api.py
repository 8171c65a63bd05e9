import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aws_lambda_powertools.event_handler import Response
from botocore.exceptions import ClientError, EndpointConnectionError

from legato import errors
from legato.api import STATUS, body, entry, new_api, timestamp
from legato.errors import Refusal, Throttled


@dataclass(frozen=True)
class Song:
    title: str


class TooManySongs(Throttled): ...


@pytest.fixture
def api():
    api = new_api()

    @api.post("/songs")
    def create(song: Song) -> Song:
        return song

    @api.post("/plain")
    def plain() -> Song:
        return Song(title=str(body(api)["title"]))

    @api.post("/boom")
    def boom() -> Song:
        raise RuntimeError("the password is hunter2")

    @api.post("/slow")
    def slow() -> Song:
        raise TooManySongs("later", retry_after=7)

    @api.post("/throttled")
    def throttled() -> Song:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")

    @api.post("/contested")
    def contested() -> Song:
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
        error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(error, "TransactWriteItems")

    @api.post("/unmet")
    def unmet() -> Song:
        reasons = [{"Code": "ConditionalCheckFailed"}, {"Code": "TransactionConflict"}]
        error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(error, "TransactWriteItems")

    @api.post("/denied")
    def denied() -> Song:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetItem")

    @api.post("/gone")
    def gone() -> Song:
        raise EndpointConnectionError(endpoint_url="x")

    return api


def post(api, path, content, media="application/json"):
    http = {"method": "POST", "path": path}
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": media},
        "body": content,
        "requestContext": {"stage": "$default", "http": http},
        "isBase64Encoded": False,
    }
    answer = entry(api)(event, None)
    return answer["statusCode"], answer["headers"], json.loads(answer["body"])


@pytest.mark.parametrize(
    ("path", "content", "media", "status", "slug"),
    [
        ("/songs", "{}", "application/json", 422, "malformed-request"),
        ("/songs", "{", "application/json", 422, "malformed-request"),
        ("/songs", "x", "text/plain", 415, "unsupported-media-type"),
        ("/plain", "[]", "application/json", 422, "malformed-request"),
        ("/plain", "{", "application/json", 422, "malformed-request"),
        ("/plain", None, "application/json", 422, "malformed-request"),
        ("/boom", None, "application/json", 500, "internal-error"),
        ("/slow", None, "application/json", 429, "too-many-songs"),
        ("/throttled", None, "application/json", 503, "try-again"),
        ("/contested", None, "application/json", 503, "try-again"),
        ("/unmet", None, "application/json", 500, "internal-error"),
        ("/denied", None, "application/json", 500, "internal-error"),
        ("/gone", None, "application/json", 503, "try-again"),
        ("/nowhere", None, "application/json", 404, "no-such-route"),
        ("/songs", "x" * 400_000, "application/json", 413, "body-too-large"),
    ],
)
def test_every_failure_is_a_problem_that_gives_nothing_away(api, path, content, media, status, slug):
    got, headers, problem = post(api, path, content, media)
    assert (got, headers["Content-Type"], problem["type"]) == (status, "application/problem+json", f"/problems/{slug}")
    assert headers["Cache-Control"] == "no-store"
    assert "hunter2" not in str(problem)


def test_a_throttled_client_is_told_when_to_come_back(api):
    assert post(api, "/slow", None)[1]["Retry-After"] == "7"


def test_a_dataclass_goes_in_and_comes_out(api):
    assert post(api, "/songs", '{"title":"So What"}')[2] == {"title": "So What"}


def test_an_answer_is_not_stored_unless_it_says_so(api):
    assert post(api, "/songs", '{"title":"So What"}')[1]["Cache-Control"] == "no-store"


@pytest.mark.parametrize("route", [lambda: None, lambda: Response(204)])
def test_an_answer_without_content_has_none(api, route):
    api.delete("/songs", status_code=204)(route)
    event = {
        "rawPath": "/songs",
        "headers": {},
        "requestContext": {"stage": "$default", "http": {"method": "DELETE", "path": "/songs"}},
    }
    answer = entry(api)(event, None)
    assert (answer["statusCode"], answer["body"], answer["headers"]) == (204, "", {"Cache-Control": "no-store"})


@pytest.mark.parametrize(
    "text",
    ['{"title":' + "9" * 5000 + "}", "[" * 100_000, '{"title":"\\ud800"}', '{"title":NaN}'],
    ids=["digits", "brackets", "half a pair", "not a number"],
)
@pytest.mark.parametrize("path", ["/songs", "/plain"])
def test_what_chokes_pythons_parser_is_a_malformed_request(api, path, text):
    status, _, problem = post(api, path, text)
    assert (status, problem["type"]) == (422, "/problems/malformed-request")


def test_every_branch_of_the_refusals_has_its_status():
    branches = {c for c in vars(errors).values() if isinstance(c, type) and Refusal in c.__bases__}
    assert branches == set(STATUS)


def test_times_are_rfc_3339_in_utc_to_the_millisecond():
    assert timestamp(datetime(2030, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)) == "2030-01-02T03:04:05.678Z"
