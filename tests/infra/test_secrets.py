"""No secret stands in a template, an output or an environment; what is kept, is kept when the stack goes."""

import json
import re

import pytest

from tests.infra.cloud import Cloud

RETAINED = {
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    "AWS::Kinesis::Stream",
    "AWS::SQS::Queue",
    "Custom::KeyPair",
}
DYNAMIC = re.compile(r"\{\{resolve:secretsmanager:")


@pytest.fixture(scope="module")
def cloud(assembly):
    return Cloud(assembly)


def test_secrets_are_generated_or_filled_later_never_written_down(cloud):
    for _, name, properties in cloud.resources("AWS::SecretsManager::Secret"):
        assert "SecretString" not in properties, name
        assert "KmsKeyId" in properties, name


def test_generated_secrets_are_64_letters_and_digits(cloud):
    generated = [
        p["GenerateSecretString"]
        for _, _, p in cloud.resources("AWS::SecretsManager::Secret")
        if "GenerateSecretString" in p
    ]
    assert len(generated) == 2
    for how in generated:
        assert how["PasswordLength"] == 64
        assert set("\"'{}\\$ ") - set(how["ExcludeCharacters"]) <= {" "} and how["IncludeSpace"] is False


def test_only_the_distribution_resolves_a_secret_and_by_reference(cloud):
    resolving = [
        (stack, resource["Type"])
        for stack, template in cloud.templates.items()
        for resource in template["Resources"].values()
        if DYNAMIC.search(json.dumps(resource))
    ]
    assert resolving == [("Delivery", "AWS::CloudFront::Distribution")]


def test_no_output_and_no_environment_resolves_one(cloud):
    for template in cloud.templates.values():
        assert not DYNAMIC.search(json.dumps(template.get("Outputs", {})))
    for _, name, properties in cloud.resources("AWS::Lambda::Function"):
        assert not DYNAMIC.search(json.dumps(properties["Environment"])), name


def test_of_a_key_pair_only_the_public_half_is_asked_for(cloud):
    asked = set()
    for template in cloud.templates.values():
        pairs = {n for n, r in template["Resources"].items() if r["Type"] == "Custom::KeyPair"}
        asked |= {at[1] for at in _attributes(template) if at[0] in pairs}
    assert asked == {"PublicKey"}


def test_what_is_kept_outlives_its_stack(cloud):
    for stack, template in cloud.templates.items():
        for name, resource in template["Resources"].items():
            if resource["Type"] in RETAINED:
                assert resource.get("DeletionPolicy") == "Retain", (stack, name)
                assert resource.get("UpdateReplacePolicy") in {
                    "Retain",
                    None if resource["Type"] == "Custom::KeyPair" else "Retain",
                }


def test_every_table_can_be_restored_to_any_second(cloud):
    found = list(cloud.resources("AWS::DynamoDB::Table"))
    assert found
    for _, name, properties in found:
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True, name
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name


def test_every_bucket_is_closed_and_refuses_plain_http(cloud):
    policies = {}
    for stack, _, properties in cloud.resources("AWS::S3::BucketPolicy"):
        policies[cloud.named(stack, properties["Bucket"])] = properties["PolicyDocument"]["Statement"]
    for _, name, properties in cloud.resources("AWS::S3::Bucket"):
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, name
        refused = [s for s in policies[f"bucket {name[:-8]}"] if s["Effect"] == "Deny"]
        assert any(s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for s in refused), name


def _attributes(value):
    if isinstance(value, dict):
        for key, below in value.items():
            yield from [below] if key == "Fn::GetAtt" else _attributes(below)
    elif isinstance(value, list):
        for below in value:
            yield from _attributes(below)
