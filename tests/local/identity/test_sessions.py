"""Sessions against the running platform: races with real conditional writes, cookies through the edge, erasure."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import jwt
import pytest

from legato.identity.refresh import fingerprint
from tests import records
from tests.authenticator import Authenticator
from tests.journeys.listener import Client, eventually
from tests.local.identity.conftest import PASSWORD


def grant(client, token):
    return client.post("/v1/auth/token", {"grant_type": "refresh_token", "refresh_token": token})


@pytest.fixture
def age(platform):
    """``age(token, ms)``: let a used refresh token have been used that much earlier."""
    table, database = platform.resource("AWS::DynamoDB::Table", "Identity"), platform.aws("dynamodb")

    def aging(listener, token, ms):
        key = {"pk": {"S": claims(listener)["sub"]}, "sk": {"S": f"REFRESH#{fingerprint(token)}"}}
        row = database.get_item(TableName=table, Key=key)["Item"]
        row["used_at"]["N"] = str(int(row["used_at"]["N"]) - ms)
        database.put_item(TableName=table, Item=row)

    return aging


def claims(listener):
    return jwt.decode(listener.token["access_token"], options={"verify_signature": False})


def test_clients_that_race_for_a_refresh_all_stay_signed_in(newcomer, client):
    token = newcomer().token["refresh_token"]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            answers = list(pool.map(lambda shown: grant(client, shown), [token] * 4))
            assert [answer.status for answer in answers] == [200] * 4
            [token] = {answer.json["refresh_token"] for answer in answers}


def test_reuse_after_the_grace_signs_the_device_out_and_no_other(newcomer, client, age):
    listener = newcomer()
    credentials = {"grant_type": "password", "email": listener.account["email"], "password": PASSWORD}
    other = client.post("/v1/auth/token", credentials).json["refresh_token"]
    first = listener.token["refresh_token"]
    second = grant(client, first).json["refresh_token"]
    age(listener, first, 1_000)
    assert grant(client, first).json["refresh_token"] == second
    age(listener, first, 10_000)
    refused = grant(client, first)
    assert (refused.status, refused.problem) == (401, "refresh-token-refused")
    assert grant(client, second).status == 401
    assert grant(client, other).status == 200


def test_a_browser_stays_signed_in_by_its_cookie(newcomer, client):
    account = newcomer().account
    credentials = {"grant_type": "password", "email": account["email"], "password": PASSWORD, "cookie": True}
    answer = client.post("/v1/auth/token", credentials)
    assert (answer.status, answer.json["refresh_token"]) == (200, None)
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/v1/auth"} < set(attributes)
    renewed = client.post(
        "/v1/auth/token", {"grant_type": "refresh_token", "cookie": True}, Cookie=f"theme=dark; {cookie}"
    )
    assert renewed.status == 200
    successor = renewed.headers["set-cookie"].split("; ")[0]
    assert successor != cookie
    gone = client.post("/v1/auth/revoke", {}, Cookie=successor)
    assert (gone.status, gone.body) == (204, b"")
    assert "Max-Age=0" in gone.headers["set-cookie"]
    assert (
        client.post("/v1/auth/token", {"grant_type": "refresh_token", "cookie": True}, Cookie=successor).status == 401
    )


def test_attempts_at_once_are_counted_one_by_one(newcomer, client):
    """A burst of guesses gets as many answers as a patient guesser, and the owner at home gets in."""
    account = newcomer().account
    guess = {"grant_type": "password", "email": f"x{account['email']}", "password": "wrong wrong"}
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(
            answer.status for answer in pool.map(lambda _: client.post("/v1/auth/token", guess), range(24))
        )
    assert 5 <= statuses.count(401) <= 7
    assert statuses.count(401) + statuses.count(429) == 24
    assert client.post("/v1/auth/token", guess | {"email": account["email"], "password": PASSWORD}).status == 200


def test_the_apis_own_address_opens_no_door(platform, newcomer):
    account = newcomer().account
    identity = platform.resource("AWS::ApiGatewayV2::Api", "IdentityApi")
    direct = Client(f"{platform.endpoint}/_aws/execute-api/{identity}/$default/")
    forged = {"X_Legato_Origin": "guess", "CloudFront_Viewer_Address": "198.51.100.7:1"}
    credentials = {"grant_type": "password", "email": account["email"], "password": PASSWORD}
    for headers in ({}, forged):
        answer = direct.post("v1/auth/token", credentials, **headers)
        assert (answer.status, answer.problem) == (403, "not-through-the-edge")
    assert direct.get(".well-known/jwks.json").status == 200


def test_a_rotation_under_traffic_loses_no_request(platform, newcomer, client, stored_keys):
    listener = newcomer()
    before = {key["kid"] for key in client.get("/.well-known/jwks.json").json["keys"]}
    function = platform.resource("AWS::Lambda::Function", "KeyRotation")
    token, statuses = listener.token, []
    for n in range(12):
        if n in {3, 6}:
            done = platform.aws("lambda").invoke(FunctionName=function, Payload=json.dumps({}))
            assert "FunctionError" not in done, done["Payload"].read()
        answer = grant(client, token["refresh_token"])
        statuses.append(answer.status)
        token = answer.json
        statuses.append(client.get("/v1/me", Authorization=f"Bearer {token['access_token']}").status)
    assert statuses == [200] * 24
    found = json.loads(stored_keys())
    stored = {key["kid"] for key in found["keys"]}
    assert before < stored or len(before) > 1
    assert jwt.get_unverified_header(token["access_token"])["kid"] in before
    assert max(key["not_before"] for key in found["keys"]) > time.time() + 7200


def _live(listener):
    """Leave traces: a play, a favourite, a playlist, a revoked session, and an event that nobody can use."""
    track = listener.find(records.SIDE_A)["id"]
    first = listener.play(track).json
    [played] = first["grants"]
    listener.post("/v1/playlists", {"title": "Somebody Unique's", "tracks": [track]})
    assert listener.ask("PUT", f"/v1/me/favorites/track/{track}").status < 300
    event = listener.event("play_started", first["session_id"], played, 0, datetime.now(UTC))
    assert listener.post("/v1/events", {"events": [event]}).status == 202
    eventually(lambda: listener.get("/v1/me/history").json["items"])
    listener.device = listener.device | {"id": "another"}
    assert listener.play(track, take_over=True).status == 201
    other = listener.find(records.SIDE_B)["id"]
    third = listener.find(records.STUDIO)["id"]
    # Neither was granted: the first is listed and never counts, the second fits no play at all.
    stolen = [
        listener.event("play_progress", first["session_id"], played | {"track_id": each}, 1, datetime.now(UTC))
        for each in (other, third)
    ]
    assert listener.post("/v1/events", {"events": stolen}).status == 202


def test_a_deleted_account_leaves_no_trace_in_any_table_or_event_file(platform, newcomer, client, capsys):
    listener = newcomer(display_name="Somebody Unique")
    traces = [claims(listener)["sub"].removeprefix("usr_"), listener.account["email"], "Somebody Unique"]
    grant(client, listener.token["refresh_token"])
    _live(listener)
    database, s3 = platform.aws("dynamodb"), platform.aws("s3")
    failures = platform.resource("AWS::S3::Bucket", "FailureBucket")

    def found():
        """Where anything of the listener's is: in which table, or in an event that was set aside."""
        pages = {
            name: [page["Items"] for page in database.get_paginator("scan").paginate(TableName=name)]
            for name in database.list_tables()["TableNames"]
        }
        for each in s3.list_objects_v2(Bucket=failures, Prefix="events/").get("Contents", []):
            with suppress(s3.exceptions.NoSuchKey):  # erased since it was listed
                held = json.loads(s3.get_object(Bucket=failures, Key=each["Key"])["Body"].read())
                pages[each["Key"]] = base64.b64decode(held["data"]).decode()
        return sorted(name for name, rows in pages.items() if any(t in json.dumps(rows, default=str) for t in traces))

    eventually(lambda: len(found()) >= 5, seconds=30)
    before = found()
    assert listener.ask("DELETE", "/v1/me").status == 204
    eventually(lambda: not found(), seconds=30)
    with capsys.disabled():
        print(f"\n{len(before)} places named the listener, {len(found())} after the erasure")  # noqa: T201
    assert listener.get("/v1/me").status == 404
    credentials = {"grant_type": "password", "email": listener.account["email"], "password": PASSWORD}
    assert client.post("/v1/auth/token", credentials).status == 401


def test_of_two_who_show_the_same_passkey_answer_at_once_one_gets_in(newcomer, client, platform):
    listener = newcomer()
    asked = listener.post("/v1/me/passkeys/challenge", {"password": PASSWORD}).json["public_key"]
    phone = Authenticator(origin=platform.url, host="localhost")
    made = {"name": "Phone", "credential": phone.create(asked)}
    assert listener.post("/v1/me/passkeys", made).status == 201
    for _ in range(5):
        question = client.post("/v1/auth/passkeys/challenge", {}).json["public_key"]
        body = {"grant_type": "passkey", "credential": phone.get(question)}
        with ThreadPoolExecutor(4) as pool:
            statuses = [
                answer.status for answer in pool.map(lambda _, body=body: client.post("/v1/auth/token", body), range(4))
            ]
        assert sorted(statuses) == [200, 401, 401, 401]
