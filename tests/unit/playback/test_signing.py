import base64
import json
from urllib.parse import parse_qsl

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from legato.playback.signing import MediaSigner, private_key

PREFIX = "https://music.example/media/ses_1.SE/trk_1-0/"
RSA, ECDSA = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
HASHES = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}


def pem(key):
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def plain(text):
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")), validate=True)


def verify(key, signature, policy, algorithm):
    """As CloudFront does it: with the public half, by the key's own type."""
    if isinstance(key, rsa.RSAPrivateKey):
        key.public_key().verify(signature, policy, padding.PKCS1v15(), algorithm)
    else:
        key.public_key().verify(signature, policy, ec.ECDSA(algorithm))


@pytest.mark.parametrize("key", [RSA, ECDSA], ids=["RSA-2048", "ECDSA P-256"])
@pytest.mark.parametrize("name", HASHES)
def test_the_signature_of_the_policy_verifies_by_the_keys_own_type(key, name):
    signed = MediaSigner(key_pair_id="K1", key=private_key(pem(key)), hash=name).sign(PREFIX, 1_900_000_000)
    query = dict(parse_qsl(signed.query, strict_parsing=True))
    policy = plain(query["Policy"])
    verify(key, plain(query["Signature"]), policy, HASHES[name])
    with pytest.raises(InvalidSignature):
        verify(key, plain(query["Signature"]), policy.replace(b"SE", b"DE"), HASHES[name])
    assert query["Key-Pair-Id"] == "K1"


def test_the_policy_opens_one_prefix_until_one_second():
    query = dict(parse_qsl(MediaSigner(key_pair_id="K1", key=RSA).sign(PREFIX, 1_900_000_000).query))
    [statement] = json.loads(plain(query["Policy"]))["Statement"]
    assert statement == {
        "Resource": PREFIX + "*",
        "Condition": {"DateLessThan": {"AWS:EpochTime": 1_900_000_000}},
    }
    assert not set(plain(query["Policy"])) & set(b" \n")


def test_the_hash_is_announced_unless_it_is_cloudfronts_own_default():
    assert "Hash-Algorithm=SHA256" in MediaSigner(key_pair_id="K1", key=RSA).sign(PREFIX, 1).query
    assert "Hash-Algorithm" not in MediaSigner(key_pair_id="K1", key=RSA, hash="SHA1").sign(PREFIX, 1).query


def test_cookies_and_query_say_the_same():
    signed = MediaSigner(key_pair_id="K1", key=ECDSA).sign(PREFIX, 1)
    assert signed.cookies == {f"CloudFront-{name}": value for name, value in parse_qsl(signed.query)}


def test_nothing_in_a_query_needs_escaping():
    for _ in range(20):
        query = MediaSigner(key_pair_id="K1", key=ECDSA).sign(PREFIX, 1).query
        assert not set(query) & set("+/ %#")


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 3072),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["RSA-3072", "P-384", "Ed25519"],
)
def test_a_key_that_cloudfront_would_not_verify_is_refused_here(key):
    with pytest.raises(ValueError, match="RSA-2048 and ECDSA P-256"):
        private_key(pem(key))
