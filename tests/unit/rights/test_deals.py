import pytest

from legato.errors import MalformedRequest
from legato.rights.deals import OPEN_DEAL, CommercialModel, Split, Use, consistent
from legato.rights.territories import TERRITORIES
from tests.grants import DAY_FOUR, DAY_ONE, DAY_THREE, DAY_TWO, a_deal


def split(payee, basis_points):
    return Split(payee=payee, basis_points=basis_points)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"territories": frozenset()}, "territories is empty"),
        ({"models": frozenset()}, "models is empty"),
        ({"uses": frozenset()}, "uses is empty"),
        ({"territories": frozenset({"SE", "Sweden", "UK"})}, "territories: Sweden, UK is no"),
        ({"territories": frozenset({"se"})}, "territories: se is no"),
        ({"excluded_territories": frozenset({"Worldwide"})}, "excluded_territories: Worldwide is no"),
        ({"excluded_territories": frozenset({"SE", "NO"})}, "leave no territory"),
        ({"territories": frozenset({"Worldwide"}), "excluded_territories": TERRITORIES}, "leave no territory"),
        ({"start": DAY_TWO, "end": DAY_TWO}, "ends before it starts"),
        ({"start": DAY_TWO, "end": DAY_ONE}, "ends before it starts"),
        ({"start": DAY_ONE.replace(tzinfo=None)}, "start has no time zone"),
        ({"end": DAY_TWO.replace(tzinfo=None)}, "end has no time zone"),
        ({"label": "x" * 201}, "label: at most 200"),
        ({"distributor": "x" * 201}, "distributor: at most 200"),
        ({"splits": (split("Ann", 9_999),)}, "add up to 9999 basis points, not 10000"),
        ({"splits": (split("Ann", 5_000), split("Ann", 5_000))}, "name a payee twice"),
        ({"splits": (split("Ann", 0), split("Ben", 10_000))}, "Ann has 0 of 10000"),
        ({"splits": (split("Ann", -1), split("Ben", 10_001))}, "Ann has -1 of 10000"),
        ({"splits": (split(" ", 10_000),)}, "a payee is a name"),
    ],
)
def test_a_deal_that_makes_no_sense_cannot_be_made(changes, fault):
    with pytest.raises(MalformedRequest, match=fault):
        a_deal(**changes)


def test_there_are_249_territories_and_kosovo():
    assert len(TERRITORIES) == 250
    assert {"DE", "US", "XK"} <= TERRITORIES


def test_worldwide_covers_every_place_but_the_excluded_and_the_unknown():
    deal = a_deal(territories=frozenset({"Worldwide"}), excluded_territories=frozenset({"DE"}))
    assert deal.covers("SE")
    assert not deal.covers("DE")
    assert not deal.covers("")


def test_an_exclusion_beats_an_inclusion():
    assert not a_deal(excluded_territories=frozenset({"SE"})).covers("SE")


def test_the_open_deal_is_everything_the_contract_says():
    assert OPEN_DEAL.models == frozenset(CommercialModel)
    assert OPEN_DEAL.uses == frozenset(Use)
    assert all(OPEN_DEAL.covers(territory) for territory in TERRITORIES)
    assert OPEN_DEAL.is_open(DAY_ONE)
    assert OPEN_DEAL.end is None


def test_deals_that_overlap_and_pay_the_same_add_up():
    shares = (split("Ann", 6_000), split("Ben", 4_000))
    one, other = a_deal(label="L", splits=shares), a_deal(label="L", splits=shares[::-1], end=DAY_FOUR)
    assert consistent([one, other, one]) is None
    assert consistent([]) is None


@pytest.mark.parametrize("change", [{"label": "Other"}, {"distributor": "D"}, {"splits": (split("Ann", 10_000),)}])
def test_deals_that_overlap_and_pay_somebody_else_are_refused_with_the_place_and_the_moment(change):
    fault = r"deals 0 and 2 overlap in NO for OnDemandStream under SubscriptionModel from 2030-01-02T00:00:00\+00:00"
    with pytest.raises(MalformedRequest, match=fault):
        consistent([a_deal(label="L"), a_deal(label="L"), a_deal(**{"label": "L"} | change)])


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"territories": frozenset({"DE"})},
        {"territories": frozenset({"Worldwide"}), "excluded_territories": frozenset({"SE", "NO"})},
        {"start": DAY_THREE, "end": None},
        {"start": DAY_ONE, "end": DAY_TWO},
        {"models": frozenset({CommercialModel.ADVERTISEMENT_SUPPORTED})},
        {"uses": frozenset({Use.CONDITIONAL_DOWNLOAD})},
    ],
)
def test_deals_that_meet_nowhere_may_pay_whom_they_like(elsewhere):
    assert consistent([a_deal(label="L"), a_deal(label="Other", **elsewhere)]) is None


def test_two_worldwide_deals_overlap_where_neither_excludes():
    one, other = (
        a_deal(territories=frozenset({"Worldwide"}), label=label, excluded_territories=out)
        for label, out in (("L", TERRITORIES - {"DE", "FR"}), ("M", frozenset({"DE"})))
    )
    with pytest.raises(MalformedRequest, match="overlap in FR"):
        consistent([one, other])
