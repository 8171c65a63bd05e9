import pytest

from legato.billing.model import Plan
from legato.licensing import keys
from legato.licensing.model import KeyNotGranted, opened
from legato.licensing.token import LicenceClaims
from legato.media.model import Tier
from legato.playback.model import PlanTooLow
from legato.rights.model import Admission

VERSION = "trk_1-0000000000000000"
KIDS = {tier: keys.kid(VERSION, tier) for tier in Tier}
ALL = tuple(KIDS.values())
EVERYTHING = Admission(max_tier=Tier.LOSSLESS, until=None)


def tiers(wanted=ALL, *, promised=tuple(Tier), plan=Plan.HIFI, admission=EVERYTHING):
    claims = LicenceClaims(
        listener_id="usr_anna",
        session_id="ses_1",
        sid="dev_1",
        track_id="trk_1",
        version=VERSION,
        tiers=promised,
        key_version=1,
        expires=2000,
    )
    return set(opened(claims, wanted, plan, admission).values())


def test_one_request_opens_every_tier_that_token_plan_and_deal_open():
    assert tiers() == set(Tier)
    assert tiers(promised=(Tier.FREE,)) == {Tier.FREE}
    assert tiers(plan=Plan.PREMIUM) == {Tier.FREE, Tier.PREMIUM}
    assert tiers(admission=Admission(max_tier=Tier.FREE, until=None)) == {Tier.FREE}


def test_after_a_downgrade_a_better_key_is_refused_with_the_plan_that_opens_it():
    with pytest.raises(PlanTooLow) as why:
        tiers([KIDS[Tier.LOSSLESS]], plan=Plan.FREE)
    assert why.value.context == {"needs": "hifi"}


def test_a_key_of_another_track_is_not_given():
    with pytest.raises(KeyNotGranted):
        tiers([keys.kid("trk_2-0000000000000000", Tier.FREE)])


def test_a_key_the_token_does_not_name_is_not_given_on_any_plan():
    with pytest.raises(KeyNotGranted):
        tiers([KIDS[Tier.LOSSLESS]], promised=(Tier.FREE,))
    with pytest.raises(KeyNotGranted):
        tiers([KIDS[Tier.LOSSLESS]], admission=Admission(max_tier=Tier.FREE, until=None))
