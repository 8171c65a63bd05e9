"""Rotation by the clock: in time for every cache on the way, and harmless if it runs again."""

from datetime import UTC, datetime, timedelta

import boto3
import jwt
import pytest

from functions.key_rotation import app
from legato import secrets
from legato.billing.model import Plan
from legato.identity import keys
from legato.identity.model import ACCESS_SECONDS, Account, Role
from legato.identity.tokens import Issuer

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
GATEWAY_CACHE = timedelta(hours=2)
SECRET_CACHE = timedelta(seconds=secrets.FRESH_SECONDS)
EDGE_CACHE = timedelta(minutes=5)


@pytest.fixture
def vault(aws, monkeypatch):
    monkeypatch.setenv("SIGNING_KEYS_SECRET", "signing")
    app.settings.cache_clear()
    client = boto3.client("secretsmanager")
    first = keys.generate(int((NOON - timedelta(days=30)).timestamp()))
    client.create_secret(Name="signing", SecretString=keys.dump([first]))
    yield client
    app.settings.cache_clear()


def live(vault):
    return keys.parse(vault.get_secret_value(SecretId="signing")["SecretString"])


def test_a_rotation_adds_a_key_that_waits(vault):
    [first] = live(vault)
    assert app.rotate(NOON)[0] == first.kid
    assert [key.kid for key in live(vault)] == list(app.rotate(NOON))
    assert len(live(vault)) == 2
    assert keys.signer(live(vault), NOON) == first


def test_a_run_that_comes_again_changes_nothing(vault):
    app.rotate(NOON)
    before = live(vault)
    assert app.rotate(NOON + timedelta(hours=1)) == tuple(key.kid for key in before)
    assert live(vault) == before


def test_of_two_runs_at_once_one_stores_its_key(vault, monkeypatch):
    text = vault.get_secret_value(SecretId="signing")["SecretString"]
    app.rotate(NOON)
    stored = live(vault)
    read = app.secrets.client().get_secret_value
    stale = iter([{"SecretString": text}])
    monkeypatch.setattr(app.secrets.client(), "get_secret_value", lambda **asked: next(stale, None) or read(**asked))
    assert app.rotate(NOON) == tuple(key.kid for key in stored)
    assert live(vault) == stored


def test_a_year_of_rotations_under_traffic_loses_no_token(vault):
    """Every hour a token is issued with keys read minutes ago; a gateway checks it with a set hours old."""
    account = Account(
        id="usr_a", email="", display_name="", password="", roles=frozenset({Role.LISTENER}), created_at=NOON
    )
    history, issued, now = [(NOON, live(vault))], 0, NOON

    def known(at):
        return next(found for since, found in reversed(history) if since <= at or since == NOON)

    for hour in range(24 * 120):
        now = NOON + timedelta(hours=hour)
        if hour % (24 * 30) == 5:
            app.rotate(now)
            history.append((now, live(vault)))
        near = any(timedelta(hours=-1) <= now - since <= timedelta(hours=6) for since, _ in history)
        if not near:
            continue
        for minute in range(0, 60, 20):
            moment = now + timedelta(minutes=minute)
            signing = known(moment - SECRET_CACHE)
            token = Issuer(url="https://i", audience="legato", keys=signing).access_token(
                account, Plan.FREE, sid="dev_1", client_id="legato", now=moment
            )
            kid = jwt.get_unverified_header(token)["kid"]
            last_use = moment + timedelta(seconds=ACCESS_SECONDS)
            for fetched in (moment - GATEWAY_CACHE - EDGE_CACHE - SECRET_CACHE, last_use):
                assert kid in {key.kid for key in known(fetched)}
            issued += 1
    assert issued > 50
    assert len(history) == 5
    assert len(live(vault)) <= 2
