"""What the erasure of a listener needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    identity_table: str
    billing_table: str
    billing_queue: str
    library_table: str
    playback_table: str
    telemetry_table: str
    poison_bucket: str
