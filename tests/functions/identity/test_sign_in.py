"""Signing in: the right ones get in, the others learn nothing, and guessing gets slow."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from legato import dynamo
from legato.identity import inputs, passwords, throttle
from legato.identity.credentials import authenticate
from legato.identity.model import SlowDown, WrongCredentials

ANNAS = inputs.address("anna@example.com")
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
RIGHT = "two owls at night"


def outcome(table, password, client, now, address=ANNAS):
    try:
        return authenticate(table, address, password, client, now=now).display_name
    except WrongCredentials:
        return "wrong"
    except SlowDown as refusal:
        return refusal.context["retry_after"]


@pytest.fixture
def verified(monkeypatch):
    """How often, and with which parameters, a password is compared: what time it takes, without a stopwatch."""
    made = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda self, stored, text: made.append(stored[:26]) or verify(self, stored, text)
    )
    return made


def test_an_unknown_address_and_a_wrong_password_get_one_answer_for_one_price(register, sign_in, verified):
    register()
    seen = {}
    operations = []
    note = lambda model, **_: operations.append(model.name)  # noqa: E731
    dynamo.client().meta.events.register("before-call.dynamodb", note)
    for who, body in {"known": {"password": "x"}, "unknown": {"email": "bob@example.com"}}.items():
        status, problem, answer = sign_in(at="203.0.113.5", **body)
        seen[who] = (status, problem, answer["headers"], tuple(verified), tuple(operations))
        verified.clear()
        operations.clear()
    assert seen["known"] == seen["unknown"]
    status, problem, _, compared, _ = seen["known"]
    assert (status, problem["type"], len(compared)) == (401, "/problems/wrong-credentials", 1)


def test_the_right_password_after_five_wrong_ones_costs_nothing(register, sign_in):
    register()
    assert [sign_in(password="wrong wrong")[0] for _ in range(5)] == [401] * 5
    assert sign_in()[0] == 200
    assert [sign_in(password="wrong wrong")[0] for _ in range(5)] == [401] * 5
    assert sign_in()[0] == 200


def test_who_goes_on_guessing_is_told_when_to_come_back(register, sign_in):
    register()
    answers = [sign_in(password="wrong wrong") for _ in range(8)]
    assert [status for status, *_ in answers] == [401] * 6 + [429] * 2
    _, problem, answer = answers[-1]
    assert problem["type"] == "/problems/slow-down"
    assert 1 <= int(answer["headers"]["Retry-After"]) == problem["retry_after"] <= 5
    assert sign_in()[0] == 429


def test_a_guess_that_must_wait_is_not_looked_at(register, sign_in, verified):
    register()
    for _ in range(6):
        sign_in(password="wrong wrong")
    verified.clear()
    assert sign_in()[0] == 429
    assert not verified


def test_waits_double_and_end(register, platform):
    register()
    now, table, waits = NOON, platform.table, []
    for _ in range(12):
        while (said := outcome(table, "wrong wrong", "203.0.113.5", now)) != "wrong":
            waits.append(said)
            now += timedelta(seconds=said)
    assert waits == [5, 10, 20, 40, 80, 160][: len(waits)]
    now += timedelta(seconds=throttle.FORGOTTEN_SECONDS + 900)
    assert [outcome(table, "wrong wrong", "203.0.113.5", now) for _ in range(5)] == ["wrong"] * 5


def test_an_unknown_address_is_throttled_just_the_same(sign_in):
    assert [sign_in(email="nobody@example.com")[0] for _ in range(8)] == [401] * 6 + [429] * 2


def test_a_client_who_tries_many_accounts_is_slowed_down_after_thirty(register, platform):
    register()
    strangers = [inputs.address(f"guess{n}@example.com") for n in range(40)]
    said = [outcome(platform.table, "wrong wrong", "203.0.113.5", NOON, stranger) for stranger in strangers]
    assert said == ["wrong"] * 31 + [5] * 9
    assert outcome(platform.table, RIGHT, "203.0.113.5", NOON) == 5
    assert outcome(platform.table, RIGHT, "203.0.113.6", NOON) == "Anna"


def test_guessers_from_everywhere_cannot_lock_the_owner_out(register, platform):
    register(at="198.51.100.7")
    table, now = platform.table, datetime.now(UTC)
    guessers = [outcome(table, "wrong wrong", f"203.0.{n}.5", now) for n in range(40)]
    assert guessers == ["wrong"] * 6 + [5] * 34
    assert outcome(table, RIGHT, "198.51.100.7", now) == "Anna"
    assert outcome(table, RIGHT, "198.51.100.99", now) == "Anna", "the provider dealt another address"
    assert outcome(table, RIGHT, "203.0.113.5", now) == 5, "a guesser with the right guess learns nothing"


def test_neighbours_of_the_owner_guess_on_their_own_account(register, platform):
    register(at="198.51.100.7")
    now = datetime.now(UTC)
    assert [outcome(platform.table, "wrong wrong", "198.51.100.8", now) for _ in range(7)] == ["wrong"] * 6 + [5]
    assert outcome(platform.table, RIGHT, "198.51.100.7", now) == "Anna"


def test_success_gives_back_what_an_attempt_was_charged(register, platform):
    register()
    for n in range(35):
        assert outcome(platform.table, RIGHT, "203.0.113.5", NOON + timedelta(seconds=n)) == "Anna"
    assert outcome(platform.table, "wrong wrong", "203.0.113.5", NOON) == "wrong"


def test_signing_in_oneself_does_not_wash_a_guesser_clean(register, platform):
    """The client's counter goes on: an account of one's own buys no guesses at others."""
    register()
    said = []
    for n in range(40):
        said.append(
            outcome(platform.table, "wrong wrong", "203.0.113.5", NOON, inputs.address(f"guess{n}@example.com"))
        )
        outcome(platform.table, RIGHT, "203.0.113.5", NOON)
    assert said == ["wrong"] * 31 + [5] * 9


def test_a_password_of_other_days_is_hashed_anew_at_the_next_sign_in(register, platform):
    account_id = register()[1]["id"]
    table = platform.table
    weak = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(RIGHT)
    assert table.set_password(account_id, weak, instead_of=table.account(account_id).password)
    assert outcome(table, RIGHT, "203.0.113.5", NOON) == "Anna"
    assert not passwords.outdated(table.account(account_id).password)
    assert outcome(table, RIGHT, "203.0.113.5", NOON) == "Anna"


@pytest.mark.parametrize(
    "headers",
    [{"x-legato-origin": None}, {"x-legato-origin": "guess"}, {"x-legato-origin": ""}, {"x-legato-origin": "ö"}],
)
@pytest.mark.parametrize("path", ["/v1/auth/register", "/v1/auth/token", "/v1/auth/revoke"])
def test_who_comes_around_the_edge_is_refused(call, path, headers):
    body = {
        "/v1/auth/register": {"email": "a@example.com", "password": RIGHT, "display_name": "A"},
        "/v1/auth/token": {"grant_type": "password", "email": "a@example.com", "password": RIGHT},
        "/v1/auth/revoke": {"refresh_token": "x"},
    }[path]
    status, problem, _ = call("POST", path, body, headers=headers)
    assert (status, problem["type"]) == (403, "/problems/not-through-the-edge")


def test_an_address_is_registered_once(register):
    assert register()[0] == 201
    status, problem, _ = register(email="ANNA@example.com", display_name="Bob", password="another one 4 me")
    assert (status, problem["type"]) == (409, "/problems/address-taken")


def test_asking_who_is_registered_is_throttled_and_registering_is_not(register, sign_in):
    assert register()[0] == 201
    assert [register(email=f"friend{n}@example.com")[0] for n in range(33)] == [201] * 33
    assert [register()[0] for n in range(33)] == [409] * 31 + [429] * 2
    assert sign_in()[0] == 200


def test_roles_reach_the_token_at_the_next_refresh(register, sign_in, refresh, platform, capsys):
    from tools import operator

    register()
    tokens = sign_in()[1]
    assert tokens["scope"] == "listener"
    assert operator.main(["grant-admin", "ANNA@example.com", "--table", "identity"]) == 0
    assert "admin" in capsys.readouterr().out
    assert refresh(tokens["refresh_token"])[1]["scope"] == "listener admin"
    assert operator.main(["grant-admin", "bob@example.com", "--table", "identity"]) == 1
    assert operator.main(["grant-admin", "bob", "--table", "identity"]) == 1
