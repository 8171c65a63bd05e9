import pytest

from legato.errors import MalformedRequest
from legato.rights.deals import OPEN_DEAL, CommercialModel, Use
from legato.rights.territories import TERRITORIES
from tests.grants import DAY_ONE, DAY_TWO, a_deal


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
