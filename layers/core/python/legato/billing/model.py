"""Plans. Pure: what a plan opens is decided here and nowhere else."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from legato.media.model import Tier


class Plan(StrEnum):
    FREE = "free"
    PREMIUM = "premium"
    HIFI = "hifi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a plan grants."""

    tiers: frozenset[Tier]
    streams: int
    """How many devices may play at the same moment."""
    model: str
    """The commercial model its plays are licensed under (DDEX AVS ``CommercialModelType``)."""
    offline_devices: int = 0
    """On how many devices it keeps music to be heard without a network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A product that somebody has from ``start`` until ``until``, in epoch seconds."""

    product: str
    plan: Plan
    start: int
    until: int


TERMS: dict[Plan, Terms] = {
    Plan.FREE: Terms(tiers=frozenset({Tier.FREE}), streams=1, model="AdvertisementSupportedModel"),
    Plan.PREMIUM: Terms(
        tiers=frozenset({Tier.FREE, Tier.PREMIUM}), streams=1, model="SubscriptionModel", offline_devices=3
    ),
    Plan.HIFI: Terms(tiers=frozenset(Tier), streams=3, model="SubscriptionModel", offline_devices=5),
}


def plan_at(standing: Plan, spans: Iterable[Span], now: float) -> Plan:
    """The best of what was given without an end and what was paid for now. Nothing has to arrive for it to lapse."""
    ladder = tuple(Plan)
    return max([standing, *(span.plan for span in spans if span.start <= now < span.until)], key=ladder.index)
