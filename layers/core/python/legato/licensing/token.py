"""Licence tokens: what a grant hands to the player so that it can ask for its keys.

``lt1.<claims>.<mac>``, both base64url without padding; the mac is HMAC-SHA256 over the text before it. It is
deliberately no JWT: there is no algorithm to choose, and nothing else that we sign can be taken for one.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from legato.errors import Forbidden
from legato.media.model import Tier

_KIND = "lt1"


class LicenceTokenRefused(Forbidden):
    """Missing, forged, expired, or given to another listener or device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceClaims:
    listener_id: str
    session_id: str
    sid: str
    """The sign-in of the device that was granted it; one issuer's word, ``""`` where it says none."""
    track_id: str
    version: str
    tiers: tuple[Tier, ...]
    key_version: int
    expires: int
    """Epoch seconds."""


def mint(claims: LicenceClaims, secret: str) -> str:
    body = f"{_KIND}.{_text(json.dumps(asdict(claims), separators=(',', ':')).encode())}"
    return f"{body}.{_mac(body, secret)}"


def read(token: str, accepted: Iterable[str], *, listener_id: str, sid: str, now: int) -> LicenceClaims:
    """The claims of *token*, if one of the *accepted* secrets made it for this device of this listener. Raises `LicenceTokenRefused`."""
    body, _, mac = token.rpartition(".")
    # A list, so that every secret is tried and the time taken does not tell which one is current.
    if not any([hmac.compare_digest(mac.encode(), _mac(body, each).encode()) for each in accepted if each]):  # noqa: C419
        raise LicenceTokenRefused("this is not a licence token of ours")
    kind, _, content = body.partition(".")
    try:
        found = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    except (binascii.Error, ValueError) as fault:
        raise LicenceTokenRefused("this is not a licence token of ours") from fault
    if kind != _KIND:
        raise LicenceTokenRefused("this is not a licence token of ours")
    claims = LicenceClaims(**found | {"tiers": tuple(map(Tier, found["tiers"]))})
    if claims.expires <= now:
        raise LicenceTokenRefused("expired: ask for a new grant")
    if claims.listener_id != listener_id:
        raise LicenceTokenRefused("given to another listener")
    if claims.sid != sid:
        raise LicenceTokenRefused("given to another device")
    return claims


def _mac(body: str, secret: str) -> str:
    return _text(hmac.digest(secret.encode(), body.encode(), hashlib.sha256))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
