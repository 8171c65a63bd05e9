"""Tokens of other issuers, as the gateway hands their claims over, read as ours are."""

import pytest

from legato.claims import read

AUTH0 = {
    "iss": "https://legato.eu.auth0.com/",
    "sub": "auth0|64fa0c1b2d3e4f5061728394",
    "scope": "openid admin",
    "https://legato.example/plan": "hifi",
    "https://legato.example/roles": "[listener admin]",
    "https://legato.example/email": "anna@example.com",
}
COGNITO = {
    "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
    "sub": "8f14e45f-ceea-467f-a9d8-1c1d5c3a7f10",
    "custom:plan": "hifi",
    "cognito:groups": "[listener admin]",
    "origin_jti": "b3b0-session",
    "email": "anna@example.com",
}
KEYCLOAK = {
    "iss": "https://id.example.com/realms/legato",
    "sub": "f:8f14e45f:anna",
    "plan": "hifi",
    "realm_access": "map[roles:[listener admin]]",
    "sid": "k-session",
    "email": "anna@example.com",
    "email_verified": "true",
    "preferred_username": "anna",
}


@pytest.mark.parametrize("said", [AUTH0, COGNITO, KEYCLOAK], ids=["Auth0", "Cognito", "Keycloak"])
def test_each_provider_says_the_same_in_its_own_words(said):
    known = read(said)
    assert known.id.startswith("usr_") and known.id == read(said).id
    assert (known.plan, known.roles, known.email) == ("hifi", {"listener", "admin"}, "anna@example.com")


def test_what_a_provider_leaves_out_has_a_harmless_value():
    known = read({"sub": "x"})
    assert (known.plan, known.roles, known.sid, known.email, known.email_verified) == (
        "free",
        frozenset(),
        "",
        "",
        False,
    )
    assert read(KEYCLOAK).email_verified and (read(KEYCLOAK).name, read(KEYCLOAK).sid) == ("anna", "k-session")


@pytest.mark.parametrize("subject", ["pls_0123456789abcdef", "THROTTLE#x", "ADDRESS#a@example.com", "a#b", ""])
def test_no_subject_is_mistaken_for_a_row_of_another_kind(subject):
    assert read({"sub": subject}).id.startswith("usr_")
    assert "#" not in read({"sub": subject}).id


def test_our_own_listeners_keep_their_id_and_others_never_share_one():
    assert read({"sub": "usr_0123456789abcdef"}).id == "usr_0123456789abcdef"
    assert len({read(said).id for said in (AUTH0, COGNITO, KEYCLOAK)}) == 3
