"""Who may hear a track: here, now, in this way. Pure; the rules in words are in ``docs/rights.md``."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from legato.billing.model import TERMS
from legato.errors import Forbidden, PaymentRequired, Withdrawn
from legato.media.model import Tier
from legato.rights.deals import OPEN_DEAL, CommercialModel, Deal, Use

LADDER = tuple(Tier)
"""The tiers, lowest first."""


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
    def deals(self) -> tuple[Deal, ...]:
        """The deals that govern: the track's own, else its album's, else the open deal of the import."""
        if self.own is not None:
            return self.own
        if self.album is not None:
            return self.album
        return (OPEN_DEAL,) if self.imported else ()


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
        raise TakenDown
    if not rights.deals:
        raise NotLicensedHere(territory=territory)
    for_use = [deal for deal in rights.deals if use in deal.uses]
    if not for_use:
        raise UseNotLicensed(use=use)
    here = [deal for deal in for_use if deal.covers(territory)]
    here_now = [deal for deal in here if deal.is_open(now)]
    if not here_now:
        raise _not_here_or_not_now(for_use, here, territory, now)
    admitting = [deal for deal in here_now if model in deal.models]
    if not admitting:
        raise _not_on_this_plan(here_now, model, use)
    best = max((deal.ceiling for deal in admitting), key=LADDER.index)
    ends = [deal.end for deal in admitting if deal.ceiling is best]
    return Admission(max_tier=best, until=None if None in ends else max(end for end in ends if end))


def playable_in(rights: Rights, territory: str, now: datetime) -> bool:
    """Whether somebody, on some plan, may stream the track on demand in *territory*: the catalogue's ``playable``."""
    return not rights.withdrawn and any(
        Use.ON_DEMAND_STREAM in deal.uses and deal.covers(territory) and deal.is_open(now) for deal in rights.deals
    )


def up_to(tier: Tier) -> frozenset[Tier]:
    return frozenset(LADDER[: LADDER.index(tier) + 1])


def _not_here_or_not_now(
    for_use: Iterable[Deal], here: Iterable[Deal], territory: str, now: datetime
) -> NotLicensedHere | OutsideLicenceWindow:
    """The place is to blame where the track is open elsewhere at this moment, and the time where it is not."""
    # Of deals that open together the one that stays open longest, so that their order does not matter.
    to_come = sorted((deal for deal in here if deal.start > now), key=lambda deal: (deal.start, -_end(deal)))
    if not here or any(deal.is_open(now) for deal in for_use):
        more = {"opens": _moment(to_come[0].start)} if to_come else {}
        return NotLicensedHere(territory=territory, **more)
    nearest = to_come[0] if to_come else max(here, key=lambda deal: (_end(deal), -deal.start.timestamp()))
    return OutsideLicenceWindow(opens=_moment(nearest.start), closes=nearest.end and _moment(nearest.end))


def _end(deal: Deal) -> float:
    return deal.end.timestamp() if deal.end else math.inf


def _not_on_this_plan(here_now: Iterable[Deal], model: str, use: str) -> SubscriptionRequired | UseNotLicensed:
    offered = frozenset[str]().union(*(deal.models for deal in here_now))
    if CommercialModel.SUBSCRIPTION in offered and model != CommercialModel.SUBSCRIPTION:
        return SubscriptionRequired(
            needs=next(plan for plan, terms in TERMS.items() if terms.model == CommercialModel.SUBSCRIPTION)
        )
    return UseNotLicensed(use=use, models=sorted(offered))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
