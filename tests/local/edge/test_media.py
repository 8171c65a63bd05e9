"""Signed media through the deployed viewer-request function: what the listener's player does all day."""

import time

import pytest

from tests.local.edge.conftest import SONG, VERSION, eventually, hang_up_after

SESSION = "ses_01"
PREFIX = f"/media/{SESSION}.DE/{VERSION}/"
FILE = PREFIX + "aac160.mp4"


@pytest.fixture
def query(signer):
    return signer.query(signer.policy(signer.url + PREFIX + "*"))


def test_a_signed_range_is_the_bytes_asked_for_and_the_next_listener_gets_it_from_the_cache(view, signer, query, front):
    first = view.get(f"{FILE}?{query}", range="bytes=1000-1999")
    assert (first.status, first.body) == (206, SONG[1000:2000])
    assert first.headers["content-range"] == f"bytes 1000-1999/{len(SONG)}"
    other = PREFIX.replace(SESSION, "ses_02")
    second = view.get(
        f"{other}aac160.mp4?{signer.query(signer.policy(signer.url + other + '*'))}", range="bytes=1200-1899"
    )
    assert (second.status, second.body) == (206, SONG[1200:1900])
    assert second.headers["x-cache"] == "Hit from local edge"
    assert len([each for each in front.seen if each.headers.get("range") == "bytes=1000-1999"]) <= 1
