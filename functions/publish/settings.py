"""What the last step of ingest needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    work_bucket: str
    media_bucket: str
    ingest_table: str
    catalog_table: str
    media_table: str
    rights_table: str
