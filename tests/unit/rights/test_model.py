from datetime import timedelta

import pytest

from legato.media.model import Tier
from legato.rights.deals import CommercialModel, Use
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
    explain,
    playable_in,
)
from legato.rights.territories import TERRITORIES
from tests.grants import DAY_FOUR, DAY_ONE, DAY_THREE, DAY_TWO, a_deal

A_SECOND = timedelta(seconds=1)
WITHDRAWN = Takedown(reason="claim by the estate", at=DAY_ONE)
AD_SUPPORTED = frozenset({CommercialModel.ADVERTISEMENT_SUPPORTED})
WORLDWIDE = frozenset({"Worldwide"})
NORTH = frozenset({"DE", "DK", "FI", "IS", "NO", "SE", "EE", "LV", "LT", "FO", "GL", "AX", "SJ"})
BOTH = frozenset({CommercialModel.ADVERTISEMENT_SUPPORTED, CommercialModel.SUBSCRIPTION})


def admitted(*deals, rights=None, **asked):
    asked = {"territory": "SE", "model": "SubscriptionModel", "use": "OnDemandStream", "now": DAY_TWO} | asked
    return admit(rights or Rights(own=deals), **asked)


def refused(kind, *deals, **asked):
    with pytest.raises(kind) as why:
        admitted(*deals, **asked)
    return why.value.context


def test_inside_territory_window_model_and_use_the_track_is_heard():
    assert admitted(a_deal()).max_tier is Tier.LOSSLESS


def test_the_window_opens_at_its_start_and_closes_at_its_end_to_the_second():
    assert admitted(a_deal(), now=DAY_TWO)
    assert admitted(a_deal(), now=DAY_THREE - A_SECOND)
    assert refused(OutsideLicenceWindow, a_deal(), now=DAY_TWO - A_SECOND)
    assert refused(OutsideLicenceWindow, a_deal(), now=DAY_THREE)


def test_before_the_window_the_listener_hears_when_it_opens():
    context = refused(OutsideLicenceWindow, a_deal(), now=DAY_ONE)
    assert context == {"opens": "2030-01-02T00:00:00Z", "closes": "2030-01-03T00:00:00Z"}


def test_of_several_windows_the_next_to_open_is_named_and_else_the_last_that_closed():
    early, late = a_deal(start=DAY_ONE, end=DAY_TWO), a_deal(start=DAY_THREE, end=None)
    assert refused(OutsideLicenceWindow, late, early, now=DAY_TWO) == {"opens": "2030-01-03T00:00:00Z", "closes": None}
    assert refused(OutsideLicenceWindow, early, a_deal(), now=DAY_FOUR)["closes"] == "2030-01-03T00:00:00Z"


def test_in_another_territory_the_listener_hears_which():
    assert refused(NotLicensedHere, a_deal(), territory="DE") == {"territory": "DE"}


def test_a_release_that_is_open_elsewhere_and_comes_here_later_is_a_matter_of_place_with_a_date():
    here_later = a_deal(territories=frozenset({"DE"}), start=DAY_THREE, end=None)
    context = refused(NotLicensedHere, a_deal(), here_later, territory="DE")
    assert context == {"territory": "DE", "opens": "2030-01-03T00:00:00Z"}


def test_where_no_deal_is_made_the_track_is_licensed_nowhere():
    assert refused(NotLicensedHere, territory="SE") == {"territory": "SE"}
    assert refused(NotLicensedHere, rights=Rights()) == {"territory": "SE"}


def test_a_use_that_no_deal_permits_is_named():
    assert refused(UseNotLicensed, a_deal(), use="ConditionalDownload") == {"use": "ConditionalDownload"}


def test_a_listener_without_a_subscription_is_told_the_smallest_plan():
    assert refused(SubscriptionRequired, a_deal(), model="AdvertisementSupportedModel") == {"needs": "premium"}


def test_nobody_is_asked_to_pay_for_what_paying_does_not_open():
    assert refused(NotLicensedHere, a_deal(), model="AdvertisementSupportedModel", territory="DE")
    assert refused(OutsideLicenceWindow, a_deal(), model="AdvertisementSupportedModel", now=DAY_FOUR)
    assert refused(UseNotLicensed, a_deal(models=AD_SUPPORTED)) == {
        "use": "OnDemandStream",
        "models": ["AdvertisementSupportedModel"],
    }


def test_one_deal_that_admits_is_enough_and_the_best_quality_wins():
    low = a_deal(max_quality=Tier.FREE, models=BOTH)
    high = a_deal(max_quality=Tier.PREMIUM)
    expired = a_deal(start=DAY_ONE, end=DAY_TWO)
    assert admitted(low, high, expired).max_tier is Tier.PREMIUM
    assert admitted(low, high, expired, model="AdvertisementSupportedModel").max_tier is Tier.FREE


def test_an_admission_lasts_as_long_as_the_deal_behind_its_quality():
    low = a_deal(max_quality=Tier.FREE, end=None)
    high = a_deal(max_quality=Tier.PREMIUM, end=DAY_THREE)
    higher_for_longer = a_deal(max_quality=Tier.PREMIUM, end=DAY_FOUR)
    assert admitted(low, high).until == DAY_THREE
    assert admitted(low, high, higher_for_longer).until == DAY_FOUR
    assert admitted(low).until is None


def test_a_takedown_of_the_track_or_its_album_comes_before_every_other_reason():
    for rights in (Rights(takedown=WITHDRAWN), Rights(own=(a_deal(),), album_takedown=WITHDRAWN)):
        assert refused(TakenDown, rights=rights, territory="DE") == {}
        assert not playable_in(rights, "SE", DAY_TWO)


def test_a_tracks_own_deals_replace_its_albums_and_either_replaces_the_open_one():
    swedish, german = a_deal(), a_deal(territories=frozenset({"DE"}))
    assert refused(NotLicensedHere, rights=Rights(own=(german,), album=(swedish,)))
    assert admitted(rights=Rights(album=(swedish,), imported=True))
    assert refused(NotLicensedHere, rights=Rights(album=(swedish,), imported=True), territory="DE")
    assert refused(NotLicensedHere, rights=Rights(own=(), imported=True))
    assert admitted(rights=Rights(imported=True), territory="DE", model="AdvertisementSupportedModel")


def test_playable_is_what_somebody_on_some_plan_may_stream_here_and_now():
    rights = Rights(own=(a_deal(models=AD_SUPPORTED),))
    assert playable_in(rights, "SE", DAY_TWO)
    assert not playable_in(rights, "DE", DAY_TWO)
    assert not playable_in(rights, "SE", DAY_FOUR)
    assert not playable_in(Rights(own=(a_deal(uses=frozenset({Use.CONDITIONAL_DOWNLOAD})),)), "SE", DAY_TWO)
    nobody_sells = a_deal(models=frozenset({CommercialModel.PAY_AS_YOU_GO}))
    assert not playable_in(Rights(own=(nobody_sells,)), "SE", DAY_TWO)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "Heard in SE under SubscriptionModel, up to lossless until 2030-01-03T00:00:00Z."),
        ({"territory": "DE"}, "Not heard: not licensed in DE; now in NO, SE."),
        ({"territory": ""}, "Not heard: not licensed in a place that cannot be told; now in NO, SE."),
        ({"now": DAY_ONE}, "Not heard: licensed in SE from 2030-01-02T00:00:00Z until 2030-01-03T00:00:00Z."),
        ({"use": "ConditionalDownload"}, "Not heard: no deal permits ConditionalDownload, only OnDemandStream."),
        ({"model": "AdvertisementSupportedModel"}, "Not heard: licensed for subscribers: premium or better."),
    ],
)
def test_every_answer_is_explained_in_a_sentence(asked, sentence):
    asked = {"territory": "SE", "model": "SubscriptionModel", "use": "OnDemandStream", "now": DAY_TWO} | asked
    assert explain(Rights(own=(a_deal(),)), **asked) == sentence


def test_a_takedown_is_explained_without_its_reason():
    rights = Rights(imported=True, takedown=WITHDRAWN)
    told = explain(rights, territory="SE", model="SubscriptionModel", use="OnDemandStream", now=DAY_TWO)
    assert told == "Not heard: withdrawn from this service since 2030-01-01T00:00:00Z."


@pytest.mark.parametrize(
    ("deals", "where"),
    [
        ((), "not licensed in DE, and nowhere else now"),
        ((a_deal(territories=WORLDWIDE, excluded_territories=frozenset({"DE", "AT"})),), "now everywhere but AT, DE"),
        ((a_deal(territories=TERRITORIES - NORTH),), "now in AD, AE, AF, AG, AI, AL, AM, AO, AQ, AR and 227 more"),
    ],
)
def test_where_it_would_be_heard_is_said_in_few_words(deals, where):
    told = explain(Rights(own=deals), territory="DE", model="SubscriptionModel", use="OnDemandStream", now=DAY_TWO)
    assert where in told
    assert len(told) < 200


def test_of_deals_that_overlap_the_best_quality_wins_then_the_latest_end_then_the_latest_start():
    low = a_deal(max_quality=Tier.FREE, end=None)
    short, long = a_deal(), a_deal(end=DAY_FOUR)
    newer = a_deal(start=DAY_TWO + A_SECOND, end=DAY_FOUR)
    asked = {"territory": "SE", "model": "SubscriptionModel", "use": "OnDemandStream", "at": DAY_TWO + 2 * A_SECOND}
    for deals in ((low, short, long, newer), (newer, long, short, low)):
        assert deal_for(deals, **asked) is newer
        assert deal_for(set(deals) - {newer}, **asked) is long
    assert deal_for([low, short], **asked) is short
    assert deal_for([low, short], **asked | {"at": DAY_FOUR}) is low
    assert deal_for([short], **asked | {"at": DAY_FOUR}) is None
    assert deal_for([short], **asked | {"territory": "DE"}) is None
