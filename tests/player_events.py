"""Events of players for tests: valid ones, with one detail changed at a time."""

import base64
import json
from datetime import UTC, datetime, timedelta

from legato.api import timestamp
from legato.telemetry.grant import PlayGrant, PlayKeys

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRACK, SESSION, LISTENER = "trk_0123456789abcdef", "ses_0123456789abcdef", "usr_listener"
KEYS = PlayKeys(json.dumps({"version": 1, "masters": {"1": "cd" * 32}}))


def a_play_id(track=TRACK, *, listener=LISTENER, session=SESSION, granted=START, keys=KEYS, **changes):
    """Of a play that was granted at *granted*, in Germany on the premium plan unless it is said."""
    facts = {"granted_at": round(granted.timestamp() * 1000), "territory": "DE", "plan": "premium", "offline": False}
    [play] = keys.mint(PlayGrant(**facts | changes), [track], listener_id=listener, session_id=session)
    return play


PLAY = a_play_id()
_count = 0


def uuid7(n):
    return f"0190a6d4-{n >> 16 & 0xFFFF:04x}-7{n & 0xFFF:03x}-8000-{n:012x}"


def an_event(type="play_progress", seconds=0.0, position=None, *, start=START, **changes):
    """An event *seconds* after *start*, at *position* seconds: where a steady player would be, unless it is said."""
    global _count  # noqa: PLW0603 -- every event of a test run has an id of its own
    _count += 1
    event = {
        "event_id": uuid7(_count),
        "type": type,
        "play_id": PLAY,
        "track_id": TRACK,
        "session_id": SESSION,
        "at": timestamp(start + timedelta(seconds=seconds)),
        "position_ms": round((seconds if position is None else position) * 1000),
    }
    return event | changes


def a_play(seconds=240, every=10, **changes):
    """Start, progress, end: a song heard from its beginning."""
    steps = range(every, seconds, every)
    return [
        an_event("play_started", 0, **changes),
        *(an_event("play_progress", each, **changes) for each in steps),
        an_event("play_ended", seconds, **changes),
    ]


def stamped(event, listener="usr_listener", received=None):
    """*event* as the intake puts it on the stream."""
    received = received or datetime.fromisoformat(event["at"]).astimezone(UTC) + timedelta(seconds=1)
    return event | {"listener_id": listener, "received_at": timestamp(received)}


def records(*values, first=1):
    """A Kinesis batch as Lambda delivers it; bytes go in as they are."""
    return {
        "Records": [
            {
                "eventID": f"shardId-000000000000:{n}",
                "kinesis": {
                    "sequenceNumber": str(n),
                    "partitionKey": "usr_listener",
                    "data": base64.b64encode(each if isinstance(each, bytes) else json.dumps(each).encode()).decode(),
                },
            }
            for n, each in enumerate(values, first)
        ]
    }
