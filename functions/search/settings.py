"""What the search function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    index_bucket: str
    catalog_table: str
    rights_table: str
    origin_secret: str
