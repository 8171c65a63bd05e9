"""What the library function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    library_table: str
    catalog_table: str
    rights_table: str
    origin_secret: str
