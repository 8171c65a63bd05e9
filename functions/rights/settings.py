"""What the rights function needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    rights_table: str
    catalog_table: str
    audit_table: str
