import time

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from legato import secrets


def later():
    return time.monotonic() + 2 * secrets.FRESH_SECONDS


@pytest.fixture
def secret(aws):
    manager = boto3.client("secretsmanager")
    arn = manager.create_secret(Name="origin", SecretString="first")["ARN"]
    return manager, arn


def rotate(secret, text):
    manager, arn = secret
    manager.put_secret_value(SecretId=arn, SecretString=text)
    secrets.forget()


def test_a_secret_is_read_once_and_again_after_five_minutes(secret):
    manager, arn = secret
    assert secrets.read(arn) == "first"
    manager.put_secret_value(SecretId=arn, SecretString="second")
    assert secrets.read(arn) == "first"
    assert secrets.read(arn, now=later()) == "second"


def test_an_outage_is_bridged_with_the_last_known_value_and_logged(secret, monkeypatch, capsys):
    _, arn = secret
    secrets.read(arn)

    def away(**_):
        raise EndpointConnectionError(endpoint_url="x")

    monkeypatch.setattr(secrets.client(), "get_secret_value", away)
    assert secrets.read(arn, now=later()) == "first"
    assert "last known value" in capsys.readouterr().out


def test_a_secret_that_was_never_known_is_an_error(aws):
    with pytest.raises(ClientError):
        secrets.read("arn:aws:secretsmanager:eu-west-1:123456789012:secret:none-AAAAAA")


def test_a_secret_that_was_never_rotated_has_one_accepted_value(secret):
    assert [text for text in secrets.accepted(secret[1]) if text] == ["first"]


def test_after_a_rotation_both_values_are_accepted_for_a_day_and_the_old_one_no_longer(secret, monkeypatch):
    rotate(secret, "second")
    assert secrets.accepted(secret[1]) == ("second", "first")
    tomorrow = time.time() + secrets.OVERLAP_SECONDS + 60
    monkeypatch.setattr(secrets.time, "time", lambda: tomorrow)
    assert secrets.accepted(secret[1]) == ("second",)
