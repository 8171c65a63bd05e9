"""Which keys a listener is given. Pure: what the token promised is asked again of plan and rights as they are now."""

from collections.abc import Iterable

from legato.billing.model import TERMS, Plan
from legato.errors import Forbidden, NotFound
from legato.licensing import keys
from legato.licensing.token import LicenceClaims
from legato.media.model import Tier
from legato.playback.model import PlanTooLow
from legato.rights.model import Admission


class KeyNotGranted(Forbidden):
    """None of the key ids asked for belongs to what the licence token opens."""


class DrmSystemNotConfigured(NotFound):
    """This installation has no vendor for that DRM system; ``system`` names it."""


def opened(claims: LicenceClaims, kids: Iterable[bytes], plan: Plan, admission: Admission) -> dict[bytes, Tier]:
    """The *kids* that token, plan and deal all open, each with its tier.

    Raises `PlanTooLow` where only the plan stands in between, `KeyNotGranted` where nothing would help.
    """
    of_track = {keys.kid(claims.version, tier): tier for tier in Tier}
    promised = {kid: of_track[kid] for kid in kids if of_track.get(kid) in claims.tiers}
    licensed = {kid: tier for kid, tier in promised.items() if tier in admission.tiers}
    if found := {kid: tier for kid, tier in licensed.items() if tier in TERMS[plan].tiers}:
        return found
    for other, terms in TERMS.items():
        if terms.tiers & set(licensed.values()):
            raise PlanTooLow(needs=other)
    raise KeyNotGranted
