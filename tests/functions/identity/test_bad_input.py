"""Whatever is sent: a problem that says why, never a 5xx, and nothing stored."""

import json

import boto3
import pytest

ROUTES = {
    "/v1/auth/register": {"email": "bob@example.com", "password": "two owls at night", "display_name": "Bob"},
    "/v1/auth/token": {"grant_type": "password", "email": "bob@example.com", "password": "two owls at night"},
    "/v1/auth/revoke": {"refresh_token": "x"},
    "/v1/auth/password/forgotten": {"email": "bob@example.com"},
    "/v1/auth/password/reset": {"token": "x", "new_password": "two owls at night"},
    "/v1/auth/address/verification": {"email": "bob@example.com"},
    "/v1/auth/address/verify": {"token": "x"},
}
WRONG = [
    None,
    1,
    1.5,
    True,
    [],
    ["a"],
    {},
    {"a": 1},
    "",
    "\0",
    "a\0b@example.com",
    "\x1b[2J",
    "x" * 200_000,
    "\u202e",
    "é" * 300,
]
RAW = [
    "",
    "{",
    "null",
    "[]",
    '"text"',
    "1",
    "NaN",
    "{}",
    '{"email":' + "9" * 5000 + "}",
    "[" * 100_000,
    '{"a":' * 20_000 + "1" + "}" * 20_000,
    '{"email":"\\ud800@example.com","password":"two owls at night","display_name":"Bob"}',
    '{"email":"bob@example.com","password":"two owls \\udfff","display_name":"Bob"}',
    '{"email":"bob@example.com","password":"two owls \\ufffd\\ufffd","display_name":"Bob"}',  # a gateway's word for no UTF-8
    '{"__proto__":{"admin":true},"email":"bob@example.com","password":"two owls at night","display_name":"Bob"}',
    '{"email":"bob@example.com","password":"two owls at night","display_name":"Bob","roles":["admin"]}',
]


def stored():
    return [row["pk"]["S"] for row in boto3.client("dynamodb").scan(TableName="identity")["Items"]]


@pytest.mark.parametrize(("path", "field"), [(path, field) for path, body in ROUTES.items() for field in body])
def test_a_field_of_a_wrong_kind_is_refused(call, path, field):
    for value in WRONG:
        status, problem, _ = call("POST", path, ROUTES[path] | {field: value})
        assert status in {401, 410, 422} or (path.endswith("revoke") and status == 204), (field, value)
        if status == 422:
            assert problem["type"] in {"/problems/malformed-request", "/problems/password-too-common"}
            assert "two owls" not in json.dumps(problem)
    assert not [row for row in stored() if not row.startswith("THROTTLE#")]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("raw", RAW, ids=lambda raw: raw[:20])
def test_a_body_that_is_no_request_is_refused(call, path, raw):
    status, problem, _ = call("POST", path, raw=raw)
    if (path, raw) == ("/v1/auth/revoke", "{}"):
        assert status == 204  # signed out as one can be
        return
    assert status in {401, 422}
    assert problem["status"] == status
    assert not stored()


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
@pytest.mark.parametrize("path", ROUTES)
def test_only_json_is_read_because_any_page_can_post_a_form(call, path, media):
    raw = "grant_type=password&email=bob%40example.com&password=two+owls+at+night&cookie=true&display_name=Bob"
    status, _, _ = call("POST", path, raw=raw, headers={"content-type": media})
    assert status in {415, 422}
    assert not stored()


def test_every_field_that_is_not_known_is_refused_by_name(call):
    status, problem, _ = call("POST", "/v1/auth/register", ROUTES["/v1/auth/register"] | {"is_admin": True})
    assert (status, problem["errors"][0]["at"]) == (422, "body.is_admin")


def test_a_grant_needs_its_fields(call):
    for body in (
        {"grant_type": "password"},
        {"grant_type": "password", "email": "a@example.com"},
        {"grant_type": "implicit"},
    ):
        assert call("POST", "/v1/auth/token", body)[0] == 422
    assert call("POST", "/v1/auth/token", {"grant_type": "refresh_token"})[0] == 401


@pytest.mark.parametrize("agent", ["", "x" * 5000, "\x00\x1b", "日本語"])
def test_a_device_is_named_by_whatever_its_browser_says(call, register, agent):
    register()
    body = {"grant_type": "password", "email": "anna@example.com", "password": "two owls at night"}
    assert call("POST", "/v1/auth/token", body, headers={"user-agent": agent})[0] == 200
