"""What the rotation of signing keys needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    signing_keys_secret: str
