"""What billing needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    billing_table: str
    billing_queue: str
    stripe_secret: str
    origin_secret: str
