"""A role sends mail as the identity that its policy names, and as no other."""

import pytest

from tests.local.conftest import a_function, a_role, allow, invoke

CODE = """
import boto3
def handler(event, context):
    body = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    destination = {"ToAddresses": ["anna@example.com"]}
    return boto3.client("sesv2").send_email(FromEmailAddress=event, Destination=destination, Content=body)["MessageId"]
"""
IDENTITY = "arn:aws:ses:eu-west-1:000000000000:identity"


@pytest.fixture
def send(stack, aws):
    """``send(sender, granted)``: from a function that may send as *granted* alone."""

    def sending(sender, granted):
        resources = {
            "Role": a_role(allow("ses:SendEmail", f"{IDENTITY}/{granted}")),
            "Function": a_function(CODE),
        }
        made = stack(resources, {"Name": {"Ref": "Function"}})
        return invoke(aws, made.out["Name"], sender)

    return sending


@pytest.mark.parametrize("sender", ["hello@music.example", "Music <hello@music.example>", "hello@mail.music.example"])
def test_the_domain_vouches_for_every_address_below_it(send, aws, sender):
    aws("ses").verify_domain_identity(Domain="music.example")
    assert not send(sender, "music.example").failed


@pytest.mark.parametrize(
    ("sender", "granted"),
    [("hello@music.example", "other.example"), ("hello@music.example", "hello@music.example")],
)
def test_another_identity_is_another_permission(send, aws, sender, granted):
    for domain in ("music.example", "other.example"):
        aws("ses").verify_domain_identity(Domain=domain)
    answer = send(sender, granted)
    assert answer.failed and "not authorized to perform: ses:SendEmail" in str(answer.value)


def test_an_address_verified_by_itself_stands_before_its_domain(send, aws):
    aws("ses").verify_domain_identity(Domain="music.example")
    aws("ses").verify_email_identity(EmailAddress="chief@music.example")
    assert not send("chief@music.example", "chief@music.example").failed
    assert send("chief@music.example", "music.example").failed
