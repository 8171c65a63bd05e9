"""The attacks of RFC 8725 section 2, and everything else that is nearly a token of ours."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from legato.billing.model import Plan
from legato.identity import keys, verify
from legato.identity.model import Account, InvalidAccessToken, Role
from legato.identity.tokens import Issuer

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ISSUER = "https://identity.example"
OURS = keys.generate(SECONDS - 86_400)
THEIRS = keys.generate(SECONDS - 86_400)
KEY_SET = asdict(keys.key_set((OURS,)))
ANNA = Account(
    id="usr_anna",
    email="anna@example.com",
    display_name="Anna",
    password="",
    roles=frozenset({Role.LISTENER}),
    created_at=NOW,
)
PUBLIC_PEM = (
    keys.private(OURS)
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)


def issued(account=ANNA, now=NOW):
    issuer = Issuer(url=ISSUER, audience="legato", keys=(OURS,))
    return issuer.access_token(account, Plan.FREE, sid="dev_1", client_id="legato", now=now)


def check(token, now=NOW, key_set=KEY_SET):
    return verify.claims(token, key_set, issuer=ISSUER, audience="legato", now=now)


def b64(raw):
    raw = raw if isinstance(raw, bytes) else json.dumps(raw).encode() if not isinstance(raw, str) else raw.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


GOOD = jwt.decode(issued(), options={"verify_signature": False})
HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": OURS.kid}


def forged(header=HEADER, claims=GOOD, key=OURS):
    """Whatever is asked for, with a true RS256 signature of *key*."""
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(signed.encode(), keys.private(key)))}"


def hmac_signed(header, secret):
    signed = f"{b64(header)}.{b64(GOOD)}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def with_header(**changes):
    return forged({k: v for k, v in (HEADER | changes).items() if v is not None})


def with_claims(**changes):
    return forged(claims={k: v for k, v in (GOOD | changes).items() if v is not None})


def test_a_token_of_ours_is_good_for_its_ten_minutes_and_not_a_second_more():
    assert check(issued())["sub"] == "usr_anna"
    assert check(forged()) == GOOD
    assert check(issued(), NOW + timedelta(seconds=599))
    with pytest.raises(InvalidAccessToken):
        check(issued(), NOW + timedelta(seconds=600))


def test_an_admin_has_the_scope_that_opens_the_operators_routes():
    admin = check(issued(Account(**{f: getattr(ANNA, f) for f in ANNA.__slots__} | {"roles": frozenset(Role)})))
    assert (admin["scope"], admin["roles"]) == ("listener admin", ["admin", "listener"])
    assert check(issued())["scope"] == "listener"


CORPUS = {
    "nothing": "",
    "one part": "abc",
    "two parts": ".".join(issued().split(".")[:2]),
    "four parts": issued() + ".abc",
    "five parts, as JWE": "a.b.c.d.e",
    "no signature": ".".join([*issued().split(".")[:2], ""]),
    "alg none": f"{b64(HEADER | {'alg': 'none'})}.{b64(GOOD)}.",
    "alg None": f"{b64(HEADER | {'alg': 'None'})}.{b64(GOOD)}.",
    "alg none, signed": with_header(alg="none"),
    "alg nOnE, signed": with_header(alg="nOnE"),
    "HS256 with the public key as secret": hmac_signed(HEADER | {"alg": "HS256"}, PUBLIC_PEM),
    "HS256 with the modulus as secret": hmac_signed(HEADER | {"alg": "HS256"}, KEY_SET["keys"][0]["n"].encode()),
    "HS256 with an empty secret": hmac_signed(HEADER | {"alg": "HS256"}, b""),
    "RS256 in name, HMAC in truth": hmac_signed(HEADER, PUBLIC_PEM),
    "RS384": with_header(alg="RS384"),
    "PS256": with_header(alg="PS256"),
    "ES256": with_header(alg="ES256"),
    "alg missing": with_header(alg=None),
    "alg a list": with_header(alg=["RS256"]),
    "kid of nobody": with_header(kid="nobody"),
    "kid missing": with_header(kid=None),
    "kid a path": with_header(kid="../../dev/null"),
    "kid an injection": with_header(kid="' OR 1=1 --"),
    "kid a number": with_header(kid=1),
    "kid a list": with_header(kid=[OURS.kid]),
    "another's key under our kid": forged(key=THEIRS),
    "another's key, handed along as jwk": forged(HEADER | {"jwk": asdict(keys.key_set((THEIRS,)).keys[0])}, key=THEIRS),
    "another's key, handed along as jku": forged(HEADER | {"jku": "https://evil.example/jwks.json"}, key=THEIRS),
    "x5u": with_header(x5u="https://evil.example/cert"),
    "crit": with_header(crit=["exp"]),
    "b64 false": with_header(b64=False),
    "compressed": with_header(zip="DEF"),
    "nested": with_header(cty="JWT"),
    "typ JWT": with_header(typ="JWT"),
    "typ of an ID token": with_header(typ="id+jwt"),
    "typ of a logout token": with_header(typ="logout+jwt"),
    "typ missing": with_header(typ=None),
    "iss of another": with_claims(iss="https://evil.example"),
    "iss with a slash": with_claims(iss=ISSUER + "/"),
    "iss a list": with_claims(iss=[ISSUER]),
    "iss missing": with_claims(iss=None),
    "aud of another": with_claims(aud="other"),
    "aud several": with_claims(aud=["legato", "other"]),
    "aud missing": with_claims(aud=None),
    "sub missing": with_claims(sub=None),
    "sub empty": with_claims(sub=""),
    "sub a number": with_claims(sub=1),
    "sub an object": with_claims(sub={"id": "usr_anna"}),
    "expired this second": with_claims(exp=SECONDS),
    "expired 60 s ago": with_claims(exp=SECONDS - 60),
    "exp missing": with_claims(exp=None),
    "exp text": with_claims(exp=str(SECONDS + 60)),
    "exp true": with_claims(exp=True),
    "exp infinite": f"{b64(HEADER)}.{b64(json.dumps(GOOD).replace(str(GOOD['exp']), 'Infinity'))}.x",
    "exp not a number, signed": forged(claims=json.dumps(GOOD).replace(str(GOOD["exp"]), "NaN")),
    "exp huge, signed": forged(claims=json.dumps(GOOD).replace(str(GOOD["exp"]), "9" * 3000)),
    "iat in 60 s": with_claims(iat=SECONDS + 60),
    "iat in a second": with_claims(iat=SECONDS + 1),
    "iat missing": with_claims(iat=None),
    "nbf in 60 s": with_claims(nbf=SECONDS + 60),
    "nbf in a second": with_claims(nbf=SECONDS + 1),
    "nbf text": with_claims(nbf=str(SECONDS - 60)),
    "jti missing": with_claims(jti=None),
    "client_id missing": with_claims(client_id=None),
    "scope missing": with_claims(scope=None),
    "scope a list": with_claims(scope=["listener", "admin"]),
    "claims a list": forged(claims=[GOOD]),
    "claims text": forged(claims='"text"'),
    "claims not JSON": forged(claims="{"),
    "claims not UTF-8": forged(claims=b'{"sub":"\xff"}'),
    "claims in UTF-16": forged(claims=json.dumps(GOOD).encode("utf-16")),
    "sub twice": forged(claims=json.dumps(GOOD)[:-1] + ', "sub": "usr_bob"}'),
    "exp twice": forged(claims=json.dumps(GOOD)[:-1] + f', "exp": {SECONDS + 9999}}}'),
    "a claim twice, deep inside": forged(claims=json.dumps(GOOD)[:-1] + ', "act": {"sub": "a", "sub": "b"}}'),
    "alg twice": forged(json.dumps(HEADER)[:-1] + ', "alg": "none"}'),
    "kid twice": forged(json.dumps(HEADER)[:-1] + f', "kid": "{OURS.kid}"}}'),
    "header a list": forged([HEADER]),
    "huge": with_claims(pad="x" * 8192),
    "brackets": forged(claims="[" * 2000),
    "a space before": " " + issued(),
    "a newline behind": issued() + "\n",
    "a NUL inside": issued().replace(".", "\0.", 1),
    "padding": issued() + "==",
    "letters of no base64": issued()[:-3] + "+/*",
    "unicode": issued()[:-1] + "é",
    "half a surrogate pair": issued()[:-1] + "\ud800",
}


@pytest.mark.parametrize("token", CORPUS.values(), ids=CORPUS)
def test_what_is_nearly_a_token_is_none(token):
    with pytest.raises(InvalidAccessToken):
        check(token)


def test_a_key_set_without_keys_opens_nothing():
    with pytest.raises(InvalidAccessToken):
        check(issued(), key_set={"keys": []})


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(issued()) - 1), st.integers(0, 63))
def test_no_letter_of_a_token_may_change(place, letter):
    token = issued()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = token[:place] + alphabet[letter] + token[place + 1 :]
    if other == token:
        return
    with pytest.raises(InvalidAccessToken):
        check(other)
