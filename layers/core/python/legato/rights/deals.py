"""A deal: what a label permits, in the words of DDEX's allowed value sets (AVS). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import combinations

from legato.errors import MalformedRequest
from legato.media.model import Tier
from legato.rights.territories import TERRITORIES, WORLDWIDE


class CommercialModel(StrEnum):
    """DDEX AVS ``CommercialModelType``: how the listener pays."""

    SUBSCRIPTION = "SubscriptionModel"
    ADVERTISEMENT_SUPPORTED = "AdvertisementSupportedModel"
    FREE_OF_CHARGE = "FreeOfChargeModel"
    PAY_AS_YOU_GO = "PayAsYouGoModel"


class Use(StrEnum):
    """DDEX AVS ``UseType``: what is done with the recording."""

    ON_DEMAND_STREAM = "OnDemandStream"
    NON_INTERACTIVE_STREAM = "NonInteractiveStream"
    CONDITIONAL_DOWNLOAD = "ConditionalDownload"


WHOLE = 10_000
"""Basis points of everything: a split of 250 is 2.5 %."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Whose part of a play's money, and how much of it."""

    payee: str
    basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One permission. Building one that makes no sense raises `MalformedRequest`.

    The window is ``[start, end)``: the second named by ``end`` is the first one without permission.
    """

    territories: frozenset[str]
    """ISO 3166-1 alpha-2 codes, or ``Worldwide``."""
    models: frozenset[CommercialModel]
    uses: frozenset[Use]
    start: datetime
    end: datetime | None = None
    excluded_territories: frozenset[str] = field(default=frozenset())
    max_quality: Tier | None = None
    """The best tier that may be heard; none is no ceiling."""
    label: str = ""
    """Who owns the recording; ``""`` where nobody said."""
    distributor: str = ""
    """Who delivers it for the label."""
    splits: tuple[Split, ...] = ()
    """Who is paid, together `WHOLE`; none is the label alone."""

    def __post_init__(self) -> None:
        for name in ("territories", "models", "uses"):
            if not getattr(self, name):
                raise MalformedRequest(f"{name} is empty: a deal that permits nothing is no deal")
        for name, known in (("territories", TERRITORIES | {WORLDWIDE}), ("excluded_territories", TERRITORIES)):
            if unknown := getattr(self, name) - known:
                raise MalformedRequest(f"{name}: {', '.join(sorted(unknown))} is no ISO 3166-1 alpha-2 code")
        if not any(map(self.covers, TERRITORIES if WORLDWIDE in self.territories else self.territories)):
            raise MalformedRequest("excluded_territories leave no territory")
        for name in ("start", "end"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise MalformedRequest(f"{name} has no time zone: {moment.isoformat()}")
        if self.end is not None and self.end <= self.start:
            raise MalformedRequest("the window ends before it starts")
        self._check_money()

    def _check_money(self) -> None:
        for name in ("label", "distributor"):
            if len(getattr(self, name)) > LONGEST_NAME:
                raise MalformedRequest(f"{name}: at most {LONGEST_NAME} characters")
        for split in self.splits:
            if not 1 <= len(split.payee.strip()) <= LONGEST_NAME:
                raise MalformedRequest(f"splits: a payee is a name of 1 to {LONGEST_NAME} characters")
            if not 1 <= split.basis_points <= WHOLE:
                raise MalformedRequest(f"splits: {split.payee} has {split.basis_points} of {WHOLE} basis points")
        if len({split.payee for split in self.splits}) != len(self.splits):
            raise MalformedRequest("splits name a payee twice")
        if self.splits and (total := sum(split.basis_points for split in self.splits)) != WHOLE:
            raise MalformedRequest(f"splits add up to {total} basis points, not {WHOLE}")

    @property
    def money(self) -> tuple[str, str, tuple[tuple[str, int], ...]]:
        """Whom a play under this deal pays: equal for two deals that pay the same."""
        splits = sorted((split.payee, split.basis_points) for split in self.splits)
        return self.label, self.distributor, tuple(splits)

    def covers(self, territory: str) -> bool:
        """Whether *territory* is inside. ``""``, a place that nobody could tell, is in no deal."""
        named = territory in self.territories or (WORLDWIDE in self.territories and territory != "")
        return named and territory not in self.excluded_territories

    def is_open(self, now: datetime) -> bool:
        return self.start <= now and (self.end is None or now < self.end)

    @property
    def ceiling(self) -> Tier:
        return self.max_quality or Tier.LOSSLESS


def consistent(deals: Sequence[Deal]) -> None:
    """Raise `MalformedRequest` where two of *deals* overlap and pay somebody else.

    Deals that overlap add up, which is what labels mean by them; but one play has one account. Two that admit
    the same play and name another label, distributor or split leave it open whom to pay.
    """
    if len({deal.money for deal in deals}) == 1:
        return
    for (i, one), (j, other) in combinations(enumerate(deals), 2):
        if one.money != other.money and (where := _overlap(one, other)):
            raise MalformedRequest(
                f"deals {i} and {j} overlap {where}, but differ in label, distributor or splits: whom does a play pay?"
            )


def _overlap(one: Deal, other: Deal) -> str:
    """One place, model, use and moment that both permit, in words; ``""`` where there is none."""
    models, uses = one.models & other.models, one.uses & other.uses
    start = max(one.start, other.start)
    if not models or not uses or not (one.is_open(start) and other.is_open(start)):
        return ""
    named = (one.territories | other.territories) - {WORLDWIDE} or TERRITORIES
    if WORLDWIDE in one.territories and WORLDWIDE in other.territories:
        named = TERRITORIES
    both = [place for place in sorted(named) if one.covers(place) and other.covers(place)]
    return f"in {both[0]} for {min(uses)} under {min(models)} from {start.isoformat()}" if both else ""


OPEN_DEAL = Deal(
    territories=frozenset({WORLDWIDE}),
    models=frozenset(CommercialModel),
    uses=frozenset(Use),
    start=datetime(1970, 1, 1, tzinfo=UTC),
)
"""What music that was imported without a deal gets."""
