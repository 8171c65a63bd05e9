"""What the playback function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    playback_table: str
    rights_table: str
    media_table: str
    billing_table: str
    media_signing_secret: str
    licence_secret: str
    origin_secret: str
    grant_ttl_seconds: int = 3600
    lease_seconds: int = 60
