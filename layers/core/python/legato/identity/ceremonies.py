"""Passkeys: adding one, and signing in with it. What WebAuthn level 3, section 7 asks of a relying party.

Importing `webauthn` costs as much as a third of the rest of the function, so this module is imported by the routes that
need it, when they are asked.

Every passkey is discoverable and verifies its user (a finger, a face, a PIN), so that it takes the place of
address and password both. No sign-in is told which passkeys an address has: that would tell who has an account.
"""
# ruff: noqa: E402 -- webauthn imports OpenSSL

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import legato

legato.let_openssl_in()

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_attestation_object,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from legato import ids, log
from legato.caller import NotThroughTheEdge, Viewer
from legato.errors import Refusal
from legato.identity import throttle
from legato.identity.model import (
    Account,
    AccountNotFound,
    Passkey,
    PasskeyNotAccepted,
    PasskeyNotFound,
    PasskeyRefused,
)
from legato.identity.passkeys import CHALLENGE_SECONDS, PasskeyTable
from legato.identity.table import IdentityTable
from legato.identity.wire import NewCredential, ShownCredential

ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
"""What section 5.4.3 tells everybody to offer."""
FORMATS = {AttestationFormat.NONE, AttestationFormat.PACKED}
"""We ask for no attestation: a browser answers with none, or with the authenticator's signature of itself."""
LONGEST_CREDENTIAL_ID = 1023
"""Bytes (section 7.1, step 25)."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This service as the listener's browser knows it. Passkeys belong to a host name."""

    host: str
    origin: str


def relying_party(seen: Viewer) -> RelyingParty:
    """Raises `NotThroughTheEdge` where nobody says which host was asked."""
    if not seen.host:
        raise NotThroughTheEdge
    return RelyingParty(seen.host.partition(":")[0], f"{seen.scheme}://{seen.host}")


def creation_options(account: Account, known: list[Passkey], party: RelyingParty, challenge: bytes) -> dict[str, Any]:
    """``PublicKeyCredentialCreationOptionsJSON``. An authenticator that holds one of *known* makes no second."""
    options = generate_registration_options(
        rp_id=party.host,
        rp_name=party.host,
        user_id=account.id.encode(),
        user_name=account.email or account.display_name,
        user_display_name=account.display_name,
        challenge=challenge,
        timeout=CHALLENGE_SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(party: RelyingParty, challenge: bytes) -> dict[str, Any]:
    """``PublicKeyCredentialRequestOptionsJSON``, for whichever passkey the listener picks."""
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        timeout=CHALLENGE_SECONDS * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def add(
    table: PasskeyTable, account: Account, credential: NewCredential, name: str, party: RelyingParty, *, now: datetime
) -> Passkey:
    """Store what the browser has made. Raises `PasskeyNotAccepted`, `PasskeyKnown` or `TooManyPasskeys`."""
    with _parsing(PasskeyNotAccepted):
        challenge = _challenge(credential.response.clientDataJSON)
        attestation = parse_attestation_object(base64url_to_bytes(credential.response.attestationObject))
    if attestation.fmt not in FORMATS or not table.redeem(challenge, now, account.id):
        raise PasskeyNotAccepted
    with _parsing(PasskeyNotAccepted):
        made = verify_registration_response(
            credential=asdict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    if len(made.credential_id) > LONGEST_CREDENTIAL_ID:
        raise PasskeyNotAccepted
    passkey = Passkey(
        id=_id(made.credential_id),
        listener_id=account.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        host=party.host,
        synced=made.credential_backed_up,
        created_at=now,
    )
    table.add(passkey)
    return passkey


def sign_in(
    identity: IdentityTable,
    passkeys: PasskeyTable,
    credential: ShownCredential,
    party: RelyingParty,
    client: str,
    *,
    now: datetime,
) -> Account:
    """Whose passkey has answered a challenge of ours. *client* is the viewer's IP address.

    Charged as a failed sign-in of that client until it turns out right. No account is charged: a signature is not guessed,
    and strangers must not make the owner wait. Raises `PasskeyRefused` or `SlowDown`.
    """
    counter = throttle.by_client(client)
    identity.charge(counter, now)
    account = _owner(identity, passkeys, credential, party, now)
    identity.refund(counter)
    identity.know_network(account.id, throttle.network(client), now)
    return account


def _owner(
    identity: IdentityTable, passkeys: PasskeyTable, credential: ShownCredential, party: RelyingParty, now: datetime
) -> Account:
    with _parsing(PasskeyRefused):
        challenge = _challenge(credential.response.clientDataJSON)
        listener_id = base64url_to_bytes(credential.response.userHandle or "").decode()
        passkey_id = _id(base64url_to_bytes(credential.rawId))
    if not passkeys.redeem(challenge, now) or not ids.is_id("usr", listener_id):
        raise PasskeyRefused
    try:
        # Whom the authenticator keeps the passkey for, so it says; the signature tells whether that is so.
        passkey = passkeys.get(listener_id, passkey_id)
        account = identity.account(listener_id)
    except (PasskeyNotFound, AccountNotFound) as fault:
        raise PasskeyRefused from fault
    with _parsing(PasskeyRefused):
        verified = verify_authentication_response(
            credential=asdict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            # A counter that does not move on tells of a copied authenticator, and is refused (section 6.1.1).
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    if not passkeys.used(passkey, verified.new_sign_count, now):
        raise PasskeyRefused
    return account


def _challenge(client_data: str) -> bytes:
    """The challenge that was signed. A page in somebody else's frame signs nothing for us (section 7.2, step 13)."""
    said = parse_client_data_json(base64url_to_bytes(client_data))
    if said.cross_origin:
        raise ValueError("signed in a frame of another origin")
    return said.challenge


@contextmanager
def _parsing(refusal: type[Refusal]) -> Iterator[None]:
    """Parsers of strangers' bytes raise what they like; all of it means no."""
    try:
        yield
    except Exception as fault:
        log.info("passkey refused", why=type(fault).__name__)
        raise refusal from fault


def _id(credential_id: bytes) -> str:
    """Names a passkey to its owner. Credential ids may be longer than a sort key."""
    return ids.of("psk", bytes_to_base64url(credential_id))
