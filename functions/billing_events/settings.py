"""What the consumer of Stripe's events needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    billing_table: str
    stripe_secret: str
