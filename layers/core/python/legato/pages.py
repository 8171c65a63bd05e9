"""Lists in pages: ``{items, cursor}``, where the cursor is opaque to clients and worthless to forgers.

A cursor holds only a position within one list. Which list, and whose, is always said again by the request
and its token, so a cursor that somebody made up can begin elsewhere in the same list and nothing more.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence

from legato.api import from_json, to_json
from legato.errors import MalformedRequest

LONGEST = 2048
"""Characters. A position holds sort keys, and those hold names in any script: some 900 bytes at most."""

LONGEST_KEY = 1024
"""Bytes of a sort key (DynamoDB developer guide, "Quotas")."""


def cursor(position: Mapping[str, str]) -> str:
    """*position* as URL-safe text."""
    return base64.urlsafe_b64encode(to_json(position).encode()).decode().rstrip("=")


def position(text: str | None, names: Sequence[str]) -> dict[str, str] | None:
    """What `cursor` was given; None for no cursor. Raises `MalformedRequest` unless it holds exactly *names*."""
    if not text:
        return None
    if len(text) > LONGEST:
        raise MalformedRequest("the cursor is not one of ours")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        value = from_json(raw.decode())
    except (binascii.Error, ValueError) as fault:
        raise MalformedRequest("the cursor is not one of ours") from fault
    whole = isinstance(value, dict) and set(value) == set(names)
    if not whole or not all(isinstance(part, str) and 0 < len(part.encode()) <= LONGEST_KEY for part in value.values()):
        raise MalformedRequest("the cursor is not one of ours")
    return {name: value[name] for name in names}
