"""The play path with moto behind it: playback, licences and rights, called as the gateway calls them."""

import base64
import json
from functools import cache, partial
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import mock_aws

from functions.audit import app as audit
from functions.downloads import app as downloads
from functions.licences import app as licences
from functions.playback import app as playback
from functions.rights import app as rights
from legato import dynamo, secrets
from legato.api import entry
from legato.billing.model import Plan
from legato.billing.table import BillingTable
from legato.catalog.table import CatalogTable
from legato.licensing import keys
from legato.media.model import Tier
from legato.media.table import MediaTable
from legato.playback.table import PlaybackTable
from legato.rights.table import RightsTable
from tests.assembly import data_template
from tests.grants import a_package
from tests.music import a_track, an_album
from tests.scans import refuse_scans

ORIGIN = "o" * 64
MASTERS = json.dumps({"version": 1, "masters": {"1": "ab" * 32}})
SIGNING_KEY = rsa.generate_private_key(65537, 2048)
PEM = SIGNING_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PHONE = {"id": "phone", "name": "Anna's phone", "kind": "mobile"}
LAPTOP = {"id": "laptop", "name": "Anna's laptop", "kind": "computer"}
ALBUM = an_album()
FIRST, SECOND, THIRD = (
    a_track(title, ALBUM, position=position)
    for position, title in enumerate(("Mood Indigo", "Love Me or Leave Me", "Central Park Blues"), 1)
)
OPEN = {
    "territories": ["Worldwide"],
    "models": ["SubscriptionModel", "AdvertisementSupportedModel"],
    "uses": ["OnDemandStream"],
    "start": "2020-01-01T00:00:00Z",
    "end": None,
}
_APPS = {"playback": playback, "me": playback, "downloads": downloads, "licences": licences, "admin": rights}
_CACHES = (
    *(app.settings for app in (audit, playback, downloads, licences, rights)),
    audit.audit,
    downloads.keeping,
    playback.table,
    playback.reader,
    playback.leases,
    rights.rights,
    rights.catalog,
    rights.audit,
)


@cache
def made_client(service):
    """Made once: moto serves the clients of every test, and to make one takes longer than most tests."""
    known = {"region_name": "eu-west-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return refuse_scans(boto3.client(service, **known))


@cache
def _shapes():
    """Every table of the Data stack, as its template makes it."""
    wanted = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
    resources = data_template()["Resources"].items()
    tables = {name: each["Properties"] for name, each in resources if each["Type"] == "AWS::DynamoDB::Table"}
    return {name: {key: table[key] for key in wanted if key in table} for name, table in tables.items()}


def create(name):
    """The table *name* of the Data stack, empty. Its name in AWS is the same in lower case."""
    made_client("dynamodb").create_table(TableName=name.lower(), **_shapes()[name])


@pytest.fixture
def house(monkeypatch):
    """Three published tracks of one album, nobody listening."""
    monkeypatch.setattr(dynamo, "client", partial(made_client, "dynamodb"))
    monkeypatch.setattr(secrets, "client", partial(made_client, "secretsmanager"))
    _forget()
    with mock_aws():
        for name in ("Playback", "Rights", "Media", "Billing", "Catalog", "Audit"):
            create(name)
            monkeypatch.setenv(f"{name.upper()}_TABLE", name.lower())
        vault = secrets.client()
        for name, value in {
            "MEDIA_SIGNING_SECRET": json.dumps({"private_key": PEM}),
            "LICENCE_SECRET": "l" * 64,
            "ORIGIN_SECRET": ORIGIN,
            "CONTENT_MASTER_SECRET": MASTERS,
            "PLAY_KEYS_SECRET": MASTERS,
        }.items():
            monkeypatch.setenv(name, vault.create_secret(Name=name, SecretString=value)["ARN"])
        monkeypatch.setenv("MEDIA_KEY_PAIR_ID", "K2TEST")
        house = SimpleNamespace(
            playback=PlaybackTable("playback"),
            rights=RightsTable("rights"),
            media=MediaTable("media"),
            billing=BillingTable("billing"),
            vault=vault,
        )
        CatalogTable("catalog").publish(ALBUM, (FIRST, SECOND, THIRD))
        for track in (FIRST, SECOND, THIRD):
            house.media.put(a_package(track.id))
            house.rights.open_by_default(track.id, ALBUM.id)
        house.billing.put_plan("usr_anna", Plan.HIFI)
        house.billing.put_plan("usr_ben", Plan.PREMIUM)
        yield house
    _forget()


def _forget():
    for cached in _CACHES:
        cached.cache_clear()
    secrets.forget()


@pytest.fixture
def call(house):
    """``call(method, path, body)`` → status and JSON. Anna is hifi, Ben premium, anybody else free."""

    def calling(
        method,
        path,
        body=None,
        *,
        who="usr_anna",
        country="SE",
        origin=ORIGIN,
        headers=None,
        raw=None,
        query=None,
        sid="dev_1",
    ):
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": urlencode(query or {}),
            "queryStringParameters": query,
            "headers": {
                "content-type": "application/json",
                "x-legato-origin": origin,
                "x-legato-host": "music.example",
                "cloudfront-viewer-country": country,
                "cloudfront-viewer-address": "198.51.100.7:4711",
                "cloudfront-forwarded-proto": "https",
            }
            | (headers or {}),
            "requestContext": {
                "stage": "$default",
                "routeKey": f"{method} {path}",
                "http": {"method": method, "path": path},
                "authorizer": {
                    "jwt": {"claims": {"sub": who, "sid": sid, "plan": "hifi", "roles": "[]"}, "scopes": None}
                },
            },
            "body": raw if raw is not None else body if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        app = audit if path == "/v1/admin/audit" else _APPS[path.split("/")[2]]
        answer = entry(app.app)(event, None)
        return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None

    return calling


@pytest.fixture
def play(call):
    """``play(track, …)`` → the whole answer of a start that is expected to succeed."""

    def playing(*tracks, device=PHONE, **more):
        asked = {name: more.pop(name) for name in ("quality", "take_over") if name in more}
        body = {"tracks": [track.id for track in tracks], "device": device} | asked
        status, answer = call("POST", "/v1/playback", body, **more)
        assert status == 201, answer
        return answer

    return playing


@pytest.fixture
def licence(call):
    """``licence(grant)`` → status and answer, asking for the keys of every tier unless told otherwise."""

    def asking(grant, *, kids=None, token=None, **more):
        version = urlsplit(grant["media"]["url"]).path.rstrip("/").rpartition("/")[2]
        wanted = [keys.kid(version, tier) for tier in Tier] if kids is None else kids
        body = {"kids": [b64(kid) for kid in wanted], "type": "temporary"}
        header = {"x-licence-token": grant["licence_token"] if token is None else token}
        return call("POST", "/v1/licences/clearkey", body, headers=header, **more)

    return asking


def keep(call, track, *, device=PHONE, **more):
    """A download that is expected to succeed."""
    asked = {name: more.pop(name) for name in ("quality",) if name in more}
    status, answer = call("POST", "/v1/downloads", {"track_id": track.id, "device": device} | asked, **more)
    assert status == 201, answer
    return answer


def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def slug(problem):
    return problem["type"].removeprefix("/problems/")
