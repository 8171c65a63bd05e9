"""What the downloads function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    playback_table: str
    rights_table: str
    media_table: str
    billing_table: str
    media_signing_secret: str
    media_key_pair_id: str
    licence_secret: str
    play_keys_secret: str
    origin_secret: str
    media_hash: str = "SHA256"
    """Of the media signature: ``SHA256``, or ``SHA1`` for an edge that knows no ``Hash-Algorithm``."""
    grant_ttl_seconds: int = 3600
    """How long the file may be fetched, and its key asked for."""
