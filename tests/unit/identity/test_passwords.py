import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from legato.errors import MalformedRequest
from legato.identity import passwords
from legato.identity.common_passwords import entries, is_common
from legato.identity.model import PasswordTooCommon

EVERYTHING_BUT_CONTROLS = st.characters(exclude_categories=("Cc", "Cs"))


def test_parameters_are_at_least_owasps_and_stored_with_the_hash():
    stored = extract_parameters(passwords.hashed("two owls at night"))
    assert (stored.type.name, stored.memory_cost >= 19 * 1024, stored.time_cost, stored.parallelism) == (
        "ID",
        True,
        2,
        1,
    )


def test_the_decoy_costs_exactly_what_a_real_password_costs():
    assert extract_parameters(passwords.DECOY) == extract_parameters(passwords.hashed("two owls at night"))
    assert not passwords.outdated(passwords.DECOY)
    assert not passwords.matches(passwords.DECOY, "two owls at night")


def test_only_the_same_password_matches():
    stored = passwords.hashed("two owls at night")
    assert passwords.matches(stored, "two owls at night")
    assert not passwords.matches(stored, "two owls at nighT")
    assert not passwords.matches("not a hash", "two owls at night")


def test_a_hash_of_weaker_days_is_outdated():
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("two owls at night"))


@given(st.text(EVERYTHING_BUT_CONTROLS, min_size=32, max_size=64).filter(lambda text: len(set(text)) > 16))
def test_all_of_unicode_is_welcome_and_typing_it_composed_or_not_is_the_same(text):
    assert (
        passwords.accept(text) == passwords.accept(unicodedata.normalize("NFD", text)[:128])
        or len(unicodedata.normalize("NFD", text)) > 128
    )


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("owl&moon", True),
        ("owl&moo", False),
        ("ab" + "é" * 126, True),
        ("ab" + "e\u0301" * 126, True),
        ("ab" + "é" * 127, False),
        ("🦉🌙🎻🥁🎺🎷🪕🎹", True),
        ("two owls\0at night", False),
        ("two owls\nat night", False),
        ("two owls\ud800at night", False),
    ],
)
def test_length_counts_characters_and_controls_are_refused(text, allowed):
    if allowed:
        passwords.accept(text)
    else:
        with pytest.raises(MalformedRequest):
            passwords.accept(text)


def test_a_space_of_another_script_is_a_space():
    assert passwords.prepare("two\u3000owls\u00a0at night") == "two owls at night"


@pytest.mark.parametrize(
    "text",
    [
        "password",
        "Password1!",
        "PASSWORD123",
        "passw0rd",
        "qwertyuiop",
        "12345678",
        "87654321",
        "aaaaaaaa",
        "abcabcabc",
        "iloveyou1",
        "Legato2025",
        "1qaz2wsx",
        "abcdefgh",
        "Willkommen1",
        "letmein123",
        "qwertz123",
        "\uff50assword1",
    ],
)
def test_what_guessers_try_first_is_refused(text):
    with pytest.raises(PasswordTooCommon):
        passwords.accept(text)


@pytest.mark.parametrize("text", ["two owls at night", "correct horse battery staple", "x9$kk2-PQ", "Tr0ub4dor&3"])
def test_nobody_is_asked_for_digits_or_signs(text):
    assert passwords.accept(text) == text


def test_the_list_is_small_enough_to_carry():
    assert 1_000 < len(entries()) < 10_000
    assert not is_common("two owls at night")
