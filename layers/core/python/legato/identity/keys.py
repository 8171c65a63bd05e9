"""The issuer's signing keys: several live at once, so that a rotation loses no request.

The secret is ``{"keys": [{"kid": …, "private_key": <PKCS #8 PEM>, "not_before": <seconds since 1970>}]}``.
Every key in it is published; the youngest that has begun signs. API Gateway remembers a key set for up to
two hours, so a new key is published that long and more before it signs, and an old one stays as long
after its last token.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from legato.identity.model import ACCESS_SECONDS

AHEAD_SECONDS = 3 * 3600
"""From a key's publication to its first signature: the gateway's two hours, and caches on the way."""
BITS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    kid: str
    private_key: str
    not_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwk:
    """The public half of a key, RFC 7517 section 4 and RFC 7518 section 6.3.1."""

    kid: str
    n: str
    e: str
    kty: str = "RSA"
    use: str = "sig"
    alg: str = "RS256"


@dataclass(frozen=True, slots=True)
class KeySet:
    """RFC 7517 section 5."""

    keys: tuple[Jwk, ...]


def parse(secret: str) -> tuple[SigningKey, ...]:
    """The keys in *secret*, oldest first."""
    return tuple(sorted((SigningKey(**key) for key in json.loads(secret)["keys"]), key=lambda key: key.not_before))


def dump(keys: Sequence[SigningKey]) -> str:
    return json.dumps({"keys": [asdict(key) for key in keys]})


def generate(not_before: int) -> SigningKey:
    private = generate_private_key(65537, BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    numbers = private.public_key().public_numbers()
    return SigningKey(kid=thumbprint(numbers.n, numbers.e), private_key=pem.decode(), not_before=not_before)


def signer(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """The youngest key that has begun; before the first has, the oldest."""
    begun = [key for key in keys if key.not_before <= now.timestamp()]
    return begun[-1] if begun else keys[0]


def rotated(keys: Sequence[SigningKey], now: datetime) -> tuple[SigningKey, ...]:
    """*keys* with a new one that signs after `AHEAD_SECONDS`, without those whose last token nobody can hold.

    Running it twice adds nothing: while a key waits for its turn there is no need of another.
    """
    moment = int(now.timestamp())
    if not keys:
        return (generate(moment),)
    kept = [
        key
        for key, after in zip(keys, [*keys[1:], None], strict=True)
        if after is None or after.not_before + ACCESS_SECONDS + AHEAD_SECONDS > moment
    ]
    if kept[-1].not_before > moment:
        return tuple(kept)
    return (*kept, generate(moment + AHEAD_SECONDS))


def key_set(keys: Sequence[SigningKey]) -> KeySet:
    return KeySet(tuple(Jwk(kid=key.kid, **_public(key)) for key in keys))


@lru_cache(8)
def private(key: SigningKey) -> RSAPrivateKey:
    """Parsed once: reading the PEM takes longer than a signature."""
    parsed = serialization.load_pem_private_key(key.private_key.encode(), None)
    assert isinstance(parsed, RSAPrivateKey)
    return parsed


def thumbprint(n: int, e: int) -> str:
    """A key's name by its own content (RFC 7638)."""
    canonical = json.dumps({"kty": "RSA"} | _members(n, e), sort_keys=True, separators=(",", ":"))
    return _base64(hashlib.sha256(canonical.encode()).digest())


def _public(key: SigningKey) -> dict[str, str]:
    numbers = private(key).public_key().public_numbers()
    return _members(numbers.n, numbers.e)


def _members(n: int, e: int) -> dict[str, str]:
    return {name: _base64(value.to_bytes((value.bit_length() + 7) // 8)) for name, value in (("n", n), ("e", e))}


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
