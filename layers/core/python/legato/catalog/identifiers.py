"""The numbers by which the trade knows music, each checked as its standard says. Pure.

Every reader takes what people write (hyphens, spaces, lower case) and answers the plain form, or ``""``
where it is none: a number that fails its own check digit points at somebody else's music, or at nothing.
"""

import re
import uuid

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_ISWC = re.compile(r"T(\d{9})(\d)")
_GTIN = re.compile(r"\d{8}|\d{12,14}")


def isrc(text: str) -> str:
    """A recording, ISO 3901: country and registrant, year, designation. It has no check digit."""
    plain = _plain(text).removeprefix("ISRC")
    return plain if _ISRC.fullmatch(plain) else ""


def iswc(text: str) -> str:
    """A work, ISO 15707: ``T``, nine digits, and one that makes ``1 + sum(n * digit n)`` a multiple of ten."""
    plain = _plain(text).removeprefix("ISWC")
    found = _ISWC.fullmatch(plain)
    if not found:
        return ""
    total = 1 + sum(n * int(digit) for n, digit in enumerate(found[1], 1))
    return plain if (total + int(found[2])) % 10 == 0 else ""


def upc(text: str) -> str:
    """A release: a GTIN of 8, 12 (UPC-A), 13 (EAN) or 14 digits (GS1 General Specifications, section 7.9)."""
    plain = _plain(text)
    if not _GTIN.fullmatch(plain):
        return ""
    # Weights 3 and 1 in turn from the digit before the last one; the check digit fills up to a multiple of ten.
    total = sum(int(digit) * (1, 3)[n % 2] for n, digit in enumerate(reversed(plain)))
    return plain if total % 10 == 0 else ""


def mbid(text: str) -> str:
    """A MusicBrainz identifier: an RFC 9562 UUID in lower case."""
    try:
        found = str(uuid.UUID(text.strip()))
    except ValueError:
        return ""
    return found if found == text.strip().lower() and int(found.replace("-", ""), 16) else ""


def _plain(text: str) -> str:
    return re.sub(r"[\s.:\-\u2010-\u2015]", "", text).upper()
