from datetime import timedelta

from legato.rights.exceptions import of_track
from legato.rights.model import Rights, Takedown
from legato.rights.territories import TERRITORIES
from tests.grants import DAY_ONE, DAY_TWO, a_deal

WORLDWIDE = frozenset({"Worldwide"})


def value(rights, *, changed_s_ago=60):
    changed = DAY_TWO - timedelta(seconds=changed_s_ago)
    return of_track(rights, changed_at=int(changed.timestamp()), now=DAY_TWO, longest_signature_s=3600)


def test_what_is_withdrawn_stays_so_however_long_ago():
    rights = Rights(imported=True, takedown=Takedown(reason="claim", at=DAY_ONE))
    assert value(rights) == value(rights, changed_s_ago=10**6) == "X"


def test_countries_that_lost_the_track_are_blocked_until_no_signature_can_be_older():
    rights = Rights(own=(a_deal(territories=WORLDWIDE, excluded_territories=frozenset({"FR", "DE"})),))
    assert value(rights) == "DE,FR"
    assert value(rights, changed_s_ago=3600) is None


def test_a_deal_for_few_countries_fits_into_a_value():
    blocked = value(Rights(own=(a_deal(),))).split(",")
    assert set(blocked) == TERRITORIES - {"SE", "NO"}
    assert len(",".join(blocked)) < 1000


def test_what_is_open_nowhere_is_blocked_everywhere():
    assert value(Rights(own=())) == "X"


def test_a_track_that_is_open_everywhere_is_watched_while_its_change_is_young():
    assert value(Rights(imported=True)) == "-"
    assert value(Rights(imported=True), changed_s_ago=4000) is None
