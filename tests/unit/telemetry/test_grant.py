import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legato import ids
from legato.billing.model import Plan
from legato.playback.model import MAX_TRACKS
from legato.telemetry.grant import MOST_IN_A_QUEUE, PLANS, PlayGrant, PlayKeys

ONE = PlayKeys(json.dumps({"version": 1, "masters": {"1": "ab" * 32}}))
TWO = PlayKeys(json.dumps({"version": 2, "masters": {"1": "ab" * 32, "2": "cd" * 32}}))
WHOSE = {"listener_id": "usr_anna", "session_id": "ses_1"}
grants = st.builds(
    PlayGrant,
    granted_at=st.integers(0, 2**48 - 1),
    territory=st.one_of(st.just(""), st.from_regex("[A-Z]{2}", fullmatch=True)),
    plan=st.sampled_from(PLANS),
    offline=st.booleans(),
)


def a_grant(**changes):
    return PlayGrant(**{"granted_at": 1_700_000_000_000, "territory": "SE", "plan": "hifi", "offline": False} | changes)


@settings(max_examples=200, deadline=None)
@given(grants)
def test_an_id_says_what_was_granted(grant):
    [play] = ONE.mint(grant, ["trk_1"], **WHOSE)
    assert ids.is_id("ply", play)
    assert ONE.read(play, track_id="trk_1", **WHOSE) == grant


def test_ids_of_a_queue_are_in_its_order():
    tracks = [f"trk_{n}" for n in range(MAX_TRACKS)]
    plays = ONE.mint(a_grant(), tracks, **WHOSE)
    assert list(plays.values()) == tracks
    assert list(plays) == sorted(plays)
    assert MAX_TRACKS <= MOST_IN_A_QUEUE
    assert max(plays) < min(ONE.mint(a_grant(granted_at=1_700_000_000_001), tracks, **WHOSE))


@pytest.mark.parametrize("other", [{"listener_id": "usr_ben"}, {"session_id": "ses_2"}, {"track_id": "trk_2"}])
def test_an_id_is_good_for_its_own_listener_song_and_session_alone(other):
    [play] = ONE.mint(a_grant(), ["trk_1"], **WHOSE)
    assert ONE.read(play, **{"track_id": "trk_1", **WHOSE} | other) is None


def test_no_letter_of_an_id_can_be_changed():
    [play] = ONE.mint(a_grant(), ["trk_1"], **WHOSE)
    for at in range(len("ply_"), len(play) - 1):
        forged = play[:at] + ("0" if play[at] != "0" else "1") + play[at + 1 :]
        assert ONE.read(forged, track_id="trk_1", **WHOSE) is None, at


@pytest.mark.parametrize("text", ["", "ply_", "ply_0", "ply_!", "ply_" + "0" * 39, "ply_é", "trk_1", "ply_-1"])
def test_what_is_no_id_of_ours_says_nothing(text):
    assert ONE.read(text, track_id="trk_1", **WHOSE) is None


def test_an_old_key_still_opens_and_a_new_one_is_used():
    [old], [new] = (keys.mint(a_grant(), ["trk_1"], **WHOSE) for keys in (ONE, TWO))
    assert TWO.read(old, track_id="trk_1", **WHOSE) == TWO.read(new, track_id="trk_1", **WHOSE) == a_grant()
    assert ONE.read(new, track_id="trk_1", **WHOSE) is None


def test_only_a_ticket_for_offline_use_has_plays_of_its_own():
    for offline in (True, False):
        [ticket] = ONE.mint(a_grant(offline=offline), ["trk_1"], **WHOSE)
        found = ONE.read(f"{ticket}-abc1", track_id="trk_1", **WHOSE)
        assert (found is not None) is offline
        for suffix in ("-", "-a-b", "-" + "a" * 25):
            assert ONE.read(ticket + suffix, track_id="trk_1", **WHOSE) is None


def test_every_plan_has_a_number():
    assert {str(plan) for plan in Plan} <= set(PLANS)
    assert len(PLANS) <= 16
