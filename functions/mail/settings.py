"""What the sender of mail needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    identity_table: str
    mail_from: str
    """A sender that SES has verified. Empty: there is no mail here."""
