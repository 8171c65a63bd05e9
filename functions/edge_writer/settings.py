"""What the one writer of the edge's key-value store needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    key_value_store: str
    rights_table: str
    playback_table: str
    longest_signature_s: int = 3600
    """Playback's ``grant_ttl_seconds``: what is older than this is pruned."""
