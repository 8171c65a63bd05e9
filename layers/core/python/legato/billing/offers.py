"""What is sold and for how much: ``plans.toml``, checked. Pure but for reading its own file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from legato.billing.model import Plan
from legato.errors import NotFound

FILE = Path(__file__).with_name("plans.toml")
ANYWHERE = "*"
"""The price list of countries without one of their own."""
_PRICE = re.compile(r"([A-Z]{3}) ([1-9]\d{0,8})")
MOST_SEATS = 6


class PlanNotSold(NotFound):
    """No product of this name is sold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """By the month, tax included."""

    currency: str
    """ISO 4217."""
    amount: int
    """Minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    id: str
    name: str
    plan: Plan
    seats: int
    trial_days: int
    prices: Mapping[str, Price]

    def price(self, country: str) -> Price:
        """What a listener in *country* (ISO 3166-1 alpha-2) pays."""
        return self.prices.get(country) or self.prices[ANYWHERE]

    @property
    def currencies(self) -> frozenset[str]:
        return frozenset(price.currency for price in self.prices.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    products: Mapping[str, Product]
    grace_seconds: int
    free_name: str
    free_skips_an_hour: int
    free_on_demand: bool

    def product(self, id: str) -> Product:
        """Raises `PlanNotSold`."""
        if id not in self.products:
            raise PlanNotSold(f"sold are {', '.join(self.products)}", plan=id)
        return self.products[id]


def read(text: str) -> Offers:
    """Raises `ValueError` that says what is wrong and where."""
    content = tomllib.loads(text)
    products = {name: _product(name, said) for name, said in _table(content, "products").items()}
    if not products:
        raise ValueError("products: nothing is sold")
    free = _table(content, "free")
    return Offers(
        products=products,
        grace_seconds=_number(content, "grace_days", "", 0, 30) * 86_400,
        free_name=str(free["name"]),
        free_skips_an_hour=_number(free, "skips_an_hour", "free.", 0, 1000),
        free_on_demand=bool(free["on_demand"]),
    )


@cache
def offers() -> Offers:
    """What this deployment sells."""
    return read(FILE.read_text(encoding="utf-8"))


def _product(id: str, said: Mapping[str, Any]) -> Product:
    at = f"products.{id}."
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", id) or id == Plan.FREE:
        raise ValueError(f"{at} a product is named in small letters, and not `free`")
    prices = {country: _price(f"{at}prices.{country}", text) for country, text in _table(said, "prices").items()}
    if ANYWHERE not in prices:
        raise ValueError(f'{at}prices: "{ANYWHERE}" is missing, the list of every other country')
    for country in prices:
        if country != ANYWHERE and not re.fullmatch("[A-Z]{2}", country):
            raise ValueError(f"{at}prices: {country!r} is no country")
    plan = Plan(str(said.get("plan")))
    if plan is Plan.FREE:
        raise ValueError(f"{at}plan: what is free is not sold")
    return Product(
        id=id,
        name=str(said["name"]),
        plan=plan,
        seats=_number(said, "seats", at, 1, MOST_SEATS),
        trial_days=_number(said, "trial_days", at, 0, 90),
        prices=prices,
    )


def _price(at: str, text: object) -> Price:
    found = _PRICE.fullmatch(str(text))
    if not found:
        raise ValueError(f'{at}: a price reads "EUR 1099", not {text!r}')
    return Price(currency=found[1], amount=int(found[2]))


def _table(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    if not isinstance(found, dict):
        raise ValueError(f"{name}: a table is missing")  # noqa: TRY004 -- of a file, every fault is a value's
    return found


def _number(said: Mapping[str, Any], name: str, at: str, least: int, most: int) -> int:
    value = said.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"{at}{name}: a whole number from {least} to {most}, not {value!r}")
    return value
