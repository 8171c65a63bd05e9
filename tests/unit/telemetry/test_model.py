import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legato.telemetry.model import heard_ms, mark_of, qualifies
from legato.telemetry.wire import event_of
from tests.player_events import a_play, an_event, stamped


def marks(*events):
    return [mark_of(event_of(stamped(each))) for each in events]


def heard(*events, duration=0):
    return heard_ms(marks(*events), duration)


def test_a_song_heard_to_its_end_is_heard_whole():
    assert heard(*a_play(240)) == 240_000


def test_a_pause_is_not_heard():
    assert (
        heard(
            an_event("play_started", 0),
            an_event("play_paused", 10, 10),
            an_event("play_resumed", 100, 10),
            an_event("play_ended", 110, 20),
        )
        == 20_000
    )


def test_what_a_seek_jumps_over_is_not_heard():
    assert (
        heard(
            an_event("play_started", 0, 0),
            an_event("play_seeked", 5, 200, from_ms=5_000),
            an_event("play_ended", 45, 240),
        )
        == 45_000
    )


def test_a_jump_that_no_seek_explains_is_not_heard():
    assert heard(an_event("play_started", 0, 0), an_event("play_progress", 5, 200)) == 0


def test_a_loop_is_heard_once():
    rounds = [
        event
        for n in range(6)
        for event in (
            an_event("play_seeked", n * 10, 0, from_ms=10_000),
            an_event("play_progress", n * 10 + 9.9, 9.9),
        )
    ]
    assert heard(an_event("play_started", 0, 0), *rounds) == 10_000


def test_nobody_hears_more_than_the_clock_allows():
    # Two seconds of slack between any two events must not add up.
    fast = [an_event("play_progress", n * 0.01, n * 2) for n in range(30)]
    assert heard(*fast) == 290


def test_nothing_is_heard_beyond_the_end_of_the_song():
    assert heard(*a_play(60), duration=50_000) == 50_000


def test_a_play_that_starts_again_does_not_go_on_where_it_was():
    assert heard(an_event("play_started", 0, 0), an_event("play_started", 30, 30)) == 0


def test_nothing_is_heard_of_one_event_or_none():
    assert heard() == heard(an_event("play_started")) == 0


@pytest.mark.parametrize(
    ("heard", "duration", "counts"),
    [
        (29_999, 240_000, False),
        (30_000, 240_000, True),
        (30_000, 0, True),
        (29_999, 60_000, False),
        (29_999, 59_998, True),
        (29_998, 59_998, False),
        (10_000, 20_000, True),
        (0, 0, False),
    ],
)
def test_a_play_counts_after_thirty_seconds_or_half_of_a_shorter_song(heard, duration, counts):
    assert qualifies(heard, duration) is counts


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 60))
def test_order_and_repetition_change_nothing(seed, length):
    chance = random.Random(seed)
    types = ["play_progress", "play_seeked", "play_paused", "play_resumed", "play_stalled", "play_ended"]
    events = [an_event(chance.choice(types), chance.uniform(0, 300), chance.uniform(0, 300)) for _ in range(length)]
    total = heard_ms(marks(*events))
    again = events + chance.sample(events, k=len(events) // 2)
    chance.shuffle(again)
    assert heard_ms(set(marks(*again))) == total
    times = [mark.at for mark in marks(*events)]
    assert 0 <= total <= max(times) - min(times)
