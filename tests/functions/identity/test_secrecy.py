"""Nothing that opens anything is ever written to a log."""

import json

from functions.identity.app import app
from legato.api import entry
from legato.billing.table import BillingTable

PASSWORD, NEW = "two owls at night", "three owls at noon"


def test_no_log_line_holds_a_password_a_token_or_a_key(
    call, register, sign_in, refresh, me, signing_keys, capsys, monkeypatch
):
    secrets = {PASSWORD, NEW, signing_keys[0].private_key.splitlines()[5], "o" * 64}
    register()
    for body in ({}, {"cookie": True}, {"password": "wrong owls"}, {"email": "nobody@example.com"}):
        _, tokens, answer = sign_in(**body)
        secrets |= {str(tokens.get(name)) for name in ("access_token", "refresh_token") if tokens.get(name)}
        secrets |= {cookie.partition("=")[2].partition(";")[0] for cookie in answer.get("cookies", [])}
    refreshed = refresh(sign_in()[1]["refresh_token"])[1]
    secrets |= {refreshed["access_token"], refreshed["refresh_token"]}
    call("POST", "/v1/me/password", {"current_password": PASSWORD, "new_password": NEW}, claims=me)
    call("POST", "/v1/auth/token", raw='{"grant_type":"password","password":"' + PASSWORD + '"')

    def broken(*_):
        raise RuntimeError("the billing table is on fire")

    monkeypatch.setattr(BillingTable, "plan_of", broken)
    assert sign_in(password=NEW)[0] == 500
    logged = "".join(capsys.readouterr())
    assert "on fire" in logged, "the test must see the log"
    assert not [secret for secret in secrets if secret in logged]


def test_the_entry_logs_one_line_a_request_without_the_body(platform, capsys):
    body = {"email": "anna@example.com", "password": PASSWORD, "display_name": "Anna"}
    event = {
        "version": "2.0",
        "rawPath": "/v1/auth/register",
        "headers": {
            "content-type": "application/json",
            "x-legato-origin": "o" * 64,
            "authorization": "Bearer secret-token",
        },
        "body": json.dumps(body),
        "requestContext": {
            "stage": "$default",
            "routeKey": "POST /v1/auth/register",
            "http": {"method": "POST", "path": "/v1/auth/register"},
        },
        "isBase64Encoded": False,
    }
    assert entry(app)(event, None)["statusCode"] == 201
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["status"] == 201
    assert not [word for word in (PASSWORD, "secret-token", "o" * 64, "anna@") if word in line]
