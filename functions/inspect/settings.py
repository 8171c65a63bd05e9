"""What the first step of ingest needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    inbox_bucket: str
    work_bucket: str
    art_bucket: str
    ingest_table: str
