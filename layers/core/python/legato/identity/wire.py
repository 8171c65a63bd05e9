"""What a browser's ``PublicKeyCredential.toJSON()`` says (WebAuthn level 3, section 5.1). Binary members are base64url.

Members that a later level of the standard adds are passed over: the browser writes this, not the client.
"""

from dataclasses import dataclass
from typing import Literal

# ruff: noqa: N815 -- the standard's own names

OPEN = {"extra": "ignore"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationAnswer:
    __pydantic_config__ = OPEN
    clientDataJSON: str
    attestationObject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """Of ``navigator.credentials.create``."""

    __pydantic_config__ = OPEN
    id: str
    rawId: str
    type: Literal["public-key"]
    response: AttestationAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionAnswer:
    __pydantic_config__ = OPEN
    clientDataJSON: str
    authenticatorData: str
    signature: str
    userHandle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCredential:
    """Of ``navigator.credentials.get``."""

    __pydantic_config__ = OPEN
    id: str
    rawId: str
    type: Literal["public-key"]
    response: AssertionAnswer
