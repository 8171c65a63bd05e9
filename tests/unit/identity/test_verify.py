"""The attacks of RFC 8725 section 2, and everything else that is nearly a token of ours."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legato.billing.model import Plan
from legato.identity import keys, verify
from legato.identity.model import Account, InvalidAccessToken, Role
from legato.identity.tokens import Issuer
from tests.forgeries import Forger

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


def issued(account=ANNA, now=NOW):
    issuer = Issuer(url=ISSUER, audience="legato", keys=(OURS,))
    return issuer.access_token(account, Plan.FREE, sid="dev_1", client_id="legato", now=now)


def check(token, now=NOW, key_set=KEY_SET):
    return verify.claims(token, key_set, issuer=ISSUER, audience="legato", now=now)


FORGER = Forger(good=issued(), ours=OURS, theirs=THEIRS)
CORPUS = FORGER.corpus()


def test_a_token_of_ours_is_good_for_its_ten_minutes_and_not_a_second_more():
    assert check(issued())["sub"] == "usr_anna"
    assert check(FORGER.forged()) == FORGER.claims
    assert check(issued(), NOW + timedelta(seconds=599))
    with pytest.raises(InvalidAccessToken):
        check(issued(), NOW + timedelta(seconds=600))


def test_an_admin_has_the_scope_that_opens_the_operators_routes():
    admin = check(issued(Account(**{f: getattr(ANNA, f) for f in ANNA.__slots__} | {"roles": frozenset(Role)})))
    assert (admin["scope"], admin["roles"]) == ("listener admin", ["admin", "listener"])
    assert check(issued())["scope"] == "listener"


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
