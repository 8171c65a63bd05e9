"""What the one writer of the edge's key-value store needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    key_value_store: str
    rights_table: str
    playback_table: str
