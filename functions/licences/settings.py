"""What the licence function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    playback_table: str
    rights_table: str
    billing_table: str
    licence_secret: str
    content_master_secret: str
    origin_secret: str
