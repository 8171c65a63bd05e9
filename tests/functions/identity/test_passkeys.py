"""Passkeys: whoever holds one gets in without an address, and nobody else by anything that looks like one."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legato import dynamo
from legato.identity import passkeys as rows
from legato.identity.links import LinkTable, Purpose
from legato.identity.model import MOST_PASSKEYS
from tests.authenticator import ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED, Authenticator, text

PASSWORD = "two owls at night"


@pytest.fixture
def options(call, me):
    """``options()``: for a new passkey of Anna's."""

    def starting(claims=me, **changes):
        status, answer, _ = call("POST", "/v1/me/passkeys/challenge", {"password": PASSWORD} | changes, claims=claims)
        assert status == 200, answer
        return answer["public_key"]

    return starting


@pytest.fixture
def add(call, me, options):
    """``add(authenticator)``: the answer to Anna's adding it."""

    def adding(authenticator, name="Phone", claims=me, **lies):
        credential = authenticator.create(options(claims), **lies)
        return call("POST", "/v1/me/passkeys", {"name": name, "credential": credential}, claims=claims)

    return adding


@pytest.fixture
def question(call):
    return lambda **more: call("POST", "/v1/auth/passkeys/challenge", {}, **more)[1]["public_key"]


@pytest.fixture
def enter(call, question):
    """``enter(authenticator)``: the answer to its signing in."""

    def entering(authenticator, at="203.0.113.9", asked=None, **lies):
        credential = authenticator.get(asked or question(), **lies)
        return call("POST", "/v1/auth/token", {"grant_type": "passkey", "credential": credential}, at=at)

    return entering


@pytest.fixture
def phone(add):
    """One that Anna has added."""
    phone = Authenticator()
    assert add(phone)[0] == 201
    return phone


def listed(call, claims):
    return call("GET", "/v1/me/passkeys", claims=claims)[1]["items"]


def age(seconds):
    """Let every challenge have been asked for that much earlier."""
    for row in map(dynamo.decode, boto3.client("dynamodb").scan(TableName="identity")["Items"]):
        if "CHALLENGE#" in row["pk"] + row["sk"]:
            dynamo.put("identity", row | {"expires_at": row["expires_at"] - seconds})


def test_a_passkey_signs_in_without_an_address(call, me, phone, enter, question):
    asked = question()
    assert (asked["rpId"], asked["userVerification"], asked.get("allowCredentials", [])) == (
        "music.example",
        "required",
        [],
    )
    status, tokens, _ = enter(phone, asked=asked)
    assert status == 200
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["scope"]) == (me["sub"], "listener")
    assert claims["sid"] != me["sid"], "a device of its own"
    assert (
        call("POST", "/v1/auth/token", {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})[0]
        == 200
    )
    [seen] = listed(call, me)
    assert seen["used_at"] and (seen["name"], seen["host"], seen["synced"]) == ("Phone", "music.example", False)


def test_a_browser_gets_its_cookie_by_a_passkey_too(call, phone, question):
    body = {"grant_type": "passkey", "credential": phone.get(question()), "cookie": True}
    status, tokens, answer = call("POST", "/v1/auth/token", body)
    assert (status, tokens["refresh_token"]) == (200, None)
    assert "HttpOnly" in answer["cookies"][0]


def test_the_options_ask_for_a_passkey_that_knows_its_user(options, me):
    asked = options()
    wanted = asked["authenticatorSelection"]
    assert (wanted["residentKey"], wanted["requireResidentKey"], wanted["userVerification"]) == (
        "required",
        True,
        "required",
    )
    assert asked["attestation"] == "none"
    assert (asked["rp"]["id"], asked["user"]["id"]) == ("music.example", text(me["sub"].encode()))
    assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-8, -7, -257]


def test_several_have_names_and_are_revoked_one_by_one(call, me, phone, add, enter, options):
    watch = Authenticator(counts=False)
    status, made, _ = add(watch, name="  Watch ", flags=PRESENT | VERIFIED | ATTESTED | BACKUP_ELIGIBLE | BACKED_UP)
    assert (status, made["name"], made["synced"], made["used_at"]) == (201, "Watch", True, None)
    assert {each["id"] for each in options()["excludeCredentials"]} == {
        text(phone.credential_id),
        text(watch.credential_id),
    }
    assert [each["name"] for each in listed(call, me)] == ["Phone", "Watch"]
    path = f"/v1/me/passkeys/{made['id']}"
    assert call("PATCH", path, {"name": "Grandma's watch"}, claims=me)[1]["name"] == "Grandma's watch"
    for _ in range(3):
        assert enter(watch, flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)[0] == 200, "one that never counts"
    assert call("DELETE", path, claims=me)[0] == 204
    assert enter(watch)[1]["type"] == "/problems/passkey-refused"
    assert enter(phone)[0] == 200
    for method, body in (("DELETE", None), ("PATCH", {"name": "x"})):
        assert call(method, path, body, claims=me)[1]["type"] == "/problems/passkey-not-found"


def test_nobody_touches_the_passkey_of_another(call, me, phone, register, sign_in):
    register(email="bob@example.com")
    bob = jwt.decode(sign_in(email="bob@example.com")[1]["access_token"], options={"verify_signature": False})
    [annas] = listed(call, me)
    for method, body in (("DELETE", None), ("PATCH", {"name": "Bob's"})):
        assert call(method, f"/v1/me/passkeys/{annas['id']}", body, claims=bob)[0] == 404
    assert listed(call, bob) == []
    assert listed(call, me) == [annas]


def test_the_same_passkey_is_added_once_and_twenty_at_most(add, phone):
    assert add(phone)[1]["type"] == "/problems/passkey-known"
    assert [add(Authenticator())[0] for _ in range(MOST_PASSKEYS - 1)] == [201] * (MOST_PASSKEYS - 1)
    status, problem, _ = add(Authenticator())
    assert (status, problem["type"], problem["most"]) == (409, "/problems/too-many-passkeys", MOST_PASSKEYS)


# --- challenges


def test_a_challenge_is_answered_once(call, phone, question):
    body = {"grant_type": "passkey", "credential": phone.get(question())}
    assert call("POST", "/v1/auth/token", body)[0] == 200
    status, problem, _ = call("POST", "/v1/auth/token", body)
    assert (status, problem["type"]) == (401, "/problems/passkey-refused")


def test_a_challenge_is_used_up_by_a_wrong_answer_too(phone, enter, question):
    asked = question()
    assert enter(phone, asked=asked, origin="https://evil.example")[0] == 401
    assert enter(phone, asked=asked)[0] == 401


def test_a_challenge_that_waited_five_minutes_is_no_more(call, me, phone, enter, question, options):
    asked, wanted, laptop = question(), options(), Authenticator()
    age(rows.CHALLENGE_SECONDS)
    assert enter(phone, asked=asked)[0] == 401
    body = {"name": "Late", "credential": laptop.create(wanted)}
    assert call("POST", "/v1/me/passkeys", body, claims=me)[1]["type"] == "/problems/passkey-not-accepted"


def test_a_challenge_serves_the_purpose_and_the_listener_it_was_made_for(
    call, me, phone, enter, options, question, register, sign_in
):
    register(email="bob@example.com")
    bob = jwt.decode(sign_in(email="bob@example.com")[1]["access_token"], options={"verify_signature": False})
    assert enter(phone, asked=options())[0] == 401, "one for adding does not sign in"
    forged = options() | {"challenge": question()["challenge"]}
    for credential, claims in ((Authenticator().create(forged), me), (Authenticator().create(options()), bob)):
        body = {"name": "x", "credential": credential}
        assert call("POST", "/v1/me/passkeys", body, claims=claims)[0] == 422
    assert enter(phone, challenge=text(b"one of my own, 32 bytes long too"))[0] == 401


# --- forgeries

LIES = {
    "of another site": {"origin": "https://evil.example"},
    "of another port": {"origin": "https://music.example:444"},
    "without TLS": {"origin": "http://music.example"},
    "for another host": {"host": "evil.example"},
    "from a frame of another site": {"cross_origin": True},
    "without its user's presence": {"flags": VERIFIED},
    "without its user's finger": {"flags": PRESENT},
    "made for adding": {"kind": "webauthn.create"},
    "by another key": {"key": Authenticator().key},
    "counted as often as before": {"count": 1},
    "counted less often": {"count": 0},
    "of a passkey nobody has": {"credential_id": b"nobody's"},
    "for a listener nobody is": {"user_handle": b"usr_0000000000000000"},
    "for no listener": {"user_handle": b""},
    "for a row of another kind": {"user_handle": b"ADDRESS#anna@example.com"},
    "for bytes": {"user_handle": b"\xff\xfe"},
    "with flags that contradict each other": {"flags": PRESENT | VERIFIED | BACKED_UP},
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_is_refused(phone, enter, lie):
    assert enter(phone)[0] == 200
    status, problem, _ = enter(phone, **LIES[lie])
    assert (status, problem) == (
        401,
        {"type": "/problems/passkey-refused", "title": "Passkey refused", "status": 401},
    ), "and none is told why"
    phone.sign_count += 1
    assert enter(phone)[0] == 200, "its owner still gets in"


def test_a_passkey_of_bobs_does_not_open_annas_account(call, me, phone, enter, add, register, sign_in):
    register(email="bob@example.com")
    bob = jwt.decode(sign_in(email="bob@example.com")[1]["access_token"], options={"verify_signature": False})
    bobs = Authenticator(credential_id=phone.credential_id)
    assert add(bobs, claims=bob)[0] == 201, "whoever knows an id may use it for himself"
    assert enter(bobs, user_handle=phone.user_handle)[0] == 401
    for each, owner in ((bobs, bob), (phone, me)):
        tokens = enter(each)[1]
        assert jwt.decode(tokens["access_token"], options={"verify_signature": False})["sub"] == owner["sub"]


REFUSED_AT_REGISTRATION = {
    "of another site": {"origin": "https://evil.example"},
    "for another host": {"host": "evil.example"},
    "from a frame of another site": {"cross_origin": True},
    "without its user's finger": {"flags": PRESENT | ATTESTED},
    "made for signing in": {"kind": "webauthn.get"},
    "with a certificate nobody asked for": {"fmt": "android-safetynet"},
    "with a statement where there is none": {"statement": {"sig": b"x"}},
    "with an id as long as a book": {"credential_id": b"x" * 1024},
}


@pytest.mark.parametrize("lie", REFUSED_AT_REGISTRATION)
def test_a_new_passkey_is_not_accepted(call, me, add, lie):
    status, problem, _ = add(Authenticator(), **REFUSED_AT_REGISTRATION[lie])
    assert (status, problem["type"]) == (422, "/problems/passkey-not-accepted")
    assert listed(call, me) == []


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_stands_in_a_credential_is_refused_and_never_breaks(call, me, options, question, data):
    """Honest answers with one member exchanged for other bytes, or for no base64 at all."""
    junk = st.one_of(st.binary(max_size=300).map(text), st.text(max_size=50), st.just("x" * 100_000))
    made, shown = Authenticator(), Authenticator(user_handle=me["sub"].encode())
    for credential, ask in (
        (made.create(options()), lambda c: call("POST", "/v1/me/passkeys", {"name": "x", "credential": c}, claims=me)),
        (shown.get(question()), lambda c: call("POST", "/v1/auth/token", {"grant_type": "passkey", "credential": c})),
    ):
        member = data.draw(st.sampled_from(["rawId", *credential["response"]]))
        within = credential if member == "rawId" else credential["response"]
        within[member] = data.draw(junk)
        status, problem, _ = ask(credential)
        assert status in {401, 422, 429}, problem


@pytest.mark.parametrize(
    "credential", [None, {}, [], "x", {"id": "x"}, {"id": 1, "rawId": 1, "type": "public-key", "response": {}}]
)
def test_what_is_no_credential_is_refused_by_its_shape(call, me, credential):
    assert call("POST", "/v1/auth/token", {"grant_type": "passkey", "credential": credential})[0] == 422
    assert call("POST", "/v1/me/passkeys", {"name": "x", "credential": credential}, claims=me)[0] == 422


# --- guessers, and what becomes of passkeys


def test_a_client_that_fails_thirty_times_waits_and_locks_nobody_out(phone, enter, sign_in):
    refused = [enter(phone, key=Authenticator().key)[0] for _ in range(33)]
    assert refused == [401] * 31 + [429] * 2
    assert enter(phone, at="203.0.113.10")[0] == 200, "the owner elsewhere"
    assert sign_in(at="203.0.113.10")[0] == 200, "and with the password"


def test_success_gives_back_what_an_attempt_was_charged(phone, enter):
    assert [enter(phone)[0] for _ in range(35)] == [200] * 35


def test_a_passkey_makes_its_network_the_owners(phone, enter, sign_in):
    """Under attack from everywhere the owner comes in by passkey from a new place, and then by password, too."""
    for n in range(7):
        sign_in(password="wrong wrong", at=f"203.0.{n}.5")
    assert sign_in(at="192.0.2.1")[0] == 429
    assert enter(phone, at="192.0.2.1")[0] == 200
    assert sign_in(at="192.0.2.1")[0] == 200


def test_who_finds_an_open_browser_adds_no_passkey(call, me):
    path = "/v1/me/passkeys/challenge"
    assert [call("POST", path, {"password": "wrong wrong"}, claims=me)[0] for _ in range(8)] == [401] * 6 + [429] * 2


def test_who_comes_around_the_edge_names_no_host(call, me, phone):
    around = {"headers": {"x-legato-origin": None, "x-legato-host": "evil.example"}}
    body = {"name": "x", "credential": phone.create({"user": {"id": text(b"x")}, "challenge": text(b"x")})}
    for path, content in (("/v1/me/passkeys/challenge", {"password": PASSWORD}), ("/v1/me/passkeys", body)):
        assert call("POST", path, content, claims=me, **around)[1]["type"] == "/problems/not-through-the-edge"
    assert call("POST", "/v1/auth/passkeys/challenge", {}, **around)[0] == 403
    assert call("POST", "/v1/auth/passkeys/challenge", {}, headers={"x-legato-host": ""})[0] == 403


def test_a_password_set_anew_by_mail_revokes_every_passkey(call, me, phone, enter):
    token = LinkTable("identity").issue(me["sub"], Purpose.RESET_PASSWORD, datetime.now(UTC))
    change = {"token": token, "new_password": "three owls at noon"}
    assert call("POST", "/v1/auth/password/reset", change)[0] == 204
    assert enter(phone)[0] == 401
    assert listed(call, me) == []


@pytest.mark.parametrize(("wish", "left"), [({}, 1), ({"revoke_passkeys": True}, 0)])
def test_a_changed_password_revokes_passkeys_where_the_listener_says_so(call, me, phone, wish, left):
    change = {"current_password": PASSWORD, "new_password": "three owls at noon"} | wish
    assert call("POST", "/v1/me/password", change, claims=me)[0] == 204
    assert len(listed(call, me)) == left


def test_passkeys_are_exported_and_erased_with_their_owner(call, me, phone, enter, options):
    options()
    [mine] = call("GET", "/v1/me/export", claims=me)[1]["passkeys"]
    assert (mine["name"], mine["host"]) == ("Phone", "music.example")
    assert call("DELETE", "/v1/me", claims=me)[0] == 204
    left = json.dumps(boto3.client("dynamodb").scan(TableName="identity")["Items"], default=str)
    assert "PASSKEY#" not in left and me["sub"] not in left
    assert enter(phone)[0] == 401


def test_a_passkey_revoked_while_it_signs_in_is_not_brought_back(phone, enter, me, platform):
    """The counter is written only where the passkey still stands."""
    table = rows.PasskeyTable("identity")
    [seen] = table.of(me["sub"])
    table.revoke(me["sub"], seen.id)
    assert not table.used(seen, seen.sign_count + 1, datetime.now(UTC) + timedelta(seconds=1))
    assert table.of(me["sub"]) == []
