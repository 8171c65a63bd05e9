"""Key material: what each kind of secret holds, how it grows by a generation, and its public half. No AWS.

A secret's text is ``""`` before its first generation. Each maker leaves a text alone that already holds the
generation asked for, so that a request made twice changes nothing.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from legato.identity import keys

CLOUDFRONT_BITS = 2048
"""The one RSA size that CloudFront verifies signatures with."""
MASTER_BYTES = 32
_SPKI = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
_PKCS8 = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """``grown(text, generation, now)`` is the secret's next text; ``public(text)`` its public half, ``""`` if it has none."""

    grown: Callable[[str, int, datetime], str]
    public: Callable[[str], str]


def rsa_pair(text: str, generation: int, now: datetime) -> str:  # noqa: ARG001 -- a generation is a secret of its own
    """``{"private_key": <PKCS #8 PEM>}``, made once and never replaced."""
    if text:
        return text
    private = rsa.generate_private_key(65537, CLOUDFRONT_BITS)
    return json.dumps({"private_key": private.private_bytes(*_PKCS8).decode()})


def public_half(text: str) -> str:
    """SubjectPublicKeyInfo in PEM, as CloudFront takes it."""
    private = serialization.load_pem_private_key(json.loads(text)["private_key"].encode(), None)
    return private.public_key().public_bytes(*_SPKI).decode()


def token_keys(text: str, generation: int, now: datetime) -> str:
    """The issuer's keys (`legato.identity.keys`). The first signs at once, later ones when the gateways know them."""
    if not text:
        return keys.dump([keys.generate(int(now.timestamp()))])
    known = keys.parse(text)
    return keys.dump(keys.rotated(known, now)) if generation > 1 else text


def content_masters(text: str, generation: int, now: datetime) -> str:  # noqa: ARG001 -- masters have no dates
    """``{"version": 2, "masters": {"1": <64 hex>, "2": <64 hex>}}``; old masters stay, what they opened must open."""
    masters = json.loads(text)["masters"] if text else {}
    for version in range(1, generation + 1):
        masters.setdefault(str(version), secrets.token_hex(MASTER_BYTES))
    return json.dumps({"version": max(map(int, masters)), "masters": masters})


def _nothing(_: str) -> str:
    return ""


KINDS = {
    "rsa": Kind(grown=rsa_pair, public=public_half),
    "tokens": Kind(grown=token_keys, public=_nothing),
    "master": Kind(grown=content_masters, public=_nothing),
}
