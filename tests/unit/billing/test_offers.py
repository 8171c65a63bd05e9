"""The file of what is sold is right, and a wrong one says where."""

import pytest

from legato.billing.model import Plan
from legato.billing.offers import FILE, Price, offers, read

TEXT = FILE.read_text(encoding="utf-8")


def test_what_is_sold_is_readable():
    sold = offers()
    assert sold.product("premium").plan is Plan.PREMIUM and sold.product("hifi").plan is Plan.HIFI
    assert sold.product("premium").price("DE") == Price(currency="EUR", amount=1099)
    assert sold.product("premium").price("NZ") == sold.product("premium").price("*")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('DE = "EUR 1099"', 'DE = "EUR -1"', "a price reads"),
        ('DE = "EUR 1099"', 'DE = "10.99 EUR"', "a price reads"),
        ('DE = "EUR 1099"', 'Germany = "EUR 1099"', "no country"),
        ('"*" = "EUR 1099"', "", "missing"),
        ("seats = 1", "seats = 7", "seats"),
        ('plan = "premium"', 'plan = "free"', "not sold"),
        ('plan = "premium"', 'plan = "gold"', "gold"),
        ("grace_days = 7", "grace_days = 70", "grace_days"),
        ("[products.premium]", "[products.free]", "not `free`"),
    ],
)
def test_a_fault_is_named(right, wrong, said):
    text = TEXT.replace(right, wrong, 1)
    if right == "[products.premium]":
        text = text.replace("[products.premium.prices]", "[products.free.prices]")
    with pytest.raises(ValueError, match=said):
        read(text)
