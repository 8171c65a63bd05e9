"""Bodies that no client means, through the edge and the gateway: refused, nothing stored, and the next request is served."""

import json

import pytest

ROUTES = [
    "/v1/auth/register",
    "/v1/auth/token",
    "/v1/auth/revoke",
    "/v1/auth/passkeys/challenge",
    "/v1/auth/password/forgotten",
    "/v1/auth/password/reset",
    "/v1/auth/address/verification",
    "/v1/auth/address/verify",
    "/v1/me/password",
    "/v1/me/passkeys",
    "/v1/me/passkeys/challenge",
]
NAME = b"Nobody Stored"
BODIES = {
    "a megabyte of text": b'{"email":"a@example.com","password":"two owls at night","display_name":"'
    + NAME
    + b"x" * 2**20
    + b'"}',
    "a megabyte of brackets": b"[" * 2**20,
    "no UTF-8": b'{"email":"a@example.com","password":"two owls \xff\xfe","display_name":"' + NAME + b'"}',
    "a NUL": b'{"email":"a\x00@example.com","password":"two owls at night","display_name":"' + NAME + b'"}',
    "an escaped NUL": b'{"email":"a\\u0000@example.com","password":"two owls at night","display_name":"' + NAME + b'"}',
    "UTF-16": json.dumps({"email": "a@example.com", "display_name": NAME.decode()}).encode("utf-16"),
    "an address of 10,000 letters": b'{"email":"'
    + b"a" * 10_000
    + b'@example.com","password":"two owls at night","display_name":"'
    + NAME
    + b'"}',
}


@pytest.mark.parametrize("body", BODIES)
def test_it_is_refused_on_every_route_and_nothing_of_it_is_stored(body, client, newcomer, platform):
    listener = newcomer()
    answers = {path: listener.post(path, BODIES[body]) for path in ROUTES}
    assert {path: answer.status for path, answer in answers.items() if answer.status not in {413, 422}} == {}
    table = platform.resource("AWS::DynamoDB::Table", "Identity")
    pages = platform.aws("dynamodb").get_paginator("scan").paginate(TableName=table)
    assert NAME.decode() not in json.dumps([page["Items"] for page in pages], default=str)
    assert listener.get("/v1/me").status == 200
