"""Identifiers: opaque, URL-safe, with a type prefix (``trk_ alb_ art_ pls_ itm_ usr_ ses_ ply_ …``)."""

import base64
import hashlib
import os
import re
import time

KINDS = ("trk", "alb", "art", "pls", "usr", "ses", "ply", "ing", "dev", "itm", "psk", "dwn")
_SHAPE = re.compile(rf"(?:{'|'.join(KINDS)})_[a-z0-9]{{16,40}}")


def new(kind: str) -> str:
    """A fresh id: 48 bits of time, then 80 of chance, so that ids of one kind sort by birth."""
    return f"{kind}_{_text((time.time_ns() // 1_000_000).to_bytes(6) + os.urandom(10))}"


def of(kind: str, *names: str) -> str:
    """The id that *names* always have: importing the same music twice makes the same catalogue."""
    return f"{kind}_{_text(hashlib.sha256(chr(0).join(names).encode()).digest()[:16])}"


def is_id(kind: str, value: str) -> bool:
    return value.startswith(f"{kind}_") and _SHAPE.fullmatch(value) is not None


def _text(raw: bytes) -> str:
    # Base 32 "hex" keeps the order of the bytes, and survives case-insensitive file systems.
    return base64.b32hexencode(raw).decode().rstrip("=").lower()
