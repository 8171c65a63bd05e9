import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legato import pages
from legato.catalog import shelves
from legato.errors import MalformedRequest


@given(st.dictionaries(st.sampled_from(["id", "sk", "rank"]), st.text(min_size=1, max_size=100), min_size=1))
def test_a_cursor_gives_back_what_it_was_given(position):
    text = pages.cursor(position)
    assert pages.position(text, list(position)) == position
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("text", [None, ""])
def test_no_cursor_is_the_beginning(text):
    assert pages.position(text, ["sk"]) is None


def forged(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "!!!!",
        "é",
        "A" * 3000,
        *map(
            forged,
            [
                1,
                None,
                [],
                {},
                "sk",
                {"sk": 1},
                {"sk": ""},
                {"pk": "a"},
                {"sk": "a", "pk": "b"},
                {"sk": "x" * 1025},
                {"sk": "\ud800"},
            ],
        ),
    ],
)
def test_a_cursor_that_somebody_made_up_is_malformed(text):
    with pytest.raises(MalformedRequest):
        pages.position(text, ["sk"])


def test_a_cursor_of_a_thousand_brackets_is_malformed():
    with pytest.raises(MalformedRequest):
        pages.position(base64.urlsafe_b64encode(b"[" * 1500).decode(), ["sk"])


@given(st.text(max_size=200))
def test_nothing_in_a_cursor_breaks_more_than_the_request(text):
    with suppress(MalformedRequest):
        assert isinstance(pages.position(text, ["sk"]), dict | None)


def test_the_longest_position_fits():
    longest = shelves.by_name("\U00020000" * 300, "alb_" + "x" * 26)
    place = f"ON#{shelves.albums(shelves.Sort.POPULAR, chr(0x20000) * 300)}"
    text = pages.cursor({"id": "alb_" + "x" * 26, "sk": place, "rank": longest})
    assert len(text) <= pages.LONGEST
    assert pages.position(text, ["id", "sk", "rank"])["rank"] == longest
