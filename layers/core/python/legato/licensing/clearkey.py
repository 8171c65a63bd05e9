"""Clear Key licences in the format of W3C Encrypted Media Extensions, "Clear Key": JSON Web Keys (RFC 7517)."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from legato.errors import Forbidden, MalformedRequest

MAX_KIDS = 16
"""The most key ids that one request names; a track has one a tier."""
KID_BYTES = 16


class PersistentLicence(Forbidden):
    """Clear Key has temporary licences only: browsers keep no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRequest:
    kids: list[str]
    """Key ids, base64url without padding."""
    type: str = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    kty: str = "oct"
    kid: str
    k: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    keys: list[Key]
    type: str = "temporary"


def requested(body: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The key ids of a licence request. Raises `MalformedRequest` or `PersistentLicence`."""
    kids = body.get("kids")
    if not isinstance(kids, list) or not 1 <= len(kids) <= MAX_KIDS:
        raise MalformedRequest(f"kids: a list of 1 to {MAX_KIDS} key ids")
    if body.get("type", "temporary") != "temporary":
        raise PersistentLicence
    return tuple(_kid(kid) for kid in kids)


def key_set(keys: Mapping[bytes, bytes]) -> KeySet:
    """A licence from key id → key."""
    return KeySet(keys=[Key(kid=_text(kid), k=_text(key)) for kid, key in keys.items()])


def _kid(text: Any) -> bytes:
    try:
        kid = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (TypeError, ValueError, binascii.Error) as fault:
        raise MalformedRequest("kids: base64url without padding (RFC 4648 section 5)") from fault
    if len(kid) != KID_BYTES:
        raise MalformedRequest(f"kids: {KID_BYTES} bytes each")
    return kid


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
