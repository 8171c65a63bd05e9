"""Play ids that say what they were granted for. Pure, and cheap: the play path mints them, consumers read them.

A play is money, so what counts about it must not come from a player. A play id holds when it was granted, where and
under which plan, and a MAC over that and over the listener, the song and the session; nothing has to be stored or
looked up to know it again. 24 bytes, as 39 characters of base 32::

    6 granted at, epoch ms   1 place in the queue   4 chance   1 key version   2 facts   10 MAC (80 bits)

*facts* are 10 bits of territory (ISO 3166-1 alpha-2; 0 is unknown), 4 of plan, 1 for offline. Ids begin with the time,
so that they sort by birth. A grant for offline use is a ticket for many plays: each is ``<ticket>-<suffix>``, with a
suffix of the player's own making.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

PLANS = ("free", "premium", "hifi")
"""By their number in an id. Append only: ids of last month are read next month."""
MOST_IN_A_QUEUE = 256
_BODY, _MAC = 14, 10
_LETTERS = 26
_SUFFIX = re.compile(r"[A-Za-z0-9]{1,24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayGrant:
    """What was granted: the only source of these facts. Times are epoch milliseconds."""

    granted_at: int
    territory: str
    plan: str
    offline: bool


@dataclass(frozen=True, slots=True)
class PlayKeys:
    """The secret ``{"version": 2, "masters": {"1": "<64 hex>", "2": …}}``; old versions stay, plays come a month late."""

    text: str = field(repr=False)

    def mint(self, grant: PlayGrant, tracks: Sequence[str], *, listener_id: str, session_id: str) -> dict[str, str]:
        """Play id → track, in the order of the queue; of two the later has the greater id."""
        held = json.loads(self.text)
        return {
            _text(grant, place, int(held["version"]), held["masters"], (listener_id, track, session_id)): track
            for place, track in enumerate(tracks)
        }

    def read(self, play_id: str, *, listener_id: str, track_id: str, session_id: str) -> PlayGrant | None:
        """What *play_id* was granted for; None unless we granted it to this listener, for this song and session."""
        ticket, dash, suffix = play_id.removeprefix("ply_").partition("-")
        try:
            raw = base64.b32hexdecode(ticket.upper() + "=" * (-len(ticket) % 8))
        except (binascii.Error, ValueError):
            return None
        # One spelling only: letters of the other case and unused last bits would make more plays of one grant.
        if len(raw) != _BODY + _MAC or _spelled(raw) != ticket:
            return None
        body, mac = raw[:_BODY], raw[_BODY:]
        key = json.loads(self.text)["masters"].get(str(body[11]))
        whose = (listener_id, track_id, session_id)
        if key is None or not hmac.compare_digest(mac, _mac(key, body, whose)):
            return None
        grant = _grant(body)
        if dash and not (grant.offline and _SUFFIX.fullmatch(suffix)):
            return None
        return grant


def _text(grant: PlayGrant, place: int, version: int, masters: dict[str, str], whose: tuple[str, str, str]) -> str:
    facts = _territory_number(grant.territory) << 5 | PLANS.index(grant.plan) << 1 | grant.offline
    time = grant.granted_at.to_bytes(6)
    body = time + bytes([place]) + os.urandom(4) + bytes([version]) + facts.to_bytes(2)
    whole = body + _mac(masters[str(version)], body, whose)
    return f"ply_{_spelled(whole)}"


def _spelled(whole: bytes) -> str:
    # Base 32 "hex" keeps the order of the bytes, as `legato.ids` does.
    return base64.b32hexencode(whole).decode().rstrip("=").lower()


def _grant(body: bytes) -> PlayGrant:
    facts = int.from_bytes(body[12:14])
    return PlayGrant(
        granted_at=int.from_bytes(body[:6]),
        territory=_territory(facts >> 5),
        plan=PLANS[facts >> 1 & 0b1111],
        offline=bool(facts & 1),
    )


def _mac(key: str, body: bytes, whose: tuple[str, str, str]) -> bytes:
    return hmac.digest(bytes.fromhex(key), body + "\0".join(("legato play", *whose)).encode(), hashlib.sha256)[:_MAC]


def _territory_number(code: str) -> int:
    if not re.fullmatch(r"[A-Z]{2}", code):
        return 0
    return 1 + (ord(code[0]) - ord("A")) * _LETTERS + ord(code[1]) - ord("A")


def _territory(number: int) -> str:
    if not number:
        return ""
    first, second = divmod(number - 1, _LETTERS)
    return chr(ord("A") + first) + chr(ord("A") + second)
