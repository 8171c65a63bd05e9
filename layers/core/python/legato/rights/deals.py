"""A deal: what a label permits, in the words of DDEX's allowed value sets (AVS). Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

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

    def covers(self, territory: str) -> bool:
        """Whether *territory* is inside. ``""``, a place that nobody could tell, is in no deal."""
        named = territory in self.territories or (WORLDWIDE in self.territories and territory != "")
        return named and territory not in self.excluded_territories

    def is_open(self, now: datetime) -> bool:
        return self.start <= now and (self.end is None or now < self.end)

    @property
    def ceiling(self) -> Tier:
        return self.max_quality or Tier.LOSSLESS


OPEN_DEAL = Deal(
    territories=frozenset({WORLDWIDE}),
    models=frozenset(CommercialModel),
    uses=frozenset(Use),
    start=datetime(1970, 1, 1, tzinfo=UTC),
)
"""What music that was imported without a deal gets."""
