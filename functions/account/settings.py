"""What the account function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    identity_table: str
    billing_table: str
    library_table: str
    playback_table: str
    origin_secret: str
    erasure_machine: str
    foreign_issuer: bool = False
    """Whether listeners sign in with another OpenID provider, and become known here by coming."""
