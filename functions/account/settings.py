"""What the account function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    identity_table: str
    billing_table: str
    library_table: str
    playback_table: str
