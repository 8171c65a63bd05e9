"""CloudFront public keys and key groups come from templates, and behave as the service's."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def pem() -> str:
    public = rsa.generate_private_key(65537, 2048).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def a_key(encoded: str, comment: str = "") -> dict:
    config = {"Name": "signing", "CallerReference": "once", "EncodedKey": encoded, "Comment": comment}
    return {"Type": "AWS::CloudFront::PublicKey", "Properties": {"PublicKeyConfig": config}}


def a_group(*items) -> dict:
    return {
        "Type": "AWS::CloudFront::KeyGroup",
        "Properties": {"KeyGroupConfig": {"Name": "group", "Items": list(items)}},
    }


def test_the_service_serves_what_the_template_made(stack, aws):
    encoded = pem()
    made = stack(
        {"Key": a_key(encoded), "Group": a_group({"Ref": "Key"})}, {"Key": {"Ref": "Key"}, "Group": {"Ref": "Group"}}
    )
    cloudfront = aws("cloudfront")
    key = cloudfront.get_public_key(Id=made.out["Key"])["PublicKey"]
    assert key["PublicKeyConfig"]["EncodedKey"] == encoded
    assert cloudfront.get_key_group(Id=made.out["Group"])["KeyGroup"]["KeyGroupConfig"]["Items"] == [made.out["Key"]]


def test_a_key_is_immutable_but_for_its_comment(stack):
    encoded = pem()
    made = stack({"Key": a_key(encoded)}, {"Key": {"Ref": "Key"}})
    assert stack({"Key": a_key(encoded, "new words")}, {"Key": {"Ref": "Key"}}, name=made.name).out == made.out
    with pytest.raises(RuntimeError, match="cannot be changed"):
        stack({"Key": a_key(pem())}, name=made.name)


def test_a_group_of_keys_that_are_not_there_is_refused(stack):
    with pytest.raises(RuntimeError, match="no public key"):
        stack({"Group": a_group("K0NOWHERE")})
