"""What the catalogue function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    catalog_table: str
    rights_table: str
    origin_secret: str
