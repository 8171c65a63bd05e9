"""What people type into a form: addresses and names. Pure.

Every function returns the one form that is stored, or raises `MalformedRequest` naming the field.
"""

import re
import unicodedata
from dataclasses import dataclass

from legato.errors import MalformedRequest

NAME_LENGTH = 80
_ATOM = re.compile(r"[^\s\x00-\x20\x7f()<>\[\]:;@\\,.\"]+(?:\.[^\s\x00-\x20\x7f()<>\[\]:;@\\,.\"]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address: a dot-atom of RFC 5322 section 3.2.3 (RFC 6532 letters too) at a domain."""

    text: str
    """As mail is sent to it: the local part as typed, the domain in lower-case ASCII (RFC 5890)."""
    key: str
    """As people mean it: Latin capitals do not count in the local part either."""


def address(text: str, field: str = "body.email") -> Address:
    """Quoted local parts, comments and address literals are refused: no listener has one, attackers do."""
    local, at, domain = unicodedata.normalize("NFC", text.strip(" ")).rpartition("@")
    if not at or not _ATOM.fullmatch(local) or len(local.encode()) > 64 or any(map(_unprintable, local)):  # noqa: PLR2004 -- RFC 5321 section 4.5.3.1.1
        raise malformed(field, "not an e-mail address")
    host = _ascii(domain, field)
    labels = host.split(".")
    if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():  # noqa: PLR2004 -- no mail goes to a top-level domain
        raise malformed(field, "not an e-mail address")
    whole = f"{local}@{host}"
    if len(whole.encode()) > 254:  # noqa: PLR2004 -- RFC 5321 section 4.5.3.1.3, less its brackets
        raise malformed(field, "longer than an e-mail address may be")
    # Only A-Z is folded: Unicode's own folding makes one mailbox out of two (the sharp s, the Kelvin sign).
    return Address(whole, re.sub("[A-Z]+", lambda capitals: capitals[0].lower(), local) + "@" + host)


def display_name(text: str, field: str = "body.display_name") -> str:
    if any(_unprintable(c) or c in _BIDI for c in text):
        raise malformed(field, "holds a control character")
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    if not 1 <= len(name) <= NAME_LENGTH:
        raise malformed(field, f"1 to {NAME_LENGTH} characters")
    return name


def malformed(field: str, fault: str) -> MalformedRequest:
    return MalformedRequest(errors=[{"at": field, "fault": fault}])


def _ascii(domain: str, field: str) -> str:
    try:
        return domain.encode("idna").decode().lower()
    except UnicodeError as fault:
        raise malformed(field, "not an e-mail address") from fault


def unreadable(character: str) -> bool:
    """U+FFFD: what a gateway on the way puts in place of bytes that are no UTF-8. Two passwords would become one."""
    return character == "\ufffd"


def _unprintable(character: str) -> bool:
    return unreadable(character) or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
