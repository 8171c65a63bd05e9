"""What the consumer of plays needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    catalog_table: str
    telemetry_table: str
    library_table: str
    poison_bucket: str
    play_keys_secret: str
