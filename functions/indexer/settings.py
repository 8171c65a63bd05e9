"""What the writer of the search index needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    catalog_table: str
    index_bucket: str
