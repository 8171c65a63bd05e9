"""One's own account: seen, changed, taken along, and gone when its owner says so."""

import json

import boto3
import jwt
import pytest

from functions.account import app as account
from legato import dynamo
from legato.billing.model import Plan

PASSWORD, NEW = "two owls at night", "three owls at noon"


def claims_of(tokens):
    return jwt.decode(tokens["access_token"], options={"verify_signature": False})


def everything(*tables):
    return json.dumps([boto3.client("dynamodb").scan(TableName=name)["Items"] for name in tables], default=str)


def test_a_listener_sees_and_changes_himself(call, me, platform):
    platform.plans.put_plan(me["sub"], Plan.HIFI)
    status, profile, _ = call("GET", "/v1/me", claims=me)
    assert status == 200
    assert profile.pop("created_at").endswith("Z")
    assert profile == {
        "id": me["sub"],
        "email": "Anna@example.com",
        "email_verified": False,
        "display_name": "Anna",
        "roles": ["listener"],
        "plan": "hifi",
    }
    status, profile, _ = call("PATCH", "/v1/me", {"display_name": "  Änne  "}, claims=me)
    assert (status, profile["display_name"]) == (200, "Änne")
    assert call("GET", "/v1/me", claims=me)[1]["display_name"] == "Änne"
    assert call("PATCH", "/v1/me", {}, claims=me)[1]["display_name"] == "Änne"


@pytest.mark.parametrize(
    "change", [{"roles": ["admin"]}, {"plan": "hifi"}, {"email": "x@example.com"}, {"display_name": "\0"}]
)
def test_nobody_promotes_himself(call, me, change):
    assert call("PATCH", "/v1/me", change, claims=me)[0] == 422
    profile = call("GET", "/v1/me", claims=me)[1]
    assert (profile["roles"], profile["plan"], profile["display_name"]) == (["listener"], "free", "Anna")


def test_a_deleted_account_leaves_nothing_behind(call, register, sign_in, refresh, me, platform):
    tokens = refresh(sign_in()[1]["refresh_token"])[1]
    for n in range(7):
        sign_in(password="wrong wrong", at=f"203.0.113.{n}")
    dynamo.put("library", {"pk": me["sub"], "sk": "PLAYLIST#pls_1"})
    for sk in ("PLAYLIST", "ITEM#1#a"):
        dynamo.put("library", {"pk": "pls_1", "sk": sk, "owner": me["sub"], "title": "Anna's"})
    for name in ("library", "billing", "playback"):
        for n in range(30):
            dynamo.put(name, {"pk": me["sub"], "sk": f"ROW#{n}", "note": "Anna's"})
    dynamo.put("library", {"pk": "usr_bob", "sk": "ROW", "note": "Bob's"})
    assert call("DELETE", "/v1/me", claims=me)[0] == 204
    left = everything("identity", "library", "billing", "playback")
    assert not [trace for trace in (me["sub"], me["sub"].removeprefix("usr_"), "nna@example", "Anna") if trace in left]
    assert "Bob's" in left
    assert call("GET", "/v1/me", claims=me)[0] == 404
    assert refresh(tokens["refresh_token"])[0] == 401
    assert sign_in(at="192.0.2.1")[0] == 401
    assert call("DELETE", "/v1/me", claims=me)[0] == 204
    assert register()[0] == 201


def test_an_export_holds_what_is_kept_and_no_secret(call, me, platform):
    platform.plans.put_plan(me["sub"], Plan.PREMIUM)
    dynamo.put(
        "library",
        {"pk": me["sub"], "sk": "FAVORITE#trk_1", "tags": frozenset({"b", "a"}), "blob": b"\1", "more": [{"n": 1}]},
    )
    dynamo.put("library", {"pk": me["sub"], "sk": "PLAYLIST#pls_1"})
    dynamo.put("library", {"pk": "pls_1", "sk": "PLAYLIST", "title": "Mine"})
    dynamo.put("playback", {"pk": me["sub"], "sk": "RESUME#trk_1", "position_ms": 1})
    status, mine, _ = call("GET", "/v1/me/export", claims=me)
    assert status == 200
    assert mine["profile"]["email"] == "Anna@example.com"
    assert [device["name"] for device in mine["devices"]] == ["pytest"]
    assert mine["subscription"] == [{"sk": "SUBSCRIPTION", "plan": "premium"}]
    assert mine["library"] == [
        {"sk": "FAVORITE#trk_1", "tags": ["a", "b"], "blob": "01", "more": [{"n": 1}]},
        {"sk": "PLAYLIST#pls_1"},
    ]
    assert mine["playlists"] == {"pls_1": [{"sk": "PLAYLIST", "title": "Mine"}]}
    assert mine["playback"] == [{"sk": "RESUME#trk_1", "position_ms": 1}]
    assert "argon2" not in json.dumps(mine)


def test_the_list_of_devices_says_which_is_this_one(call, me, sign_in):
    other = claims_of(sign_in(device_name="Kitchen radio", client_id="radio")[1])
    items = call("GET", "/v1/me/devices", claims=me)[1]["items"]
    assert {(d["name"], d["client_id"], d["current"]) for d in items} == {
        ("pytest", "legato", True),
        ("Kitchen radio", "radio", False),
    }
    assert call("DELETE", f"/v1/me/devices/{other['sid']}", claims=me)[0] == 204
    assert [d["id"] for d in call("GET", "/v1/me/devices", claims=me)[1]["items"]] == [me["sid"]]
    status, problem, _ = call("DELETE", f"/v1/me/devices/{other['sid']}", claims=me)
    assert (status, problem["type"]) == (404, "/problems/device-not-found")


def test_nobody_signs_out_the_device_of_another(call, me, register, sign_in):
    assert register(email="bob@example.com")[0] == 201
    bobs = claims_of(sign_in(email="bob@example.com")[1])
    assert call("DELETE", f"/v1/me/devices/{bobs['sid']}", claims=me)[0] == 404
    assert len(call("GET", "/v1/me/devices", claims=bobs)[1]["items"]) == 1


def test_signing_out_everywhere_leaves_no_device(call, me, sign_in, refresh):
    tokens = [sign_in()[1] for _ in range(3)]
    assert call("DELETE", "/v1/me/devices", claims=me)[0] == 204
    assert [refresh(each["refresh_token"])[0] for each in tokens] == [401] * 3
    assert call("GET", "/v1/me/devices", claims=me)[1] == {"items": [], "cursor": None}


def test_a_new_password_needs_the_old_one_and_signs_the_others_out(call, me, sign_in, refresh):
    here, elsewhere = sign_in()[1], sign_in()[1]
    mine = claims_of(here)
    change = {"current_password": "wrong wrong", "new_password": NEW}
    assert call("POST", "/v1/me/password", change, claims=mine)[0] == 401
    assert (
        call(
            "POST", "/v1/me/password", change | {"current_password": PASSWORD, "new_password": "password1"}, claims=mine
        )[0]
        == 422
    )
    assert call("POST", "/v1/me/password", change | {"current_password": PASSWORD}, claims=mine)[0] == 204
    assert sign_in()[0] == 401
    assert sign_in(password=NEW)[0] == 200
    assert refresh(here["refresh_token"])[0] == 200
    assert refresh(elsewhere["refresh_token"])[0] == 401


def test_a_stolen_access_token_does_not_guess_the_password(call, me):
    change = {"current_password": "wrong wrong", "new_password": NEW}
    assert [call("POST", "/v1/me/password", change, claims=me)[0] for _ in range(8)] == [401] * 6 + [429] * 2


def test_a_listener_of_another_issuer_becomes_known_by_coming(call, platform, monkeypatch):
    claims = {"sub": "auth0|1", "email": "kim@example.com", "email_verified": "true", "https://x.example/name": "Kim"}
    assert call("GET", "/v1/me", claims=claims)[0] == 404, "with our own issuer nobody comes from nowhere"
    monkeypatch.setenv("FOREIGN_ISSUER", "True")
    account.settings.cache_clear()
    try:
        status, profile, _ = call("GET", "/v1/me", claims=claims)
        assert (status, profile["email"], profile["display_name"]) == (200, "kim@example.com", "Kim")
        assert profile["email_verified"] and profile["id"].startswith("usr_")
        assert call("PATCH", "/v1/me", {"display_name": "Kimberley"}, claims=claims)[1]["display_name"] == "Kimberley"
        assert call("GET", "/v1/me", claims=claims)[1]["display_name"] == "Kimberley"
        change = {"current_password": "", "new_password": NEW}
        assert call("POST", "/v1/me/password", change, claims=claims)[0] == 401
        assert call("DELETE", "/v1/me", claims=claims)[0] == 204
        assert "kim" not in everything("identity").lower()
    finally:
        account.settings.cache_clear()
