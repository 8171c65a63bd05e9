"""The running platform's own signing keys, and fresh listeners."""

import json
import secrets
from contextlib import suppress
from pathlib import Path

import pytest

from legato.identity import keys
from tests.journeys.listener import Client, Listener

PASSWORD = "two owls at night"


@pytest.fixture(scope="module")
def stored_keys(platform):
    """``stored_keys()``: the secret of the issuer's keys, as it is now."""
    vault = platform.aws("secretsmanager")

    def read():
        texts = []
        for each in vault.list_secrets()["SecretList"]:
            with suppress(vault.exceptions.ResourceNotFoundException):  # not filled by the operator: Stripe's, for one
                texts.append(vault.get_secret_value(SecretId=each["ARN"])["SecretString"])
        [found] = [text for text in texts if '"kid"' in text]
        return found

    return read


@pytest.fixture(scope="module")
def issuer_keys(stored_keys):
    """The private keys, as the issuer reads them."""
    return keys.parse(stored_keys())


@pytest.fixture(scope="module")
def document():
    """What the gateway's routes are built from."""
    return json.loads((Path(__file__).parents[3] / "docs/openapi.json").read_text())


@pytest.fixture
def client(platform):
    return Client(platform.url)


@pytest.fixture
def newcomer(platform, client):
    """``newcomer()``: somebody who registered just now and is signed in."""

    def coming(**changes):
        account = {
            "email": f"{secrets.token_hex(6)}@example.com",
            "password": PASSWORD,
            "display_name": "New",
        } | changes
        assert client.post("/v1/auth/register", account).status == 201
        listener = Listener(platform.url, account)
        listener.account = account
        return listener

    return coming
