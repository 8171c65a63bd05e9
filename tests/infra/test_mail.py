"""Mail may be sent where a sender is named, by one function, as that sender's identity."""

import pytest

from tests.assembly import synthesised
from tests.infra.cloud import Cloud


def may_send(folder):
    """``(function, on what)`` of every permission that SES gives."""
    cloud = Cloud(folder)
    return {
        (cloud.function_of(stack, role["Ref"]), cloud.named(stack, statement["Resource"]), str(statement["Action"]))
        for stack, _, properties in cloud.resources("AWS::IAM::Policy")
        for role in properties["Roles"]
        for statement in properties["PolicyDocument"]["Statement"]
        if "ses:" in str(statement["Action"])
    }


def test_without_a_sender_nothing_may_send(assembly):
    assert not may_send(assembly)


@pytest.mark.parametrize(
    ("context", "identity"),
    [
        ({"mail_from": "hello@music.example"}, "music.example"),
        ({"mail_from": "hello@music.example", "mail_identity": "hello@music.example"}, "hello@music.example"),
    ],
)
def test_with_a_sender_one_function_may_send_as_its_identity_alone(context, identity):
    arn = f"arn:<Partition>:ses:<Region>:<AccountId>:identity/{identity}"
    assert may_send(synthesised(**context)) == {("mail", arn, "ses:SendEmail")}
