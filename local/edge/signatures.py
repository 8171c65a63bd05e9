"""Signed URLs and signed cookies, as CloudFront's developer guide defines them. Pure.

A canned policy names one URL and an end; a custom policy travels with the request and may have wildcards, a beginning
and an address range. A URL that is signed is judged by its own parameters alone, cookies beside it are ignored.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from .model import TrustedKey
from .patterns import matches

NAMES = frozenset({"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"})
"""Reserved in behaviours that restrict access: neither the cache key nor the origin sees them."""


class Refused(Exception):  # noqa: N818 -- it becomes 403, an answer
    """Why a request may not pass, by CloudFront's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def admit(url: str, query: str, cookies: str, keys: Mapping[str, TrustedKey], *, address: str, now: float) -> None:
    """Return if a valid signature covers the request; raise `Refused` if not.

    *url* is scheme, host and path as the viewer sent them; *query* and *cookies* are raw; *now* in epoch seconds.
    """
    signed = dict(_pairs(query))
    if not signed.keys() & NAMES:
        signed = _from_cookies(cookies)
    rest = without_signature(query)
    resource = f"{url}?{rest}" if rest else url
    key_id = signed.get("Key-Pair-Id")
    if not key_id:
        raise Refused("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
    if not signed.get("Signature"):
        raise Refused("MissingSignature", "Missing Signature query parameter or cookie value")
    if key_id not in keys:
        raise Refused("InvalidKey", "Unknown Key-Pair-Id")
    policy = _policy(signed, resource)
    if not _verified(keys[key_id], policy, signed["Signature"], signed.get("Hash-Algorithm", "SHA1")):
        raise Refused("AccessDenied", "Access denied")
    _hold(_statement(policy), resource, address=address, now=now)


def without_signature(query: str) -> str:
    return "&".join(each for each in query.split("&") if each.partition("=")[0] not in NAMES)


def _pairs(query: str) -> list[tuple[str, str]]:
    parts = [each.partition("=") for each in query.split("&") if each]
    return [(name, unquote(value)) for name, _, value in parts]


def _from_cookies(header: str) -> dict[str, str]:
    try:
        jar = SimpleCookie(header)
    except CookieError:
        return {}
    prefix = "CloudFront-"
    return {name.removeprefix(prefix): each.value for name, each in jar.items() if name.startswith(prefix)}


def _policy(signed: Mapping[str, str], resource: str) -> bytes:
    if "Policy" in signed:
        return _decoded(signed["Policy"], "MalformedPolicy", "Malformed Policy")
    expires = signed.get("Expires", "")
    if not expires:
        raise Refused("MissingPolicy", "Missing Policy or Expires query parameter or cookie value")
    if not expires.isdigit():
        raise Refused("MalformedExpires", "Expires is not a number of seconds")
    # Byte for byte what the signer wrote: the guide fixes the canned policy down to its white space.
    return f'{{"Statement":[{{"Resource":"{resource}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}}}]}}'.encode()


def _decoded(text: str, code: str, message: str) -> bytes:
    plain = text.translate(str.maketrans("-_~", "+=/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(code, message) from None


@lru_cache(maxsize=4096)
def _verified(key: TrustedKey, policy: bytes, signature: str, algorithm: str) -> bool:
    # A player sends the same signature with every range, and verifying costs more than serving.
    raw = _decoded(signature, "MalformedSignature", "Could not decode Signature")
    digests: dict[str, hashes.HashAlgorithm] = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}  # noqa: S303 -- CloudFront's default
    if algorithm.upper() not in digests:
        raise Refused("InvalidHashAlgorithm", "Hash-Algorithm is neither SHA1 nor SHA256")
    digest = digests[algorithm.upper()]
    try:
        if isinstance(key.public, ec.EllipticCurvePublicKey):
            key.public.verify(raw, policy, ec.ECDSA(digest))
        else:
            key.public.verify(raw, policy, padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=4096)
def _statement(policy: bytes) -> dict[str, Any]:
    try:
        [statement] = json.loads(policy)["Statement"]
        condition = statement["Condition"]
        int(condition["DateLessThan"]["AWS:EpochTime"])
        int(condition.get("DateGreaterThan", {"AWS:EpochTime": 0})["AWS:EpochTime"])
        ip_network(condition.get("IpAddress", {"AWS:SourceIp": "0.0.0.0/0"})["AWS:SourceIp"], strict=False)
    except (ValueError, KeyError, TypeError):
        raise Refused("MalformedPolicy", "Malformed Policy") from None
    return dict(statement)


def _hold(statement: Mapping[str, Any], resource: str, *, address: str, now: float) -> None:
    condition = statement["Condition"]
    ends = int(condition["DateLessThan"]["AWS:EpochTime"])
    begins = int(condition.get("DateGreaterThan", {}).get("AWS:EpochTime", 0))
    source = condition.get("IpAddress", {}).get("AWS:SourceIp", "0.0.0.0/0")
    anywhere = source == "0.0.0.0/0"  # CloudFront lets IPv6 viewers pass this one too
    inside = anywhere or ip_address(address) in ip_network(source, strict=False)
    if not (begins < now < ends and inside and matches(statement.get("Resource", "*"), resource)):
        raise Refused("AccessDenied", "Access denied")
