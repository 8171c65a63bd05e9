"""Whether an address has an account: not told by the answer, nor by the work it takes.

Work is CPU time of this process, argon2 with its real parameters included, so that the machine's other load
does not count. Known and unknown addresses take turns; a permutation test judges the difference.
"""

import random
import statistics
import time

import pytest

from legato.identity import passwords, throttle

ROUNDS = 20
BLUR = 0.15
"""Of the median: what a difference must stay below. Leaving argon2 out for unknown addresses would be 0.5 and more."""


@pytest.fixture
def real_passwords(cheap_passwords, monkeypatch):
    """Undo the cheap parameters."""
    monkeypatch.setattr(passwords, "HASHER", passwords.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1))
    monkeypatch.setattr(passwords, "DECOY", passwords.HASHER.hash("nobody's password"))


@pytest.fixture
def compared(call, register, platform, capsys):
    """``compared(path, body)``: the answers and CPU seconds for Anna's address and for nobody's, in turns."""

    def comparing(path, body):
        seconds = {"anna@example.com": [], "nobody@example.com": []}
        answers = {address: [] for address in seconds}
        for number in range(ROUNDS):
            for address in random.Random(number).sample(sorted(seconds), 2):
                began = time.process_time()
                status, problem, whole = call("POST", path, body | {"email": address}, at=f"198.51.{number}.1")
                seconds[address].append(time.process_time() - began)
                answers[address].append((status, problem, sorted(whole["headers"].items()), whole.get("cookies")))
                for counter in (throttle.by_account(address), throttle.by_mailbox(address)):
                    platform.table.forgive(counter)
        known, unknown = seconds.values()
        with capsys.disabled():
            print(  # noqa: T201
                f"\n{path}: {ROUNDS} times each, median {statistics.median(known) * 1000:.2f} ms known, "
                f"{statistics.median(unknown) * 1000:.2f} ms unknown, p = {chance(known, unknown):.2f}"
            )
        return answers, known, unknown

    assert register()[0] == 201
    return comparing


def chance(one, other, shuffles=500):
    """How often a shuffle of both differs in its medians as much as they do."""
    seen, mixed, more = abs(statistics.median(one) - statistics.median(other)), [*one, *other], 0
    rng = random.Random(1)
    for _ in range(shuffles):
        rng.shuffle(mixed)
        more += abs(statistics.median(mixed[: len(one)]) - statistics.median(mixed[len(one) :])) >= seen
    return more / shuffles


def alike(known, unknown):
    """Not told apart: by chance alone, or by less than could be seen over a network."""
    gap = abs(statistics.median(known) - statistics.median(unknown))
    return chance(known, unknown) > 0.01 or gap < BLUR * statistics.median(known)


def test_a_wrong_password_and_an_unknown_address_are_one_answer(real_passwords, compared):
    body = {"grant_type": "password", "password": "wrong owls at night"}
    answers, known, unknown = compared("/v1/auth/token", body)
    assert answers["anna@example.com"] == answers["nobody@example.com"]
    assert alike(known, unknown)


@pytest.mark.parametrize("path", ["/v1/auth/password/forgotten", "/v1/auth/address/verification"])
def test_asking_for_a_mail_tells_nothing(compared, path):
    answers, known, unknown = compared(path, {})
    assert answers["anna@example.com"] == answers["nobody@example.com"]
    assert alike(known, unknown)


def test_the_test_would_see_an_account_that_is_looked_up_without_its_hash(real_passwords, compared, monkeypatch):
    """The positive control: no argon2 for addresses that nobody has, as careless code has it."""
    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda stored, p: stored != passwords.DECOY and matches(stored, p))
    _, known, unknown = compared("/v1/auth/token", {"grant_type": "password", "password": "wrong owls at night"})
    assert not alike(known, unknown)
