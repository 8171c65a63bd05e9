"""`admit` against an oracle that is slow and obvious: it only ever asks "is it heard?", moment by moment."""

import os
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from legato.errors import MalformedRequest, Refusal
from legato.media.model import Tier
from legato.rights.deals import CommercialModel, Deal, Use, consistent
from legato.rights.model import (
    NotLicensedHere,
    OutsideLicenceWindow,
    Rights,
    SubscriptionRequired,
    Takedown,
    TakenDown,
    UseNotLicensed,
    admit,
    deal_for,
    playable_in,
)
from tests.grants import DAY_ONE

CASES = 100_000 if os.environ.get("LEGATO_PROVE") else 3_000
PLACES = ("SE", "NO", "DE")
MOMENTS = [DAY_ONE + timedelta(hours=hour) for hour in range(7)]
WORST_TO_BEST = [Tier.FREE, Tier.PREMIUM, Tier.LOSSLESS]


def subsets(values, most):
    return [frozenset(each) for size in range(1, most + 1) for each in combinations(values, size)]


# Every choice is listed once: strategies that are made anew for each case take longer than the case.
moments = st.sampled_from(MOMENTS)
grounds = [
    {"territories": inside, "excluded_territories": outside}
    for inside in subsets([*PLACES, "Worldwide"], 2)
    for outside in [frozenset(), *subsets(PLACES, 1)]
    if inside - outside
]
windows = [
    {"start": start, "end": end} for start in MOMENTS for end in [None, *MOMENTS[1:]] if end is None or start < end
]
deals = st.builds(
    lambda ground, window, models, uses, best, label: Deal(
        **ground, **window, models=models, uses=uses, max_quality=best, label=label
    ),
    st.sampled_from(grounds),
    st.sampled_from(windows),
    st.sampled_from(subsets(CommercialModel, 2)),
    st.sampled_from(subsets(Use, 2)),
    st.sampled_from([None, *Tier]),
    st.sampled_from(["", "Blue", "Blue"]),
)
lists = st.lists(deals, max_size=5).map(tuple)
takedowns = st.sampled_from([None, None, None, Takedown(reason="claim", at=DAY_ONE)])
every_rights = st.builds(
    Rights,
    own=st.none() | lists,
    album=st.none() | lists,
    imported=st.booleans(),
    takedown=takedowns,
    album_takedown=takedowns,
)


class Oracle:
    def __init__(self, rights):
        self.rights = rights
        self.deals = rights.own
        if self.deals is None:
            self.deals = rights.album
        self.open_import = self.deals is None and rights.imported

    def best(self, place, model, use, moment):
        """The best tier heard, or None."""
        if self.rights.takedown is not None or self.rights.album_takedown is not None:
            return None
        if self.open_import:
            return Tier.LOSSLESS
        heard = None
        for deal in self.deals or ():
            if place in deal.excluded_territories or not ({place, "Worldwide"} & deal.territories):
                continue
            if moment < deal.start or (deal.end is not None and moment >= deal.end):
                continue
            if model not in deal.models or use not in deal.uses:
                continue
            tier = deal.max_quality if deal.max_quality is not None else Tier.LOSSLESS
            if heard is None or WORST_TO_BEST.index(tier) > WORST_TO_BEST.index(heard):
                heard = tier
        return heard

    def payees(self, place, model, use, moment):
        """The labels of every deal that admits."""
        alone = [Oracle(Rights(own=(deal,))) for deal in self.deals or ()]
        return {each.deals[0].label for each in alone if each.best(place, model, use, moment) is not None}

    def contradicts(self):
        everywhere = [*PLACES, "US"]
        return any(
            len(self.payees(p, m, u, t)) > 1 for p in everywhere for m in CommercialModel for u in Use for t in MOMENTS
        )

    def heard(self, places, models, use, when):
        return any(self.best(p, m, use, t) is not None for p in places for m in models for t in when)

    def reason(self, place, model, use, now):  # noqa: PLR0911 -- one return a reason
        """The refusal, by asking what would have to be different for the track to be heard."""
        everywhere, anyhow, ever = [*PLACES, "US"], list(CommercialModel), [*MOMENTS, MOMENTS[-1] + timedelta(days=9)]
        if self.rights.takedown is not None or self.rights.album_takedown is not None:
            return TakenDown, {}
        if self.heard([place], anyhow, use, [now]):
            if self.heard([place], [CommercialModel.SUBSCRIPTION], use, [now]):
                return SubscriptionRequired, {"needs": "premium"}
            return UseNotLicensed, {"use": use}
        if not self.deals:
            return NotLicensedHere, {"territory": place}
        if not any(use in deal.uses for deal in self.deals):
            return UseNotLicensed, {"use": use}
        to_come = next((t for t in ever if t > now and self.heard([place], anyhow, use, [t])), None)
        opens = {"opens": to_come.strftime("%Y-%m-%dT%H:%M:%SZ")} if to_come else {}
        if self.heard(everywhere, anyhow, use, [now]) or not self.heard([place], anyhow, use, ever):
            return NotLicensedHere, {"territory": place} | opens
        if to_come:
            return OutsideLicenceWindow, opens
        last = max(t for t in ever if self.heard([place], anyhow, use, [t])) + timedelta(hours=1)
        return OutsideLicenceWindow, {"closes": last.strftime("%Y-%m-%dT%H:%M:%SZ")}


@pytest.mark.proof
@seed(1)
@settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    rights=every_rights,
    place=st.sampled_from([*PLACES, "US"]),
    model=st.sampled_from(list(CommercialModel)),
    use=st.sampled_from(list(Use)),
    now=moments,
)
def test_admission_and_every_reason_against_it_agree_with_the_oracle(rights, place, model, use, now):
    oracle = Oracle(rights)
    expected = oracle.best(place, model, use, now)
    try:
        admission = admit(rights, territory=place, model=model, use=use, now=now)
    except Refusal as refusal:
        kind, context = oracle.reason(place, model, use, now)
        assert expected is None
        assert type(refusal) is kind
        assert {name: refusal.context[name] for name in context} == context
    else:
        assert admission.max_tier == expected
        later = [t for t in MOMENTS if t > now and (admission.until is None or t < admission.until)]
        assert all(
            WORST_TO_BEST.index(oracle.best(place, model, use, t)) >= WORST_TO_BEST.index(expected) for t in later
        )
    sold = [CommercialModel.SUBSCRIPTION, CommercialModel.ADVERTISEMENT_SUPPORTED]
    on_demand = oracle.heard([place], sold, Use.ON_DEMAND_STREAM, [now])
    assert playable_in(rights, place, now) == on_demand


@pytest.mark.proof
@seed(2)
@settings(max_examples=CASES // 10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    listed=lists,
    place=st.sampled_from([*PLACES, "US"]),
    model=st.sampled_from(list(CommercialModel)),
    use=st.sampled_from(list(Use)),
    now=moments,
)
def test_a_list_of_deals_is_refused_exactly_where_a_play_would_have_two_accounts(listed, place, model, use, now):
    oracle = Oracle(Rights(own=listed))
    try:
        consistent(listed)
    except MalformedRequest:
        assert oracle.contradicts()
        return
    assert not oracle.contradicts()
    winner = deal_for(listed, territory=place, model=model, use=use, at=now)
    assert ({winner.label} if winner else set()) == oracle.payees(place, model, use, now)
    assert (winner.ceiling if winner else None) == oracle.best(place, model, use, now)
