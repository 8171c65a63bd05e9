"""Passwords: argon2id as OWASP's cheat sheet and RFC 9106 have it, and the form a password is hashed in.

A password is prepared by RFC 8265's OpaqueString profile: NFC (an é typed on a Mac is the é typed on
Windows), and spaces of other scripts become U+0020. Length counts code points after that. Control
characters are what that profile refuses; every other character of Unicode is welcome.
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from legato.identity.common_passwords import is_common
from legato.identity.inputs import malformed, unreadable
from legato.identity.model import PasswordTooCommon

SHORTEST, LONGEST = 8, 128
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
DECOY = "$argon2id$v=19$m=19456,t=2,p=1$RvQ1xQe42C+joPoy5AiFXA$hp2oQBw5OukEfY91ksUaiulLrnLBb9mCUyfveApErrU"
"""What the password of an address that nobody has is compared with, so that the answer takes as long."""


def prepare(text: str, field: str = "body.password") -> str:
    """*text* as it is hashed. Raises `MalformedRequest`; shortness is no fault here, a guess may be short."""
    nfc = unicodedata.normalize("NFC", text)
    password = "".join(" " if unicodedata.category(c) == "Zs" else c for c in nfc)
    if len(password) > LONGEST:
        raise malformed(field, f"{SHORTEST} to {LONGEST} characters")
    if any(unreadable(c) or unicodedata.category(c) in {"Cc", "Cs"} for c in password):
        raise malformed(field, "holds a control character, or bytes that are no UTF-8")
    return password


def accept(text: str, field: str = "body.password") -> str:
    """A new password, prepared. Raises `MalformedRequest` or `PasswordTooCommon`."""
    password = prepare(text, field)
    if len(password) < SHORTEST:
        raise malformed(field, f"{SHORTEST} to {LONGEST} characters")
    if is_common(password):
        raise PasswordTooCommon
    return password


def hashed(prepared: str) -> str:
    return HASHER.hash(prepared)


def matches(stored: str, prepared: str) -> bool:
    """Takes as long for a wrong password as for the right one."""
    try:
        return HASHER.verify(stored, prepared)
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether *stored* was made with other parameters than today's: hash anew at the next sign-in."""
    return HASHER.check_needs_rehash(stored)
