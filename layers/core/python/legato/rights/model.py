"""Who may hear a track: here, now, in this way. Pure; the rules in words are in ``docs/rights.md``."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from legato.billing.model import TERMS
from legato.errors import Forbidden, PaymentRequired, Refusal, Withdrawn
from legato.media.model import Tier
from legato.rights.deals import OPEN_DEAL, CommercialModel, Deal, Use
from legato.rights.territories import TERRITORIES

LADDER = tuple(Tier)
"""The tiers, lowest first."""
NAMED = 10
"""How many places a sentence names."""
PLAN_MODELS = frozenset(terms.model for terms in TERMS.values())
"""The commercial models that some plan plays under."""


class TakenDown(Withdrawn):
    """The track or its album was withdrawn."""


class UseNotLicensed(Forbidden):
    """No deal permits this ``use`` in the way the listener pays."""


class NotLicensedHere(Forbidden):
    """Not in this ``territory``; ``opens`` says from when, where that is agreed."""


class OutsideLicenceWindow(Forbidden):
    """In this territory, but at another time: ``opens`` and ``closes`` of the nearest window."""


class SubscriptionRequired(PaymentRequired):
    """A subscription would open it; ``needs`` is the smallest plan that does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takedown:
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Everything that decides about one track: its own deals, its album's, and withdrawals of either.

    ``None`` is "nobody said anything"; an empty tuple is "nothing is permitted".
    """

    own: tuple[Deal, ...] | None = None
    album: tuple[Deal, ...] | None = None
    imported: bool = False
    """Published without a deal: open until somebody says otherwise."""
    takedown: Takedown | None = None
    album_takedown: Takedown | None = None

    @property
    def withdrawn(self) -> Takedown | None:
        return self.takedown or self.album_takedown

    @property
    def source(self) -> str:
        """Whose deals govern: the track's ``own``, else its ``album``'s, else the ``import``'s, else ``none``."""
        if self.own is not None:
            return "own"
        if self.album is not None:
            return "album"
        return "import" if self.imported else "none"

    @property
    def deals(self) -> tuple[Deal, ...]:
        """The deals that govern; those of one source replace those of the next altogether."""
        return {"own": self.own, "album": self.album, "import": (OPEN_DEAL,)}.get(self.source) or ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    max_tier: Tier
    until: datetime | None
    """When this very answer may change, because the deal behind it ends; nothing signed may outlive it."""

    @property
    def tiers(self) -> frozenset[Tier]:
        return up_to(self.max_tier)


def admit(rights: Rights, *, territory: str, model: str, use: str, now: datetime) -> Admission:
    """Return what may be heard, or raise the reason that helps the listener most.

    Deals add up: one that admits is enough, and the best quality among those that do wins. The reason is
    the first of: withdrawn, not for this use, not in this territory, not at this time, not on this plan.
    """
    if rights.withdrawn:
        raise TakenDown("withdrawn from this service")
    if not rights.deals:
        raise _elsewhere(territory)
    for_use = [deal for deal in rights.deals if use in deal.uses]
    if not for_use:
        uses = sorted(frozenset[str]().union(*(deal.uses for deal in rights.deals)))
        raise UseNotLicensed(f"no deal permits {use}, only {', '.join(uses)}", use=use)
    here = [deal for deal in for_use if deal.covers(territory)]
    here_now = [deal for deal in here if deal.is_open(now)]
    if not here_now:
        raise _not_here_or_not_now(for_use, here, territory, now)
    admitting = [deal for deal in here_now if model in deal.models]
    if not admitting:
        raise _not_on_this_plan(here_now, model, use)
    winner = max(admitting, key=_precedence)
    return Admission(max_tier=winner.ceiling, until=winner.end)


def deal_for(deals: Iterable[Deal], *, territory: str, model: str, use: str, at: datetime) -> Deal | None:
    """The deal that a play of *at* is accounted under; None where none admits it. Takedowns undo no play.

    The one that wins when it is played: the best quality, then the latest end, then the latest start.
    """
    admitting = [
        deal
        for deal in deals
        if use in deal.uses and model in deal.models and deal.covers(territory) and deal.is_open(at)
    ]
    return max(admitting, key=_precedence, default=None)


def _precedence(deal: Deal) -> tuple[int, float, datetime]:
    return LADDER.index(deal.ceiling), _end(deal), deal.start


def playable_in(rights: Rights, territory: str, now: datetime) -> bool:
    """Whether somebody, on some plan, may stream the track on demand in *territory*: the catalogue's ``playable``."""
    return not rights.withdrawn and any(
        Use.ON_DEMAND_STREAM in deal.uses
        and deal.covers(territory)
        and deal.is_open(now)
        and not PLAN_MODELS.isdisjoint(deal.models)
        for deal in rights.deals
    )


def explain(rights: Rights, *, territory: str, model: str, use: str, now: datetime) -> str:
    """What `admit` says, as one sentence for an operator: why not, and when or where it would be."""
    try:
        admission = admit(rights, territory=territory, model=model, use=use, now=now)
    except TakenDown as refusal:
        assert rights.withdrawn
        return f"Not heard: {refusal.detail} since {_moment(rights.withdrawn.at)}."
    except NotLicensedHere as refusal:
        return f"Not heard: {refusal.detail}{_where(rights.deals, use, now)}."
    except Refusal as refusal:
        return f"Not heard: {refusal.detail}."
    limit = f" until {_moment(admission.until)}" if admission.until else ""
    return f"Heard in {territory} under {model}, up to {admission.max_tier}{limit}."


def _where(deals: Iterable[Deal], use: str, now: datetime) -> str:
    """``; now in DE, FR``: the places where *use* is open at this moment."""
    open_now = [deal for deal in deals if use in deal.uses and deal.is_open(now)]
    places = sorted(place for place in TERRITORIES if any(deal.covers(place) for deal in open_now))
    shut = sorted(TERRITORIES - set(places))
    if not places:
        return ", and nowhere else now"
    if len(places) <= NAMED:
        return f"; now in {', '.join(places)}"
    if len(shut) <= NAMED:
        return f"; now everywhere but {', '.join(shut)}" if shut else "; now everywhere"
    return f"; now in {', '.join(places[:NAMED])} and {len(places) - NAMED} more"


def up_to(tier: Tier) -> frozenset[Tier]:
    return frozenset(LADDER[: LADDER.index(tier) + 1])


def _not_here_or_not_now(
    for_use: Iterable[Deal], here: Iterable[Deal], territory: str, now: datetime
) -> NotLicensedHere | OutsideLicenceWindow:
    """The place is to blame where the track is open elsewhere at this moment, and the time where it is not."""
    # Of deals that open together the one that stays open longest, so that their order does not matter.
    to_come = sorted((deal for deal in here if deal.start > now), key=lambda deal: (deal.start, -_end(deal)))
    if not here or any(deal.is_open(now) for deal in for_use):
        return _elsewhere(territory, to_come[0].start if to_come else None)
    nearest = to_come[0] if to_come else max(here, key=lambda deal: (_end(deal), -deal.start.timestamp()))
    opens, closes = _moment(nearest.start), nearest.end and _moment(nearest.end)
    span = f"from {opens} until {closes}" if closes else f"from {opens}"
    return OutsideLicenceWindow(f"licensed in {territory} {span}", opens=opens, closes=closes)


def _elsewhere(territory: str, opens: datetime | None = None) -> NotLicensedHere:
    place = f"in {territory}" if territory else "in a place that cannot be told"
    if opens is None:
        return NotLicensedHere(f"not licensed {place}", territory=territory)
    return NotLicensedHere(f"not licensed {place} before {_moment(opens)}", territory=territory, opens=_moment(opens))


def _end(deal: Deal) -> float:
    return deal.end.timestamp() if deal.end else math.inf


def _not_on_this_plan(here_now: Iterable[Deal], model: str, use: str) -> SubscriptionRequired | UseNotLicensed:
    offered = frozenset[str]().union(*(deal.models for deal in here_now))
    if CommercialModel.SUBSCRIPTION in offered and model != CommercialModel.SUBSCRIPTION:
        needs = next(plan for plan, terms in TERMS.items() if terms.model == CommercialModel.SUBSCRIPTION)
        return SubscriptionRequired(f"licensed for subscribers: {needs} or better", needs=needs)
    models = sorted(offered)
    return UseNotLicensed(
        f"no deal permits {use} under {model}, only under {', '.join(models)}", use=use, models=models
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
