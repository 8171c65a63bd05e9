"""Slowing guessers down, and nobody else. Pure rules; `legato.identity.table` keeps the counts.

Only failures cost. An attempt is charged *before* the password is looked at and given back if it was
right, so a hundred attempts at once are counted as a hundred. Up to its allowance a counter is free; then
one attempt fits into a wait that doubles with every failure.

Two counters are charged for an attempt: the client's address, and the account. Where the owner has signed
in before from the client's network, the account's counter is one of that address alone: a thousand
strangers who guess at an account cannot lock out the owner at home. An account is counted by the address
that was typed, whether anybody has it or not, so that waiting tells nothing either.
"""

import hashlib
import ipaddress
from dataclasses import dataclass

FORGOTTEN_SECONDS = 3600
"""A counter is dropped this long after its last failure, and after its wait."""
FIRST_WAIT_MS, LONGEST_WAIT_MS = 5_000, 900_000
KNOWN_SECONDS = 180 * 86_400
"""How long a network counts as the owner's after a sign-in from there."""


@dataclass(frozen=True, slots=True)
class Counter:
    whose: str
    """A listener's id, or a name that begins with ``THROTTLE#``."""
    kind: str
    free: int
    """Failures that cost nothing."""

    def wait_ms(self, failures: int) -> int:
        """From the *failures*-th failure to the next attempt."""
        over = failures - self.free
        return 0 if over < 1 else min(FIRST_WAIT_MS * 2 ** min(over - 1, 20), LONGEST_WAIT_MS)


def by_account(address_key: str) -> Counter:
    """For strangers. The address is hashed: whoever mistypes his own has not asked us to keep it."""
    return Counter(f"THROTTLE#{hashlib.sha256(address_key.encode()).hexdigest()}", "account", 5)


def by_owner(listener_id: str, client_address: str) -> Counter:
    """For a client in a network that the owner of the account has signed in from."""
    return Counter(listener_id, _host(client_address), 5)


def by_client(client_address: str) -> Counter:
    return Counter(f"THROTTLE#{_host(client_address)}", "client", 30)


def by_registrant(client_address: str) -> Counter:
    """For who asks which addresses are taken. Its own counter: it must not keep a household from signing in."""
    return Counter(f"THROTTLE#{_host(client_address)}", "register", 30)


def by_mailbox(address_key: str) -> Counter:
    """For mail to one address. Nothing is given back: a mail is a mail."""
    return Counter(f"THROTTLE#{hashlib.sha256(address_key.encode()).hexdigest()}", "mail", 3)


def by_postman(client_address: str) -> Counter:
    """For who has mail sent to others."""
    return Counter(f"THROTTLE#{_host(client_address)}", "mail", 10)


def by_listener(listener_id: str) -> Counter:
    """For somebody who is signed in and must show the password again."""
    return Counter(listener_id, "confirm", 5)


def network(client_address: str) -> str:
    """The network a household keeps when its provider deals addresses anew: an IPv4 /24, an IPv6 /48."""
    return _block(client_address, 24, 48)


def _host(client_address: str) -> str:
    # One IPv6 customer has a /64 at least (RFC 6177), and would otherwise have 2^64 counters.
    return _block(client_address, 32, 64)


def _block(text: str, v4: int, v6: int) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, v4 if address.version == 4 else v6), strict=False))  # noqa: PLR2004
