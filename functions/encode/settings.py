"""What the encoding step of ingest needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    inbox_bucket: str
    work_bucket: str
    media_bucket: str
    ingest_table: str
    content_master_secret: str
