"""Account: what a listener may see and change about himself, take along, and have erased."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from legato import secrets
from legato.api import GUARDED, new_api
from legato.billing.table import BillingTable
from legato.caller import Caller, Viewer, caller, viewer
from legato.config import load
from legato.errors import TryAgain
from legato.identity import belongings, credentials, erasure, inputs, passwords
from legato.identity.model import Account, AccountNotFound, Device, DeviceNotFound, Passkey, Role
from legato.identity.passkeys import CHALLENGE_SECONDS, PasskeyTable
from legato.identity.table import IdentityTable
from legato.identity.wire import NewCredential
from legato.library.playlists import PlaylistTable

from .settings import Settings

app = new_api()
settings = cache(lambda: load(Settings))
table = cache(lambda: IdentityTable(settings().identity_table))
passkeys = cache(lambda: PasskeyTable(settings().identity_table))
plans = cache(lambda: BillingTable(settings().billing_table))

STRICT = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    id: str
    email: str
    email_verified: bool
    display_name: str
    roles: list[str]
    plan: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    __pydantic_config__ = STRICT
    display_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    __pydantic_config__ = STRICT
    current_password: str
    new_password: str
    revoke_passkeys: bool = False
    """For whoever thinks that somebody else has added one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInDevice:
    id: str
    name: str
    client_id: str
    created_at: datetime
    seen_at: datetime
    """When it last refreshed its tokens."""
    current: bool
    """Whether it is the one that asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInDevices:
    items: list[SignedInDevice]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordShown:
    __pydantic_config__ = STRICT
    password: str
    """Once more: whoever found an open browser is not to leave a key of his own in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyOptions:
    public_key: dict[str, Any]
    """``PublicKeyCredentialCreationOptionsJSON`` (WebAuthn level 3, section 5.4), for ``navigator.credentials.create``."""
    expires_in: int
    """Seconds that an answer is good, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    __pydantic_config__ = STRICT
    name: str
    """What the list of passkeys calls it."""
    credential: NewCredential
    """What the browser made of `startPasskey`'s answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyName:
    __pydantic_config__ = STRICT
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPasskey:
    id: str
    name: str
    host: str
    """Where it signs in."""
    synced: bool
    """Whether its owner's cloud keeps a copy."""
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPasskeys:
    items: list[ListedPasskey]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Everything kept about the listener, GDPR article 20. Rows of other contexts are as those store them."""

    exported_at: datetime
    profile: Profile
    devices: list[SignedInDevice]
    passkeys: list[ListedPasskey]
    subscription: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    library: list[dict[str, Any]]
    playlists: dict[str, list[dict[str, Any]]]
    playback: list[dict[str, Any]]


@app.get("/v1/me", operation_id="getMe", tags=["account"], summary="Who am I", security=GUARDED)
def get_me() -> Profile:
    return _profile(_caller())


@app.patch("/v1/me", operation_id="changeMe", tags=["account"], summary="Change my profile", security=GUARDED)
def change_me(change: ProfileChange) -> Profile:
    me = _caller()
    if change.display_name is not None:
        name = inputs.display_name(change.display_name)
        _account(me)
        table().rename(me.id, name)
    return _profile(me)


@app.delete(
    "/v1/me", operation_id="eraseMe", tags=["account"], summary="Delete my account", security=GUARDED, status_code=204
)
def erase_me() -> None:
    """The account at once, so that nothing new comes; everything else by the workflow, which would do this, too."""
    me = _caller().id
    erasure.start(settings().erasure_machine, me)
    table().erase(me)


@app.get("/v1/me/export", operation_id="exportMe", tags=["account"], summary="My data, to take along", security=GUARDED)
def export_me() -> Export:
    me, library = _caller(), settings().library_table
    customer = plans().customer_of(me.id)
    return Export(
        exported_at=datetime.now(UTC),
        profile=_profile(me),
        devices=_devices(me),
        passkeys=_passkeys(me),
        subscription=belongings.of(settings().billing_table, me.id),
        payments=belongings.of(settings().billing_table, plans().ledger_key(customer)) if customer else [],
        library=belongings.of(library, me.id),
        playlists={each: belongings.of(library, each) for each in PlaylistTable(library).owned(me.id)},
        playback=belongings.of(settings().playback_table, me.id),
    )


@app.post(
    "/v1/me/password",
    operation_id="changePassword",
    tags=["account"],
    summary="Change my password",
    security=GUARDED,
    status_code=204,
)
def change_password(change: PasswordChange) -> None:
    """Signs every other device out: whoever knew the old password is not to stay."""
    me, now = _caller(), datetime.now(UTC)
    new = passwords.accept(change.new_password, "body.new_password")
    current = passwords.prepare(change.current_password, "body.current_password")
    account = credentials.confirm(table(), me.id, current, now=now)
    if not table().set_password(me.id, passwords.hashed(new), instead_of=account.password):
        raise TryAgain("the password was changed at the same moment", retry_after=1)
    if change.revoke_passkeys:
        passkeys().revoke_all(me.id)
    table().sign_out_everywhere(me.id, now, but=me.sid)


@app.get(
    "/v1/me/passkeys",
    operation_id="listPasskeys",
    tags=["account"],
    summary="What I sign in with instead of a password",
    security=GUARDED,
)
def list_passkeys() -> ListedPasskeys:
    return ListedPasskeys(items=_passkeys(_caller()))


@app.post(
    "/v1/me/passkeys/challenge",
    operation_id="startPasskey",
    tags=["account"],
    summary="What a new passkey has to sign",
    security=GUARDED,
)
def start_passkey(shown: PasswordShown) -> PasskeyOptions:
    from legato.identity import ceremonies  # noqa: PLC0415 -- see there: only who asks for it waits for it

    me, party, now = _caller(), ceremonies.relying_party(_viewer()), datetime.now(UTC)
    account = credentials.confirm(table(), me.id, passwords.prepare(shown.password), now=now)
    challenge = passkeys().challenge(now, me.id)
    options = ceremonies.creation_options(account, passkeys().of(me.id), party, challenge)
    return PasskeyOptions(public_key=options, expires_in=CHALLENGE_SECONDS)


@app.post(
    "/v1/me/passkeys",
    operation_id="addPasskey",
    tags=["account"],
    summary="Add a passkey",
    security=GUARDED,
    status_code=201,
)
def add_passkey(new: NewPasskey) -> ListedPasskey:
    from legato.identity import ceremonies  # noqa: PLC0415 -- see there: only who asks for it waits for it

    me, party = _caller(), ceremonies.relying_party(_viewer())
    name = inputs.display_name(new.name, "body.name")
    return _listed(
        ceremonies.add(passkeys(), table().account(me.id), new.credential, name, party, now=datetime.now(UTC))
    )


@app.patch(
    "/v1/me/passkeys/<passkey_id>",
    operation_id="renamePasskey",
    tags=["account"],
    summary="Rename a passkey",
    security=GUARDED,
)
def rename_passkey(passkey_id: str, change: PasskeyName) -> ListedPasskey:
    name = inputs.display_name(change.name, "body.name")
    return _listed(passkeys().rename(_caller().id, passkey_id, name))


@app.delete(
    "/v1/me/passkeys/<passkey_id>",
    operation_id="revokePasskey",
    tags=["account"],
    summary="Revoke a passkey",
    security=GUARDED,
    status_code=204,
)
def revoke_passkey(passkey_id: str) -> None:
    """It opens nothing from here on. Who has signed in with it stays so: sign the device out, too."""
    passkeys().revoke(_caller().id, passkey_id)


@app.get(
    "/v1/me/devices", operation_id="listDevices", tags=["account"], summary="Where I am signed in", security=GUARDED
)
def list_devices() -> SignedInDevices:
    return SignedInDevices(items=_devices(_caller()))


@app.delete(
    "/v1/me/devices",
    operation_id="signOutEverywhere",
    tags=["account"],
    summary="Sign out everywhere",
    security=GUARDED,
    status_code=204,
)
def sign_out_everywhere() -> None:
    """Refresh tokens die at once; an access token lives out its ten minutes."""
    table().sign_out_everywhere(_caller().id, datetime.now(UTC))


@app.delete(
    "/v1/me/devices/<device_id>",
    operation_id="signOutDevice",
    tags=["account"],
    summary="Sign a device out",
    security=GUARDED,
    status_code=204,
)
def sign_out_device(device_id: str) -> None:
    if not table().sign_out(_caller().id, device_id):
        raise DeviceNotFound


def _profile(me: Caller) -> Profile:
    account = _account(me)
    return Profile(
        id=account.id,
        email=account.email,
        email_verified=account.verified_at is not None,
        display_name=account.display_name,
        roles=sorted(account.roles),
        plan=str(plans().plan_of(account.id)),
        created_at=account.created_at,
    )


def _account(me: Caller) -> Account:
    """Raises `AccountNotFound`. A listener of another issuer has an account from the moment he asks for it."""
    try:
        return table().account(me.id)
    except AccountNotFound:
        if not settings().foreign_issuer:
            raise
    now = datetime.now(UTC)
    table().adopt(
        Account(
            id=me.id,
            email=me.email,
            display_name=me.name or "Listener",
            password="",  # no text is the hash of any
            roles=frozenset({Role.LISTENER}),
            created_at=now,
            verified_at=now if me.email_verified else None,
        )
    )
    return table().account(me.id)


def _devices(me: Caller) -> list[SignedInDevice]:
    newest_first = sorted(table().devices(me.id, datetime.now(UTC)), key=lambda device: device.seen_at, reverse=True)
    return [_signed_in(device, me) for device in newest_first]


def _signed_in(device: Device, me: Caller) -> SignedInDevice:
    return SignedInDevice(
        id=device.id,
        name=device.name,
        client_id=device.client_id,
        created_at=device.created_at,
        seen_at=device.seen_at,
        current=device.id == me.sid,
    )


def _passkeys(me: Caller) -> list[ListedPasskey]:
    return [_listed(passkey) for passkey in passkeys().of(me.id)]


def _listed(passkey: Passkey) -> ListedPasskey:
    return ListedPasskey(
        id=passkey.id,
        name=passkey.name,
        host=passkey.host,
        synced=passkey.synced,
        created_at=passkey.created_at,
        used_at=passkey.used_at,
    )


def _viewer() -> Viewer:
    headers = {name.lower(): value for name, value in app.current_event.headers.items()}
    return viewer(headers, secrets.accepted(settings().origin_secret))


def _caller() -> Caller:
    return caller(app.current_event.raw_event)
