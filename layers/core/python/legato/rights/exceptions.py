"""What the edge must know: the exceptions to signatures that were right when they were made. Pure.

A signature carries the country it was made for, and none is made where the deals say no. So the edge
needs to hear of a track only when its rights changed while older signatures may still be about.
"""

from datetime import datetime

from legato.rights.model import Rights, playable_in
from legato.rights.territories import TERRITORIES

WITHDRAWN = "X"
NOTHING = "-"
"""Open everywhere, but changed a moment ago: kept so that the next look notices a deal that ends."""
REVOKED = "R"


def of_track(rights: Rights, *, changed_at: int, now: datetime, longest_signature_s: int) -> str | None:
    """``X``, the countries in which nobody may hear the track (``DE,FR``), ``-``, or None: nothing to say.

    At most 749 bytes; the key-value store takes 1 kB a value.
    """
    if rights.withdrawn:
        return WITHDRAWN
    if changed_at + longest_signature_s <= now.timestamp():
        return None
    blocked = sorted(country for country in TERRITORIES if not playable_in(rights, country, now))
    if len(blocked) == len(TERRITORIES):
        return WITHDRAWN
    return ",".join(blocked) or NOTHING
