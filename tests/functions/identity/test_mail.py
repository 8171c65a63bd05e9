"""Links by mail: a forgotten password, and an address proven. Nobody learns who has an account."""

import json
import re
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sesv2.models import sesv2_backends

from functions.mail import app as postman
from legato.identity.links import LINK_SECONDS, Purpose

NEW = "three owls at noon"
FORGOTTEN, VERIFICATION = "/v1/auth/password/forgotten", "/v1/auth/address/verification"


@pytest.fixture
def deliver(asked):
    """``deliver()`` sends what was asked for and returns the mails: to whom, and the token in the link."""
    sesv2_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].core_backend.sent_messages.clear()

    def delivering(now=None):
        for wish in asked:
            postman.send(wish, now or datetime.now(UTC))
        asked.clear()
        messages = sesv2_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].core_backend.sent_messages
        mails = [(m.destinations["ToAddresses"], m.body) for m in messages]
        messages.clear()
        return [(to[0], body, re.search(r"\?token=(\S+)", body)[1]) for to, body in mails]

    return delivering


@pytest.fixture
def forgotten(call, register, asked, deliver):
    """The token of a link that Anna has had mailed."""
    assert register()[0] == 201
    asked.clear()
    assert call("POST", FORGOTTEN, {"email": "anna@example.com"})[0] == 202
    [(to, body, token)] = deliver()
    assert to == "Anna@example.com" and "https://music.example/#/reset-password?token=" in body
    return token


def reset(call, token, password=NEW):
    return call("POST", "/v1/auth/password/reset", {"token": token, "new_password": password})


def test_a_forgotten_password_is_set_anew_and_every_device_signed_out(call, forgotten, sign_in, refresh):
    tokens = sign_in()[1]
    assert reset(call, forgotten)[0] == 204
    assert sign_in()[0] == 401
    assert sign_in(password=NEW)[0] == 200
    assert refresh(tokens["refresh_token"])[0] == 401


def test_a_link_works_once(call, forgotten):
    assert reset(call, forgotten)[0] == 204
    status, problem, _ = reset(call, forgotten, "four owls at dawn")
    assert (status, problem["type"]) == (410, "/problems/link-expired")


def test_a_password_that_is_refused_does_not_use_the_link_up(call, forgotten):
    assert reset(call, forgotten, "password1")[0] == 422
    assert reset(call, forgotten, "short")[0] == 422
    assert reset(call, forgotten)[0] == 204


def test_a_link_is_good_for_half_an_hour(call, register, asked, deliver):
    register()
    asked.clear()
    for age, status in ((LINK_SECONDS + 1, 410), (LINK_SECONDS - 30, 204)):
        call("POST", FORGOTTEN, {"email": "anna@example.com"})
        [(_, _, token)] = deliver(datetime.now(UTC) - timedelta(seconds=age))
        assert reset(call, token)[0] == status


def test_a_later_link_takes_the_place_of_the_earlier(call, forgotten, deliver):
    call("POST", FORGOTTEN, {"email": "anna@example.com"})
    [(_, _, later)] = deliver()
    assert reset(call, forgotten)[0] == 410
    assert reset(call, later)[0] == 204


def test_a_link_of_one_kind_opens_nothing_of_the_other(call, forgotten):
    assert call("POST", "/v1/auth/address/verify", {"token": forgotten})[0] == 410


@pytest.mark.parametrize("token", ["", "x", "0" * 40, "usr_0.x", "\0", "é.é", "x" * 5000, "0123456789abcdef.AAAA"])
def test_a_link_that_is_none_opens_nothing(call, token):
    assert reset(call, token)[0] == 410


def test_the_database_alone_opens_nothing(call, forgotten):
    rows = json.dumps(boto3.client("dynamodb").scan(TableName="identity")["Items"], default=str)
    secret = forgotten.partition(".")[2]
    assert secret not in rows
    [row] = [r for r in boto3.client("dynamodb").scan(TableName="identity")["Items"] if r["sk"]["S"].startswith("LINK")]
    stolen = f"{forgotten.partition('.')[0]}.{row['fingerprint']['S']}"
    assert reset(call, stolen)[0] == 410


def test_registering_mails_a_link_that_verifies_the_address(call, register, sign_in, deliver):
    register()
    [(to, body, token)] = deliver()
    assert to == "Anna@example.com" and "/#/verify-address?token=" in body
    assert sign_in()[0] == 200, "an address not yet verified may sign in"
    assert call("POST", "/v1/auth/address/verify", {"token": token})[0] == 204
    assert call("POST", "/v1/auth/address/verify", {"token": token})[0] == 410
    call("POST", VERIFICATION, {"email": "anna@example.com"})
    assert deliver() == [], "who is verified gets no mail about it"


@pytest.mark.parametrize("path", [FORGOTTEN, VERIFICATION])
def test_an_address_that_nobody_has_is_answered_alike_and_gets_no_mail(call, register, deliver, path):
    register()
    deliver()
    known, unknown = (call("POST", path, {"email": f"{name}@example.com"}) for name in ("anna", "nobody"))
    assert known == unknown
    assert known[:2] == (202, {"expires_in": 1800})
    assert [to for to, _, _ in deliver()] == ["Anna@example.com"]


def test_without_a_sender_the_answer_is_the_same_and_nothing_is_sent(call, register, sign_in, deliver, monkeypatch):
    monkeypatch.setenv("MAIL_FROM", "")
    postman.settings.cache_clear()
    try:
        assert register()[0] == 201
        assert sign_in()[0] == 200
        assert call("POST", FORGOTTEN, {"email": "anna@example.com"})[:2] == (202, {"expires_in": 1800})
        assert deliver() == []
    finally:
        postman.settings.cache_clear()


def test_nobody_floods_a_mailbox(call, asked):
    statuses = [call("POST", FORGOTTEN, {"email": "anna@example.com"}, at=f"198.51.{n}.1")[0] for n in range(10)]
    assert statuses == [202] * 4 + [429] * 6
    assert len(asked) == 4


def test_nobody_mails_the_whole_town(call, asked):
    statuses = [call("POST", FORGOTTEN, {"email": f"a{n}@example.com"})[0] for n in range(20)]
    assert statuses == [202] * 11 + [429] * 9


def test_an_address_that_ses_refuses_breaks_nothing(call, register, asked, monkeypatch, capsys):
    register()
    monkeypatch.setenv("MAIL_FROM", "nobody@unverified.example")
    postman.settings.cache_clear()
    try:
        assert postman.send(asked[0], datetime.now(UTC)) is False
    finally:
        postman.settings.cache_clear()
    logged = "".join(capsys.readouterr())
    assert "mail refused" in logged
    assert asked[0].purpose is Purpose.VERIFY_ADDRESS and "nna@" not in logged
