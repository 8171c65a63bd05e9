import pytest

from legato.identity import throttle


def test_what_is_free_costs_nothing_and_every_failure_after_that_twice_as_much():
    counter = throttle.by_account("anna@example.com")
    assert [counter.wait_ms(n) for n in range(1, 6)] == [0] * 5
    assert [counter.wait_ms(n) for n in range(6, 10)] == [5_000, 10_000, 20_000, 40_000]
    assert counter.wait_ms(10_000) == 900_000


def test_the_allowances_are_those_of_the_contract():
    assert throttle.by_account("a").free == 5
    assert throttle.by_owner("usr_a", "198.51.100.7").free == 5
    assert throttle.by_client("198.51.100.7").free == 30


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_subscriber(one, other, same):
    assert (throttle.by_client(one) == throttle.by_client(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.200", True),
        ("198.51.100.7", "198.51.101.7", False),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::1", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
    ],
)
def test_a_household_keeps_its_network(one, other, same):
    assert (throttle.network(one) == throttle.network(other)) is same


def test_a_client_without_an_address_is_counted_with_its_like():
    assert throttle.by_client("") == throttle.by_client("not an address")


def test_an_address_that_somebody_types_is_not_kept_in_clear():
    assert "anna" not in throttle.by_account("anna@example.com").whose
