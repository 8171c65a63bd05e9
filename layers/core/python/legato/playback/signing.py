"""CloudFront signatures for a whole prefix (Developer Guide, "Use signed URLs", "custom policy").

RSA-2048 (PKCS#1 v1.5) or ECDSA P-256, as the key's own type says; SHA-256 announced by ``Hash-Algorithm``,
or SHA-1, which is what CloudFront assumes where that is absent.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_HASHES: Mapping[str, hashes.HashAlgorithm] = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}  # noqa: S303 -- CloudFront's own default
_ALPHABET = str.maketrans("+=/", "-_~")
"""CloudFront's base64: neither standard nor URL-safe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One policy and its signature, in the two forms that CloudFront takes."""

    query: str
    cookies: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSigner:
    key_pair_id: str
    """Id of the CloudFront public key; it stands in the distribution's trusted key group."""
    key: PrivateKey
    hash: str = "SHA256"

    def sign(self, prefix: str, expires: int) -> Signature:
        """Open everything under *prefix*, a URL as the viewer sends it, until *expires* (epoch seconds)."""
        policy = json.dumps(
            {"Statement": [{"Resource": f"{prefix}*", "Condition": {"DateLessThan": {"AWS:EpochTime": expires}}}]},
            separators=(",", ":"),  # CloudFront wants no white space in it
        ).encode()
        named = {"Policy": _text(policy), "Signature": _text(self._sign(policy)), "Key-Pair-Id": self.key_pair_id}
        if self.hash != "SHA1":
            named["Hash-Algorithm"] = self.hash
        return Signature(
            query="&".join(f"{name}={value}" for name, value in named.items()),
            cookies={f"CloudFront-{name}": value for name, value in named.items()},
        )

    def _sign(self, policy: bytes) -> bytes:
        algorithm = _HASHES[self.hash]
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(policy, padding.PKCS1v15(), algorithm)
        return self.key.sign(policy, ec.ECDSA(algorithm))


def private_key(pem: str) -> PrivateKey:
    """A key that CloudFront's key groups take. Raises `ValueError` for any other."""
    # The key is our own: to prove its primes again takes 38 ms of every cold start.
    key = load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size == 2048:  # noqa: PLR2004 -- CloudFront's one size
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("CloudFront verifies RSA-2048 and ECDSA P-256 keys only")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().translate(_ALPHABET)
