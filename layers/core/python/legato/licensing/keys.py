"""Content keys, derived and never stored: HKDF (RFC 5869) of a content master that Secrets Manager holds.

A track version has one key per quality tier. Its key id says which version and tier it is for, so
a licence server needs no table to know what a player asks for.
"""

import hashlib
import hmac
import json

from legato.media.model import Tier

KEY_BYTES = 16
"""AES-128, as Common Encryption wants it (ISO/IEC 23001-7)."""
_INFO = b"legato content key"


def kid(version: str, tier: Tier) -> bytes:
    """The key id of *tier* in a track version: 16 bytes, the same on every machine and for ever."""
    return hashlib.sha256(f"legato kid|{version}|{tier}".encode()).digest()[:16]


def content_key(masters_json: str, key_version: int, kid: bytes) -> bytes:
    """The AES key behind *kid*, under the master that was current when the track was encrypted.

    *masters_json* is the secret ``{"version": 2, "masters": {"1": "<64 hex>", "2": "<64 hex>"}}``.
    Raises `LookupError` where that master is no longer held.
    """
    master = bytes.fromhex(json.loads(masters_json)["masters"][str(key_version)])
    return hkdf(master, salt=kid, info=_INFO, length=KEY_BYTES)


def current_version(masters_json: str) -> int:
    """The master that new encryptions use."""
    return int(json.loads(masters_json)["version"])


def hkdf(master: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256, extract then expand (RFC 5869 section 2). *length* is at most 8160."""
    pseudorandom = hmac.digest(salt or bytes(32), master, "sha256")
    output = block = b""
    counter = 0
    while len(output) < length:
        counter += 1
        block = hmac.digest(pseudorandom, block + info + bytes([counter]), "sha256")
        output += block
    return output[:length]
