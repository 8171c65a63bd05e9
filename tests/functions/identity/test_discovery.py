"""What the gateway needs to know about us, also while the database is away."""

import json
import time
from datetime import UTC, datetime

import pytest
from botocore.exceptions import EndpointConnectionError

from legato import dynamo, secrets
from legato.identity import keys


def away():
    raise EndpointConnectionError(endpoint_url="https://secretsmanager.eu-west-1.amazonaws.com")


@pytest.fixture
def no_database(platform, monkeypatch):
    monkeypatch.setattr(dynamo, "client", away)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/.well-known/jwks.json"])
def test_discovery_and_keys_need_no_table_and_no_edge_and_may_be_cached(call, no_database, path):
    status, _, answer = call("GET", path, headers={"x-legato-origin": None})
    assert status == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Cache-Control"].startswith("public, max-age=300")


def test_the_discovery_document_names_where_everything_is(call):
    _, found, _ = call("GET", "/.well-known/openid-configuration")
    assert found["issuer"] == "https://identity.example"
    assert found["jwks_uri"] == "https://identity.example/.well-known/jwks.json"
    assert found["token_endpoint"] == "https://identity.example/v1/auth/token"
    # OpenID Connect Discovery 1.0 section 3, "REQUIRED", less the authorization endpoint that we have not.
    assert {"response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"} <= set(
        found
    )


def test_the_key_set_holds_every_key_and_nothing_private(call, platform, signing_keys):
    live = keys.rotated(signing_keys, datetime.now(UTC))
    platform.vault.put_secret_value(SecretId="signing", SecretString=keys.dump(live))
    secrets.forget()
    _, found, _ = call("GET", "/.well-known/jwks.json")
    assert [key["kid"] for key in found["keys"]] == [key.kid for key in live]
    assert {name for key in found["keys"] for name in key} == {"kid", "n", "e", "kty", "use", "alg"}
    assert "PRIVATE" not in json.dumps(found)


def test_keys_are_served_on_while_secrets_manager_is_away(call, platform, monkeypatch):
    call("GET", "/.well-known/jwks.json")
    monkeypatch.setattr(secrets, "client", away)
    late = time.monotonic() + secrets.FRESH_SECONDS + 1
    monkeypatch.setattr(secrets.time, "monotonic", lambda: late)
    assert call("GET", "/.well-known/jwks.json")[0] == 200
