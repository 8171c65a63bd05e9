"""The issuer and the account function, with moto behind them: call them as the gateway does."""

import json
from types import SimpleNamespace

import boto3
import jwt
import pytest
from argon2 import PasswordHasher
from moto import mock_aws

from functions.account import app as account
from functions.erasure import app as eraser
from functions.identity import app as identity
from functions.mail import app as postman
from legato import dynamo, secrets
from legato.billing.table import BillingTable
from legato.identity import erasure, keys, mail, passwords
from legato.identity.table import IdentityTable
from legato.telemetry import poison
from tests.assembly import data_template

ORIGIN = "o" * 64
ISSUER = "https://identity.example"
ANNA = {"email": "Anna@Example.com", "password": "two owls at night", "display_name": "Anna"}
HOME = "198.51.100.7"
TABLES = ("identity", "billing", "library", "playback", "telemetry")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "SIGNING_KEYS_SECRET": "signing",
    "ORIGIN_SECRET": "origin",
    "ISSUER": ISSUER,
    "MAIL_FUNCTION": "mail",
    "ERASURE_MACHINE": "erasure",
    "BILLING_QUEUE": "https://sqs.eu-west-1.amazonaws.com/123456789012/billing",
    "POISON_BUCKET": "failures",
    "MAIL_FROM": "legato@legato.example",
} | {f"{name.upper()}_TABLE": name for name in TABLES}


@pytest.fixture(scope="session")
def signing_keys():
    return (keys.generate(0),)


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch):
    """Real argon2id with the smallest parameters: what the real ones are is tested in tests/unit/identity."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", cheap)
    monkeypatch.setattr(passwords, "DECOY", cheap.hash("nobody's password"))


@pytest.fixture(scope="module")
def cloud():
    """Four tables and two secrets, made once a module: what takes a second is not made for each test."""
    caches = (
        *(postman.settings, postman.table, postman.links, postman.client, identity.links),
        *(identity.passkeys, account.passkeys),
        *(identity.settings, identity.table, identity.plans, account.settings, account.table, account.plans),
        *(dynamo.client, secrets.client, poison.client, eraser.settings),
    )
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        for cached in caches:
            cached.cache_clear()
        for name in TABLES:
            _create(name)
        vault = boto3.client("secretsmanager")
        for name in ("signing", "origin"):
            vault.create_secret(Name=name)
        boto3.client("s3").create_bucket(
            Bucket="failures", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        boto3.client("sqs").create_queue(QueueName="billing")
        boto3.client("sesv2").create_email_identity(EmailIdentity="legato@legato.example")
        yield SimpleNamespace(table=IdentityTable("identity"), plans=BillingTable("billing"), vault=vault)
    for cached in caches:
        cached.cache_clear()


@pytest.fixture(autouse=True)
def workflow(monkeypatch):
    """The step of the erasure workflow, in place of its start."""
    monkeypatch.setattr(erasure, "start", lambda machine, listener_id: eraser.erase(listener_id))


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """Every mail that somebody asked for, instead of a call of the function that sends it."""
    wishes = []
    monkeypatch.setattr(mail, "ask", lambda function, wish: wishes.append(wish))
    return wishes


@pytest.fixture
def platform(cloud, signing_keys):
    """The cloud, empty."""
    database = boto3.client("dynamodb")
    for name in TABLES:
        for row in database.scan(TableName=name)["Items"]:
            database.delete_item(TableName=name, Key={k: row[k] for k in ("pk", "sk")})
    cloud.vault.put_secret_value(SecretId="signing", SecretString=keys.dump(signing_keys))
    cloud.vault.put_secret_value(SecretId="origin", SecretString=ORIGIN)
    secrets.forget()
    return cloud


@pytest.fixture
def call(platform):
    """``call(method, path, body)`` → status, JSON, the whole answer. ``at`` is the viewer's address."""

    def calling(method, path, body=None, *, at=HOME, cookies=(), headers=None, raw=None, claims=None):
        sent = {
            "content-type": "application/json",
            "x-legato-origin": ORIGIN,
            "cloudfront-viewer-address": f"{at}:4711",
            "cloudfront-forwarded-proto": "https",
            "x-legato-host": "music.example",
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
            "body": raw if body is None else json.dumps(body),
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
    schema = data_template()["Resources"][name.title()]["Properties"]
    keys = {key: schema[key] for key in ("KeySchema", "AttributeDefinitions", "BillingMode")}
    boto3.client("dynamodb").create_table(TableName=name, **keys)


@pytest.fixture
def me(register, sign_in):
    """The claims of Anna's token, as the gateway hands them to a function: arrays flattened."""
    assert register()[0] == 201
    claims = jwt.decode(sign_in()[1]["access_token"], options={"verify_signature": False})
    return claims | {"roles": f"[{' '.join(claims['roles'])}]"}
