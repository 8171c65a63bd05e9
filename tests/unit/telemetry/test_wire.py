from datetime import timedelta

import pytest

from legato.errors import MalformedRequest
from legato.telemetry.wire import MOST_EVENTS, checked, event_of
from tests.player_events import START, an_event, stamped

NOW = START + timedelta(minutes=1)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"rendition": "aac160", "bandwidth": 160_000, "muted": False, "reason": None, "ratio": 0.5},
        {"from_ms": 12},
        {"at": "2026-03-01T13:00:00+01:00"},
        {"at": "2026-02-01T00:00:00Z"},
    ],
)
def test_an_event_of_the_contract_is_accepted(change):
    event = an_event() | change
    assert checked({"events": [event]}, now=NOW) == [event]
    assert event_of(stamped(event)).play_id == event["play_id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"event_id": "0190a6d4-0000-4000-8000-000000000001"}, "event_id"),
        ({"event_id": None}, "event_id"),
        ({"type": "play_liked"}, "type"),
        ({"type": ["play_started"]}, "type"),
        ({"play_id": "trk_0123456789abcdef"}, "play_id"),
        ({"track_id": "trk_"}, "track_id"),
        ({"session_id": 7}, "session_id"),
        ({"at": "2026-03-01T12:00:00"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2026-01-01T00:00:00Z"}, "at"),
        ({"at": "2026-04-01T00:00:00Z"}, "at"),
        ({"position_ms": -1}, "position_ms"),
        ({"position_ms": 1.5}, "position_ms"),
        ({"position_ms": True}, "position_ms"),
        ({"from_ms": "0"}, "from_ms"),
        ({"Loud": 1}, "Loud"),
        ({"nested": {}}, "nested"),
        ({"long": "x" * 257}, "long"),
        ({"huge": 10**100}, "huge"),
        ({"endless": float("inf")}, "endless"),
        ({f"more_{n}": n for n in range(33)}, ""),
    ],
)
def test_a_fault_is_named_with_the_index_of_its_event(change, field):
    with pytest.raises(MalformedRequest) as refusal:
        checked({"events": [an_event(), an_event() | change]}, now=NOW)
    [error] = refusal.value.context["errors"]
    assert (error["index"], error["at"]) == (1, field)


@pytest.mark.parametrize(
    "body", [{}, {"events": []}, {"events": {}}, {"events": [1]}, {"events": [an_event()] * (MOST_EVENTS + 1)}]
)
def test_a_body_without_events_is_malformed(body):
    with pytest.raises(MalformedRequest):
        checked(body, now=NOW)


def test_an_event_from_the_future_happened_when_it_was_received():
    event = event_of(stamped(an_event(seconds=3600), received=NOW))
    assert event.at == NOW.timestamp() * 1000


@pytest.mark.parametrize("change", [{"received_at": None}, {"listener_id": ...}, {"type": "x"}, {"at": "x"}])
def test_what_is_not_an_event_of_ours_is_not_read(change):
    record = {k: v for k, v in (stamped(an_event()) | change).items() if v is not ...}
    with pytest.raises((KeyError, TypeError, ValueError)):
        event_of(record)
