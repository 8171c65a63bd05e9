"""A gateway with a JWT authorizer takes what AWS documents, and nothing that only ministack would."""

import asyncio
import time

import jwt
import pytest
from ministack.services import apigateway

from legato.identity import keys
from local.cloud.shims import token_checks
from tests.forgeries import Forger

ISSUER = "https://identity.example"
OURS, THEIRS = keys.generate(0), keys.generate(0)
AUTHORIZER = {
    "identitySource": ["$request.header.Authorization"],
    "jwtConfiguration": {"issuer": ISSUER, "audience": ["legato"]},
}


@pytest.fixture
def claims_of(monkeypatch):
    """What the authorizer makes of a token: its claims, or None."""
    published = [{"kid": k.kid, "n": k.n, "e": k.e} for k in keys.key_set((OURS,)).keys]

    async def where(_):
        return "https://identity.example/keys"

    async def fetched(_):
        return {"keys": published}

    monkeypatch.setattr(apigateway, "_resolve_jwks_url", where)
    monkeypatch.setattr(apigateway, "_fetch_jwks", fetched)
    monkeypatch.setattr(apigateway, "_validate_jwt_authorizer", apigateway._validate_jwt_authorizer)

    def asked(token, mended=True):
        if mended:
            monkeypatch.setattr(apigateway, "_validate_jwt_authorizer", stock)
            token_checks.install(None)
        headers = {"Authorization": f"Bearer {token}"}
        return asyncio.run(apigateway._validate_jwt_authorizer({}, AUTHORIZER, headers, {}))[0]

    stock = apigateway._validate_jwt_authorizer
    return asked


@pytest.fixture
def forger():
    now = int(time.time())
    good = {"iss": ISSUER, "aud": "legato", "sub": "usr_anna", "iat": now, "exp": now + 600}
    headers = {"kid": OURS.kid, "typ": "at+jwt"}
    return Forger(good=jwt.encode(good, OURS.private_key, algorithm="RS256", headers=headers), ours=OURS, theirs=THEIRS)


def test_a_good_token_still_passes(claims_of, forger):
    assert claims_of(forger.good)["sub"] == "usr_anna"
    assert claims_of(forger.with_claims(nbf=forger.seconds))["sub"] == "usr_anna"


def test_ministack_alone_takes_what_the_shim_refuses(claims_of, forger):
    """The control: without it nobody would see that the shim has become needless."""
    assert claims_of(forger.with_header(alg="none"), mended=False)
    assert claims_of(forger.with_claims(exp=None), mended=False)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS384", "PS256", "ES256", None, ["RS256"]])
def test_only_the_algorithm_it_verifies_is_taken(claims_of, forger, alg):
    assert claims_of(forger.with_header(alg=alg)) is None


@pytest.mark.parametrize("times", [{"exp": None}, {"exp": "9999999999"}, {"nbf": "0"}, {"iat": "0"}, {"exp": 10**30}])
def test_times_are_numbers_and_a_token_has_an_end(claims_of, forger, times):
    assert claims_of(forger.with_claims(**times)) is None


@pytest.mark.parametrize("part", [[1], "text", b"\xff", "["])
def test_what_is_no_object_is_no_token(claims_of, forger, part):
    assert claims_of(forger.forged(claims=part)) is None
    assert claims_of(forger.forged(header=part)) is None
