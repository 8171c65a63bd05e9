"""What the ingest API needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    ingest_table: str
    audit_table: str
    inbox_bucket: str
