"""Access tokens: what is in them (RFC 9068), and who signs."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import jwt

from legato.billing.model import Plan
from legato.identity.keys import SigningKey, private, signer
from legato.identity.model import ACCESS_SECONDS, Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    url: str
    audience: str
    keys: Sequence[SigningKey]

    def access_token(self, account: Account, plan: Plan, *, sid: str, client_id: str, now: datetime) -> str:
        """RFC 9068 section 2.2. ``plan`` tells the player what to show; what may be heard is asked elsewhere."""
        key = signer(self.keys, now)
        moment = int(now.timestamp())
        claims = {
            "iss": self.url,
            "aud": self.audience,
            "sub": account.id,
            "client_id": client_id,
            "jti": _text(secrets.token_bytes(16)),
            "iat": moment,
            "exp": moment + ACCESS_SECONDS,
            "sid": sid,
            "scope": account.scope,
            "roles": sorted(account.roles),
            "plan": str(plan),
        }
        return jwt.encode(claims, private(key), algorithm="RS256", headers={"typ": "at+jwt", "kid": key.kid})


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
