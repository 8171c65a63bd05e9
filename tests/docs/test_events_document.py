"""docs/events.md says what the intake checks."""

import re
from dataclasses import fields
from pathlib import Path

from legato.telemetry import model, wire

TEXT = (Path(__file__).parents[2] / "docs/events.md").read_text(encoding="utf-8")


def _table(heading):
    """The first cells of the rows below a header row that begins with *heading*."""
    rows = re.split(r"\n\n", TEXT.split(f"| {heading} |", 1)[1], maxsplit=1)[0].splitlines()[2:]
    return [row.split("|")[1].strip().strip("`") for row in rows]


def test_every_member_of_an_event_is_described():
    assert _table("member") == [field.name for field in fields(wire.SentEvent)]


def test_every_type_of_event_is_described():
    assert _table("type") == list(model.EventType)


def test_the_limits_are_those_of_the_code():
    said = " ".join(TEXT.split())
    assert f"1 to {wire.MOST_EVENTS} of them" in said
    assert f"not more than {wire.LATEST.days} days ago or a day ahead" in said
    assert f"{wire.MOST_DETAILS} members in all" in said
    assert f"text up to {wire.LONGEST_DETAIL} characters" in said
    assert f"once {model.QUALIFYING_MS // 1000} seconds are heard" in said
    assert f"shorter than {2 * model.QUALIFYING_MS // 1000} seconds" in said
    assert wire.AHEAD.days == 1
    assert model.SLACK_MS == 2000
    assert wire.LONGEST_MS == 24 * 3_600_000
