"""What the issuer of tokens needs from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    identity_table: str
    billing_table: str
    signing_keys_secret: str
    origin_secret: str
    mail_function: str
    """Called for every mail that somebody asks for."""
    issuer: str
    """The Identity API's own address, with no slash at its end: ``iss``, and where the gateway finds the keys."""
    audience: str = "legato"
