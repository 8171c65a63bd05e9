"""What a token says, in our words: the one place that knows how an issuer names things.

Ours names them as we do. Others hide them behind their own prefix, because OIDC leaves plans and roles open:
Auth0 wants claims of one's own under a URL, Cognito says ``cognito:groups``, Keycloak ``realm_access``.
The gateway hands every claim over as text: an array as ``[a b]``, an object as ``map[roles:[a b]]``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from legato import ids

_ROLES = ("roles", "cognito:groups", "groups", "realm_access")
_NAMES = ("name", "preferred_username", "nickname", "cognito:username", "username")
_WORD = re.compile(r"[^\s\[\],:\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in listener, from a token that the gateway has already checked."""

    id: str
    plan: str
    roles: frozenset[str]
    sid: str
    email: str = ""
    """The issuer's word for it; ours leaves it out."""
    email_verified: bool = False
    name: str = ""


def read(claims: Mapping[str, Any]) -> Caller:
    return Caller(
        id=_listener(str(claims["sub"])),
        plan=_first(claims, "plan", "custom:plan") or "free",
        roles=frozenset(_WORD.findall(_first(claims, *_ROLES).removeprefix("map"))) - {"roles"},
        sid=_first(claims, "sid", "origin_jti"),
        email=_first(claims, "email"),
        email_verified=_first(claims, "email_verified").lower() == "true",
        name=_first(claims, *_NAMES),
    )


def _listener(subject: str) -> str:
    """Ours stays; another's (``auth0|64fa…``) becomes an id that no row of another kind can be mistaken for."""
    return subject if subject.startswith("usr_") else ids.of("usr", subject)


def _first(claims: Mapping[str, Any], *names: str) -> str:
    for name in names:
        for said, value in claims.items():
            if said == name or (said.startswith("https://") and said.endswith(f"/{name}")):
                return str(value)
    return ""
