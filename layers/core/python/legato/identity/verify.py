"""Our own access tokens, checked without the gateway: for routes where signing in is optional.

RFC 8725 in code: one algorithm, one type, one issuer, one audience, a key we published, nothing twice,
nothing that is not understood. There is no leeway: issuer and verifier take their time from AWS, and ten
minutes of life need no minute more.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt

from legato.identity.model import InvalidAccessToken

LONGEST = 4096
"""Characters. Ours have about 900."""
_REQUIRED: dict[str, type] = {
    "iss": str,
    "aud": str,
    "sub": str,
    "client_id": str,
    "jti": str,
    "iat": int,
    "exp": int,
    "scope": str,
    "sid": str,
}
_JWS = jwt.PyJWS(algorithms=["RS256"])


def claims(token: str, key_set: Mapping[str, Any], *, issuer: str, audience: str, now: datetime) -> dict[str, Any]:
    """What *token* says, if one of *key_set* (a JWK Set) signed it for us. Raises `InvalidAccessToken`."""
    if len(token) > LONGEST:
        raise InvalidAccessToken
    try:
        signed = _signed(token, key_set)
        said = _object(signed)
    except (jwt.PyJWTError, ValueError, RecursionError) as fault:
        raise InvalidAccessToken from fault
    if any(type(said.get(name)) is not kind for name, kind in _REQUIRED.items()):
        raise InvalidAccessToken
    moment = now.timestamp()
    begins = said.get("nbf", said["iat"])
    timely = type(begins) is int and max(begins, said["iat"]) <= moment < said["exp"]
    if not timely or said["iss"] != issuer or said["aud"] != audience or not said["sub"]:
        raise InvalidAccessToken
    return said


def _signed(token: str, key_set: Mapping[str, Any]) -> bytes:
    """The payload, once its signature holds. Every member of the header is ours, and each stands there once."""
    parts = [_bytes(part) for part in token.split(".")]
    header = _object(parts[0])
    kid = header.get("kid")
    known = {jwk["kid"]: jwk for jwk in key_set["keys"]}
    if set(header) != {"alg", "typ", "kid"} or header["alg"] != "RS256" or header["typ"] != "at+jwt":
        raise jwt.InvalidTokenError
    if not isinstance(kid, str) or kid not in known:
        raise jwt.InvalidKeyError
    payload = _JWS.decode_complete(token, jwt.PyJWK(known[kid], "RS256"), algorithms=["RS256"])["payload"]
    assert isinstance(payload, bytes)
    return payload


def _bytes(part: str) -> bytes:
    """Base64url as RFC 7515 section 2 writes it: no padding, no stray bits, no other letters."""
    raw = jwt.utils.base64url_decode(part)
    if jwt.utils.base64url_encode(raw).decode() != part:
        raise jwt.DecodeError
    return raw


def _object(text: bytes) -> dict[str, Any]:
    value = json.loads(text.decode(), object_pairs_hook=_no_member_twice)
    if not isinstance(value, dict):
        raise jwt.DecodeError
    return value


def _no_member_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise jwt.DecodeError
    return members
