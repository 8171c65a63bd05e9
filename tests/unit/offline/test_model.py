"""Leases and device caps, as rules."""

from datetime import UTC, datetime, timedelta

import pytest

from legato.billing.model import TERMS, Plan
from legato.offline.model import DeviceFull, Holder, Shelf, TooManyDevices, lease_until
from legato.playback.model import PlanTooLow
from tests.grants import a_device

NOW = 1_900_000_000
MONTH = 30 * 86_400


def a_shelf(*names, tracks=1):
    held = [Holder(device=a_device(name), since=n, tracks=tracks) for n, name in enumerate(names)]
    return Shelf(listener_id="usr_anna", holders={holder.device.id: holder for holder in held})


@pytest.mark.parametrize(("days", "lease"), [(None, MONTH), (1, 86_400), (29, 29 * 86_400), (30, MONTH), (400, MONTH)])
def test_a_lease_ends_with_the_deal_or_after_thirty_days(days, lease):
    ends = days and datetime.fromtimestamp(NOW, UTC) + timedelta(days=days)
    assert lease_until(ends, NOW) == NOW + lease


def test_every_plan_keeps_music_on_as_many_devices_as_it_says():
    for plan, terms in TERMS.items():
        full = a_shelf(*map(str, range(terms.offline_devices)))
        with pytest.raises((TooManyDevices, PlanTooLow)):
            full.admit(a_device("another"), plan, new=True)
        for holder in full.holders.values():
            full.admit(holder.device, plan, new=True)


def test_the_free_plan_keeps_nothing():
    with pytest.raises(PlanTooLow) as refused:
        a_shelf().admit(a_device(), Plan.FREE, new=True)
    assert refused.value.context == {"needs": Plan.PREMIUM}


def test_a_device_holds_only_so_much_and_may_renew_it_all():
    full = a_shelf("phone", tracks=10_000)
    with pytest.raises(DeviceFull):
        full.admit(a_device("phone"), Plan.HIFI, new=True)
    full.admit(a_device("phone"), Plan.HIFI, new=False)


def test_a_device_is_counted_while_it_holds_a_track():
    one = a_shelf().one_more(a_device(), NOW)
    two = one.one_more(a_device(), NOW + 1)
    assert two.holders[a_device().id] == Holder(device=a_device(), since=NOW, tracks=2)
    assert two.one_less(a_device().id).one_less(a_device().id).holders == {}
