"""The issuer and the account function, with moto behind them: call them as the gateway does."""

import json
from types import SimpleNamespace

import boto3
import jwt
import pytest
from moto import mock_aws

from functions.account import app as account
from functions.identity import app as identity
from legato import dynamo, secrets
from legato.billing.table import BillingTable
from legato.identity import keys
from legato.identity.table import IdentityTable

ORIGIN = "o" * 64
ISSUER = "https://identity.example"
ANNA = {"email": "Anna@Example.com", "password": "two owls at night", "display_name": "Anna"}
HOME = "198.51.100.7"


@pytest.fixture(scope="session")
def signing_keys():
    return (keys.generate(0),)


@pytest.fixture
def platform(monkeypatch, signing_keys):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    caches = (identity.settings, identity.table, identity.plans, account.settings, account.table, account.plans)
    for cached in (*caches, dynamo.client, secrets.client):
        cached.cache_clear()
    secrets.forget()
    with mock_aws():
        for name in ("identity", "billing", "library"):
            _create(name)
            monkeypatch.setenv(f"{name.upper()}_TABLE", name)
        vault = boto3.client("secretsmanager")
        for name, text in {"signing": keys.dump(signing_keys), "origin": ORIGIN}.items():
            vault.create_secret(Name=name, SecretString=text)
        monkeypatch.setenv("SIGNING_KEYS_SECRET", "signing")
        monkeypatch.setenv("ORIGIN_SECRET", "origin")
        monkeypatch.setenv("ISSUER", ISSUER)
        yield SimpleNamespace(table=IdentityTable("identity"), plans=BillingTable("billing"), vault=vault)
    for cached in (*caches, dynamo.client, secrets.client):
        cached.cache_clear()


@pytest.fixture
def call(platform):
    """``call(method, path, body)`` → status, JSON, the whole answer. ``at`` is the viewer's address."""

    def calling(method, path, body=None, *, at=HOME, cookies=(), headers=None, raw=None, claims=None):
        sent = {
            "content-type": "application/json",
            "x-legato-origin": ORIGIN,
            "cloudfront-viewer-address": f"{at}:4711",
            "cloudfront-forwarded-proto": "https",
            "user-agent": "pytest",
        }
        context = {"stage": "$default", "http": {"method": method, "path": path}}
        if claims is not None:
            context["authorizer"] = {"jwt": {"claims": claims}}
        event = {
            "version": "2.0",
            "rawPath": path,
            "headers": {k: v for k, v in (sent | (headers or {})).items() if v is not None},
            "cookies": list(cookies),
            "body": raw if raw is not None else body and json.dumps(body),
            "requestContext": context,
            "isBase64Encoded": False,
        }
        answer = (identity if path.startswith(("/v1/auth", "/.well-known")) else account).app.resolve(event, None)
        return answer["statusCode"], json.loads(answer.get("body") or "null"), answer

    return calling


@pytest.fixture
def register(call):
    return lambda at=HOME, **changes: call("POST", "/v1/auth/register", ANNA | changes, at=at)


@pytest.fixture
def sign_in(call):
    def signing_in(at=HOME, **changes):
        body = {"grant_type": "password", "email": ANNA["email"], "password": ANNA["password"]} | changes
        return call("POST", "/v1/auth/token", body, at=at)

    return signing_in


@pytest.fixture
def refresh(call):
    return lambda token: call("POST", "/v1/auth/token", {"grant_type": "refresh_token", "refresh_token": token})


def _create(name):
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in ("pk", "sk")],
    )


@pytest.fixture
def me(register, sign_in):
    """The claims of Anna's token, as the gateway hands them to a function: arrays flattened."""
    assert register()[0] == 201
    claims = jwt.decode(sign_in()[1]["access_token"], options={"verify_signature": False})
    return claims | {"roles": f"[{' '.join(claims['roles'])}]"}
