"""Plans. Pure: what a plan opens is decided here and nowhere else."""

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


TERMS: dict[Plan, Terms] = {
    Plan.FREE: Terms(tiers=frozenset({Tier.FREE}), streams=1, model="AdvertisementSupportedModel"),
    Plan.PREMIUM: Terms(tiers=frozenset({Tier.FREE, Tier.PREMIUM}), streams=1, model="SubscriptionModel"),
    Plan.HIFI: Terms(tiers=frozenset(Tier), streams=3, model="SubscriptionModel"),
}
