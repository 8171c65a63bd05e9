"""Key material at deploy time: made once, grown by generations, and only its public half is ever told."""

import json

import boto3
import pytest
from cryptography.hazmat.primitives import serialization

from functions.key_pair import app
from functions.key_pair.app import serve
from legato.custom_resource import Request
from legato.licensing import keys as content_keys


@pytest.fixture
def secret(aws):
    """An empty secret, as CloudFormation leaves one that has no value in the template."""
    return boto3.client("secretsmanager").create_secret(Name="keys")["ARN"]


def ask(secret, kind, generation=1, request="Create"):
    properties = {"Kind": kind, "SecretArn": secret, "Generation": str(generation)}
    return serve(Request(kind=request, properties=properties))


def kept(secret):
    return boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]


def test_the_public_half_told_is_that_of_the_private_half_kept(secret):
    made = ask(secret, "rsa")
    private = serialization.load_pem_private_key(json.loads(kept(secret))["private_key"].encode(), None)
    public = serialization.load_pem_public_key(made.attributes["PublicKey"].encode())
    assert public.public_numbers() == private.public_key().public_numbers()
    assert private.key_size == 2048


@pytest.mark.parametrize("kind", ["rsa", "tokens", "master"])
def test_asking_twice_replaces_nothing(secret, kind):
    first = ask(secret, kind)
    before = kept(secret)
    assert ask(secret, kind) == first
    assert kept(secret) == before


@pytest.mark.parametrize("kind", ["rsa", "tokens", "master"])
def test_deleting_the_resource_keeps_the_key(secret, kind):
    ask(secret, kind)
    before = kept(secret)
    ask(secret, kind, request="Delete")
    assert kept(secret) == before


@pytest.mark.parametrize("kind", ["rsa", "tokens", "master"])
def test_nothing_private_is_told(secret, kind):
    told = repr(ask(secret, kind))
    text = json.loads(kept(secret))
    assert "PRIVATE" not in told
    for master in text.get("masters", {}).values():
        assert master not in told


def test_a_new_generation_of_masters_keeps_what_the_old_one_opened(secret):
    ask(secret, "master")
    before = kept(secret)
    ask(secret, "master", generation=2, request="Update")
    after = kept(secret)
    assert (content_keys.current_version(before), content_keys.current_version(after)) == (1, 2)
    kid = bytes(16)
    assert content_keys.content_key(after, 1, kid) == content_keys.content_key(before, 1, kid)
    assert content_keys.content_key(after, 2, kid) != content_keys.content_key(after, 1, kid)


def test_a_new_generation_of_token_keys_stands_beside_the_old_one(secret):
    ask(secret, "tokens")
    [first] = json.loads(kept(secret))["keys"]
    for _ in range(2):
        ask(secret, "tokens", generation=2, request="Update")
        second = json.loads(kept(secret))["keys"]
        assert len(second) == 2 and second[0] == first
        assert second[1]["not_before"] > first["not_before"]


def test_of_two_runs_of_one_request_the_quicker_one_counts(secret, monkeypatch):
    real = app._text
    ask(secret, "rsa")
    first = kept(secret)
    seen = iter(["", None])  # the slower run read before the quicker one wrote
    monkeypatch.setattr(app, "_text", lambda arn: real(arn) if next(seen) is None else "")
    ask(secret, "rsa")
    assert kept(secret) == first
