"""Refresh tokens: 256 bits that mean nothing. Pure, and without PyJWT: not every reader of the table signs."""

import base64
import hashlib
import hmac
import secrets

from legato import ids


def refresh_token(listener_id: str) -> str:
    """The first of a device: ``<whose>.<256 bits>``. *whose* finds the row, and with it everything to erase."""
    return f"{listener_id.removeprefix('usr_')}.{_text(secrets.token_bytes(32))}"


def owner(token: str) -> str:
    """The listener whom *token* claims to be of, or ``""``; the fingerprint proves it."""
    listener_id = f"usr_{token.partition('.')[0]}"
    return listener_id if ids.is_id("usr", listener_id) else ""


def fingerprint(token: str) -> str:
    """What is stored of a refresh token. No salt is needed: there is nothing to guess in 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def successor(token: str, salt: bytes) -> str:
    """The one refresh token that follows *token*.

    It is the same for everybody who asks within the grace, so that two tabs go on with one token, and a
    thief and his victim stay in one line, where the next use tells them apart. *salt* is chance that only
    the table knows: from an old token alone nobody computes the next, nor from the table alone.
    """
    return f"{token.partition('.')[0]}.{_text(hmac.digest(token.encode(), salt, 'sha256'))}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
