import pytest

from legato.billing.model import Plan
from legato.media.model import Tier
from legato.playback.model import (
    PlanTooLow,
    QualityNotAvailable,
    Stop,
    TooManyStreams,
    renditions_for,
    resume_at,
)
from legato.rights.model import Admission
from tests.grants import a_device, a_package, a_player, a_progress, a_session

NOW = 1030
EVERYTHING = Admission(max_tier=Tier.LOSSLESS, until=None)


def surplus(*sessions, streams=1):
    return a_player(*sessions).surplus(streams=streams, now=NOW)


def ended(*sessions, device="tv", streams=1, take_over=False, now=NOW):
    return a_player(*sessions).make_room(a_device(device), streams=streams, take_over=take_over, now=now)


def test_a_free_stream_is_taken_without_ending_anything():
    assert ended() == ()
    assert ended(a_session("phone"), streams=2) == ()


def test_at_the_cap_the_device_that_plays_is_named():
    with pytest.raises(TooManyStreams) as why:
        ended(a_session("phone"))
    assert why.value.context["device"] == {"id": "device-phone", "name": "Anna's phone", "kind": "mobile"}


def test_taking_over_ends_the_oldest():
    old, new = a_session("phone", started=1000), a_session("tablet", started=1001, lease=1061)
    assert ended(new, old, streams=2, take_over=True) == (old,)


def test_a_lease_that_ran_out_frees_its_stream_at_that_second():
    phone = a_session("phone", lease=1060)
    with pytest.raises(TooManyStreams):
        ended(phone, now=1059)
    assert ended(phone, now=1060) == (phone,)


def test_a_silent_session_makes_room_before_an_older_one_that_plays():
    playing, silent = a_session("phone", started=900), a_session("tablet", started=1000, lease=1010)
    assert ended(playing, silent, streams=2) == (silent,)


def test_after_a_downgrade_the_devices_that_began_last_play_on():
    old, newer, newest = (a_session(name, started=1000 + n) for n, name in enumerate(("phone", "tablet", "car")))
    assert surplus(newest, old, newer) == (old, newer)
    assert surplus(newest, old, newer, streams=3) == ()


def test_after_a_downgrade_a_silent_session_ends_before_one_that_plays():
    playing, silent = a_session("phone", started=900), a_session("tablet", started=1000, lease=1010)
    assert surplus(playing, silent) == (silent,)


def test_a_silent_session_stays_while_there_is_room_so_that_a_device_may_come_back():
    assert ended(a_session("phone", lease=900), streams=2) == ()


def test_a_device_that_begins_again_replaces_its_own_session_and_no_other():
    phone, tablet = a_session("phone"), a_session("tablet")
    assert ended(phone, tablet, device="phone", streams=2) == (phone,)


def test_after_a_downgrade_the_smaller_plan_counts():
    sessions = [a_session(name, started=started) for started, name in enumerate(("phone", "tablet", "car"), 1000)]
    with pytest.raises(TooManyStreams):
        ended(*sessions, streams=1)
    assert ended(*sessions, streams=1, take_over=True) == tuple(sessions)


@pytest.mark.parametrize(
    ("plan", "names"),
    [
        (Plan.FREE, ["aac48", "aac96", "aac160"]),
        (Plan.PREMIUM, ["aac48", "aac96", "aac160", "aac320"]),
        (Plan.HIFI, ["aac48", "aac96", "aac160", "aac320", "flac"]),
    ],
)
def test_a_plan_is_offered_its_renditions_and_no_other(plan, names):
    assert [r.name for r in renditions_for(a_package(), plan, EVERYTHING, Tier.LOSSLESS)] == names


def test_the_deals_ceiling_and_the_listeners_wish_both_lower_the_quality():
    ceiling = Admission(max_tier=Tier.FREE, until=None)
    assert len(renditions_for(a_package(), Plan.HIFI, ceiling, Tier.LOSSLESS)) == 3
    assert len(renditions_for(a_package(), Plan.HIFI, EVERYTHING, Tier.PREMIUM)) == 4
    assert len(renditions_for(a_package(), Plan.FREE, EVERYTHING, Tier.LOSSLESS)) == 3


def test_a_plan_that_opens_nothing_of_a_track_is_told_which_does():
    with pytest.raises(PlanTooLow) as why:
        renditions_for(a_package(renditions=("flac",)), Plan.PREMIUM, EVERYTHING, Tier.LOSSLESS)
    assert why.value.context == {"needs": "hifi"}


def test_where_no_plan_helps_nobody_is_told_to_buy_one():
    with pytest.raises(QualityNotAvailable):
        renditions_for(a_package(renditions=("flac",)), Plan.PREMIUM, EVERYTHING, Tier.FREE)


@pytest.mark.parametrize(
    ("progress", "resumed"),
    [
        (None, 0),
        (a_progress(position_ms=42_000), 42_000),
        (a_progress(position_ms=209_500), 0),
        (a_progress(position_ms=999_000), 0),
        (a_progress(position_ms=42_000, state="ended"), 0),
    ],
)
def test_a_track_goes_on_where_it_was_left_unless_it_was_heard_to_its_end(progress, resumed):
    assert resume_at(progress, 210_000) == resumed


def test_where_was_i_is_the_newest_progress_of_any_device_past_or_present():
    quiet = a_session("tablet")
    phone = a_session("phone", current=a_progress(seen=1020))
    before = Stop(session_id="ses_0", device=a_device("car"), track_id="trk_9", progress=a_progress(seen=1010))
    assert a_player(quiet, phone, last=before).where().device == a_device("phone")
    assert a_player(quiet, last=before).where() == before
    assert a_player(quiet).where() is None
