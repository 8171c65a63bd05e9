"""Identity: an OIDC issuer of our own. Register, sign in, refresh, sign out; discovery and keys.

The routes stand on a public API of their own, because the guarded API's authorizer asks for the
discovery document while it is being created. Every refusal of a sign-in is the same refusal.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from legato import ids, secrets
from legato.api import new_api
from legato.billing.table import BillingTable
from legato.caller import Viewer, viewer
from legato.config import load
from legato.errors import UnsupportedMedia
from legato.identity import credentials, inputs, keys, mail, passwords, throttle
from legato.identity.inputs import Address
from legato.identity.keys import KeySet
from legato.identity.links import LINK_SECONDS, LinkTable, Purpose
from legato.identity.mail import Wish
from legato.identity.model import (
    ACCESS_SECONDS,
    REFRESH_SECONDS,
    Account,
    Device,
    RefreshTokenRefused,
    Role,
)
from legato.identity.passkeys import CHALLENGE_SECONDS, PasskeyTable
from legato.identity.table import IdentityTable
from legato.identity.tokens import Issuer
from legato.identity.wire import ShownCredential

from .settings import Settings

app = new_api()
settings = cache(lambda: load(Settings))
table = cache(lambda: IdentityTable(settings().identity_table))
passkeys = cache(lambda: PasskeyTable(settings().identity_table))
links = cache(lambda: LinkTable(settings().identity_table))
plans = cache(lambda: BillingTable(settings().billing_table))

COOKIE = "legato_refresh"
COOKIE_PATH = "/v1/auth"
CACHEABLE = {"Cache-Control": "public, max-age=300, stale-while-revalidate=3600"}
"""Short beside `keys.AHEAD_SECONDS`: a cache on the way must not make a new key late."""
STRICT = {"extra": "forbid"}


class JsonOnly(UnsupportedMedia):
    """A form can be posted from any page on the web; JSON cannot, without asking first (Fetch, CORS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    __pydantic_config__ = STRICT
    email: str
    password: str
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    id: str
    email: str
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """RFC 6749 sections 4.3 and 6, as JSON; and passkeys, which are an extension as section 4.5 has it."""

    __pydantic_config__ = STRICT
    grant_type: Literal["password", "refresh_token", "passkey"]
    email: str | None = None
    password: str | None = None
    refresh_token: str | None = None
    credential: ShownCredential | None = None
    """What the browser made of `startPasskeySignIn`'s answer."""
    client_id: str = "legato"
    device_name: str = ""
    """What the list of signed-in devices calls it."""
    cookie: bool = False
    """For browsers: the refresh token travels in an HttpOnly cookie, out of every script's reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """RFC 6749 section 5.1."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""
    scope: str
    refresh_token: str | None
    """``null`` where it is in the cookie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAddress:
    """Nobody is asked who he is: the passkey that the listener picks tells."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyQuestion:
    public_key: dict[str, Any]
    """``PublicKeyCredentialRequestOptionsJSON`` (WebAuthn level 3, section 5.5), for ``navigator.credentials.get``."""
    expires_in: int
    """Seconds that an answer is good, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    __pydantic_config__ = STRICT
    refresh_token: str | None = None
    """Left out, the cookie's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRequest:
    __pydantic_config__ = STRICT
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccepted:
    """Whether anybody has the address is not told."""

    expires_in: int
    """Seconds that the link works, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    __pydantic_config__ = STRICT
    token: str
    """Out of the mailed link."""
    new_password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    __pydantic_config__ = STRICT
    token: str
    """Out of the mailed link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """RFC 8414 section 2, and what OpenID Connect Discovery 1.0 section 3 asks for beyond it."""

    issuer: str
    jwks_uri: str
    token_endpoint: str
    revocation_endpoint: str
    grant_types_supported: tuple[str, ...] = ("password", "refresh_token", "passkey")
    response_types_supported: tuple[str, ...] = ()
    subject_types_supported: tuple[str, ...] = ("public",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("none",)
    scopes_supported: tuple[str, ...] = tuple(map(str, Role))
    claims_supported: tuple[str, ...] = ("sub", "client_id", "sid", "scope", "roles", "plan")


@app.post("/v1/auth/register", operation_id="register", tags=["identity"], summary="Open an account", status_code=201)
def register(registration: Registration) -> Registered:
    """Says openly that an address is taken: it works where no mail can be sent, and asking is throttled."""
    now, seen = datetime.now(UTC), _viewer()
    client = seen.address
    address = inputs.address(registration.email)
    name = inputs.display_name(registration.display_name)
    password = passwords.accept(registration.password)
    counter = throttle.by_registrant(client)
    table().charge(counter, now)
    account = Account(
        id=ids.new("usr"),
        email=address.text,
        display_name=name,
        password=passwords.hashed(password),
        roles=frozenset({Role.LISTENER}),
        created_at=now,
    )
    table().register(account, address.key)
    table().refund(counter)
    table().know_network(account.id, throttle.network(client), now)
    _ask_for_mail(Purpose.VERIFY_ADDRESS, address, seen)
    return Registered(id=account.id, email=account.email, display_name=name)


@app.post("/v1/auth/token", operation_id="getTokens", tags=["identity"], summary="Sign in, or stay signed in")
def get_tokens(request: TokenRequest) -> Response[Tokens]:
    now, seen = datetime.now(UTC), _viewer()
    if request.grant_type != "refresh_token":
        account, device, refresh = _sign_in(request, seen, now)
    else:
        refresh, device = table().rotate(_shown(request.refresh_token), now)
        account = table().account(device.listener_id)
    answer = Tokens(
        access_token=_issuer().access_token(
            account, plans().plan_of(account.id), sid=device.id, client_id=device.client_id, now=now
        ),
        token_type="Bearer",  # noqa: S106 -- the type, not the token
        expires_in=ACCESS_SECONDS,
        scope=account.scope,
        refresh_token=None if request.cookie else refresh,
    )
    return _json(200, answer, [_cookie(refresh, REFRESH_SECONDS, seen)] if request.cookie else [])


@app.post(
    "/v1/auth/passkeys/challenge",
    operation_id="startPasskeySignIn",
    tags=["identity"],
    summary="What a passkey has to sign",
)
def start_passkey_sign_in(_: NoAddress) -> Response[PasskeyQuestion]:
    """The same for everybody, so that it tells nothing of anybody."""
    from legato.identity import ceremonies  # noqa: PLC0415 -- see there: only who asks for it waits for it

    party = ceremonies.relying_party(_viewer())
    options = ceremonies.request_options(party, passkeys().challenge(datetime.now(UTC)))
    return _json(200, PasskeyQuestion(public_key=options, expires_in=CHALLENGE_SECONDS))


@app.post(
    "/v1/auth/revoke", operation_id="revokeToken", tags=["identity"], summary="Sign this device out", status_code=204
)
def revoke_token(revocation: Revocation) -> Response[None]:
    """RFC 7009: a token that is not good is as signed out as anybody could wish."""
    seen = _viewer()
    with suppress(RefreshTokenRefused):
        table().sign_out(*table().device_of(_shown(revocation.refresh_token), datetime.now(UTC)))
    return Response(204, body=None, cookies=[_cookie("", 0, seen)] if _cookies() else [])


@app.post(
    "/v1/auth/password/forgotten",
    operation_id="forgetPassword",
    tags=["identity"],
    summary="Have a link mailed that sets a new password",
    status_code=202,
)
def forget_password(request: MailRequest) -> Response[MailAccepted]:
    return _mail(Purpose.RESET_PASSWORD, request)


@app.post(
    "/v1/auth/password/reset",
    operation_id="resetPassword",
    tags=["identity"],
    summary="Set a new password with a mailed link",
    status_code=204,
)
def reset_password(request: NewPassword) -> Response[None]:
    """Signs every device out and revokes every passkey: what opened the account before opens it no more.

    A password that is refused does not use the link up.
    """
    now = datetime.now(UTC)
    _viewer()
    password = passwords.accept(request.new_password, "body.new_password")
    listener_id = links().redeem(request.token, Purpose.RESET_PASSWORD, now)
    table().reset_password(listener_id, passwords.hashed(password))
    table().verify(listener_id, now)
    passkeys().revoke_all(listener_id)
    table().sign_out_everywhere(listener_id, now)
    return Response(204, body=None)


@app.post(
    "/v1/auth/address/verification",
    operation_id="requestVerification",
    tags=["identity"],
    summary="Have a link mailed that verifies an address",
    status_code=202,
)
def request_verification(request: MailRequest) -> Response[MailAccepted]:
    return _mail(Purpose.VERIFY_ADDRESS, request)


@app.post(
    "/v1/auth/address/verify",
    operation_id="verifyAddress",
    tags=["identity"],
    summary="Verify an address with a mailed link",
    status_code=204,
)
def verify_address(proof: Proof) -> Response[None]:
    now = datetime.now(UTC)
    _viewer()
    table().verify(links().redeem(proof.token, Purpose.VERIFY_ADDRESS, now), now)
    return Response(204, body=None)


@app.get("/.well-known/openid-configuration", operation_id="getDiscovery", tags=["identity"], summary="OIDC discovery")
def get_discovery() -> Response[Discovery]:
    """Needs no table: whoever has a token stays a listener while the database is away."""
    url = settings().issuer
    found = Discovery(
        issuer=url,
        jwks_uri=f"{url}/.well-known/jwks.json",
        token_endpoint=f"{url}/v1/auth/token",
        revocation_endpoint=f"{url}/v1/auth/revoke",
    )
    return _json(200, found, headers=CACHEABLE)


@app.get("/.well-known/jwks.json", operation_id="getKeySet", tags=["identity"], summary="The issuer's public keys")
def get_key_set() -> Response[KeySet]:
    """Needs no table."""
    return _json(200, keys.key_set(_issuer().keys), headers=CACHEABLE)


def _sign_in(request: TokenRequest, seen: Viewer, now: datetime) -> tuple[Account, Device, str]:
    client_id = inputs.display_name(request.client_id, "body.client_id")
    name = inputs.display_name(request.device_name or _browser(), "body.device_name")
    account = _by_password(request, seen, now) if request.grant_type == "password" else _by_passkey(request, seen, now)
    device = Device(
        id=ids.new("dev"), listener_id=account.id, client_id=client_id, name=name, created_at=now, seen_at=now
    )
    return account, device, table().sign_in(device)


def _by_password(request: TokenRequest, seen: Viewer, now: datetime) -> Account:
    if request.email is None or request.password is None:
        raise inputs.malformed("body", "the grant `password` needs email and password")
    return credentials.authenticate(
        table(), inputs.address(request.email), passwords.prepare(request.password), seen.address, now=now
    )


def _by_passkey(request: TokenRequest, seen: Viewer, now: datetime) -> Account:
    from legato.identity import ceremonies  # noqa: PLC0415 -- see there: only who asks for it waits for it

    if request.credential is None:
        raise inputs.malformed("body", "the grant `passkey` needs credential")
    party = ceremonies.relying_party(seen)
    return ceremonies.sign_in(table(), passkeys(), request.credential, party, seen.address, now=now)


def _mail(purpose: Purpose, request: MailRequest) -> Response[MailAccepted]:
    """The same answer, the same reads and the same call, whether anybody has the address or not."""
    seen = _viewer()
    address = inputs.address(request.email)
    counters = throttle.by_postman(seen.address), throttle.by_mailbox(address.key)
    credentials.charge(table(), counters, datetime.now(UTC))
    _ask_for_mail(purpose, address, seen)
    return _json(202, MailAccepted(expires_in=LINK_SECONDS))


def _ask_for_mail(purpose: Purpose, address: Address, seen: Viewer) -> None:
    wish = Wish(purpose=purpose, address_key=address.key, origin=f"{seen.scheme}://{seen.host}")
    mail.ask(settings().mail_function, wish)


def _issuer() -> Issuer:
    known = keys.parse(secrets.read(settings().signing_keys_secret))
    return Issuer(url=settings().issuer, audience=settings().audience, keys=known)


def _viewer() -> Viewer:
    headers = _headers()
    if not headers.get("content-type", "").startswith("application/json"):
        raise JsonOnly
    return viewer(headers, secrets.accepted(settings().origin_secret))


def _shown(in_body: str | None) -> str:
    token = in_body or _cookies().get(COOKIE)
    if not token:
        raise RefreshTokenRefused
    return token


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in app.current_event.headers.items()}


def _browser() -> str:
    """What the client calls itself, as far as a name may go."""
    return "".join(filter(str.isprintable, _headers().get("user-agent", "")))[: inputs.NAME_LENGTH].strip() or "?"


def _cookies() -> dict[str, str]:
    # HTTP APIs hand cookies over twice; the local cloud only as the header they came in.
    sent = app.current_event.raw_event.get("cookies") or _headers().get("cookie", "").split(";")
    return {name: value for name, _, value in (str(cookie).strip().partition("=") for cookie in sent) if name == COOKIE}


def _cookie(token: str, seconds: int, seen: Viewer) -> Cookie:
    return Cookie(
        COOKIE,
        token,
        path=COOKIE_PATH,
        secure=seen.scheme == "https",  # a laptop has no certificate
        http_only=True,
        max_age=seconds,
        same_site=SameSite.STRICT_MODE,
    )


def _json(
    status: int, content: Any, cookies: list[Cookie] | None = None, headers: Mapping[str, str] | None = None
) -> Response[Any]:
    return Response(status, "application/json", content, headers=dict(headers or {}), cookies=cookies)
