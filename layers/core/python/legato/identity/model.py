"""Listeners, their devices, and what may be refused to somebody who signs in. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from legato.errors import Conflict, Invalid, NotFound, Throttled, Unauthenticated

ACCESS_SECONDS = 600
"""Life of an access token. It cannot be taken back, so it is short."""
REFRESH_SECONDS = 60 * 86_400
"""A device that has not asked for this long must sign in again."""
REUSE_SECONDS = 7 * 86_400
"""For this long a used refresh token is remembered as used, and whoever brings it signs the device out."""
GRACE_MS = 10_000
"""A refresh token may be used again this long after its first use: two tabs, or an answer lost on the way."""


MOST_PASSKEYS = 20
"""Of one listener."""


class WrongCredentials(Unauthenticated):
    """The address is unknown, or the password is not its own: nobody is told which."""


class RefreshTokenRefused(Unauthenticated):
    """Unknown, expired, signed out, or used twice. The device has to sign in."""


class PasskeyRefused(Unauthenticated):
    """Unknown, revoked, for another site, or an answer to no question of ours: nobody is told which."""


class PasskeyNotAccepted(Invalid):
    """Made for another site, without a check of its user, or not soon enough after the options for it."""


class PasskeyKnown(Conflict):
    """The listener has this passkey already."""


class TooManyPasskeys(Conflict):
    """As many as ``most``: one has to be revoked first."""


class PasskeyNotFound(NotFound): ...


class InvalidAccessToken(Unauthenticated):
    """Not a token of ours that is good now."""


class AddressTaken(Conflict):
    """Somebody has registered with this e-mail address."""


class PasswordTooCommon(Invalid):
    """One of the passwords that guessers try first."""


class SlowDown(Throttled):
    """Too many failures; ``retry_after`` says when to come back."""


class AccountNotFound(NotFound): ...


class DeviceNotFound(NotFound): ...


class Role(StrEnum):
    LISTENER = "listener"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: str
    email: str
    display_name: str
    password: str
    """argon2's own text form, which carries its parameters and salt."""
    roles: frozenset[Role]
    created_at: datetime
    verified_at: datetime | None = None

    @property
    def scope(self) -> str:
        """RFC 6749 section 3.3: ``listener``, or ``listener admin``."""
        return " ".join(role for role in Role if role in self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One sign-in and everything that was refreshed from it (RFC 9700 section 4.14.2 calls that a family)."""

    id: str
    """The access tokens' ``sid``."""
    listener_id: str
    client_id: str
    name: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A WebAuthn credential: the half of it that is no secret."""

    id: str
    listener_id: str
    credential_id: bytes
    """The authenticator's own name for it."""
    public_key: bytes
    """COSE_Key (RFC 9052 section 7)."""
    sign_count: int
    """What the authenticator counted at its last use; 0 for ever where it does not count."""
    name: str
    host: str
    """It opens the account there and nowhere else."""
    synced: bool
    """Whether its owner's cloud keeps a copy, so that it outlives the device."""
    created_at: datetime
    used_at: datetime | None = None
