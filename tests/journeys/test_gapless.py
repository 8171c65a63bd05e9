"""Two tracks of an album that are one tone: nobody hears where the one ends and the other begins."""

import pytest

from tests import records
from tests.journeys import recording
from tests.journeys.browser import App, chromium_running

TRIES = 3
"""A machine that is busy drops samples by itself, here or there; a gap at the joint comes every time."""


TOLERANCE = 0.025
"""Of the amplitude: the hiss that is on the tone makes 0.016 at most, a coder adds a little."""


@pytest.fixture(scope="module")
def chromium():
    with chromium_running() as browser:
        yield browser


@pytest.mark.parametrize(("plan", "rendition"), [("premium", "aac320"), ("hifi", "flac")])
def test_a_tone_cut_in_two_plays_through_with_no_sample_disturbed(chromium, platform, newcomer, plan, rendition):
    context = chromium.new_context(bypass_csp=True)
    try:
        app = App(context.new_page(), platform.url)
        app.sign_in(newcomer(plan))
        app.search(records.TONE_A)
        app.page.get_by_role("link", name="One Tone").first.click()
        app.page.get_by_test_id("album-page").wait_for()
        recording.begin(app.page, records.TONE_RATE)
        heard = []
        for _ in range(TRIES):
            app.play(records.TONE_A)
            heard.append(_across(app, rendition))
            if heard[-1].disturbed == 0:
                break
        assert heard[-1].amplitude > 0.1
        assert heard[-1].disturbed == 0, heard
        assert abs(heard[-1].shift) < 0.1, heard
    finally:
        context.close()


def _across(app, rendition):
    """What is heard from two seconds before the joint to two seconds after it."""
    first = app.sounding(seconds=(records.TONE_CUT / records.TONE_RATE) - 2)
    assert first["active"] == rendition
    recording.take(app.page)
    app.page.wait_for_function("(id) => window.legato.stats.trackId !== id", arg=first["trackId"])
    second = app.sounding(seconds=2)
    samples = recording.take(app.page)
    assert second["active"] == rendition
    assert second["decodedBytes"] > first["decodedBytes"], "one element went on"
    assert app.page.get_by_test_id("player-title").inner_text() == records.TONE_B
    return recording.tone(samples[:-1000], records.TONE_HZ, records.TONE_RATE, tolerance=TOLERANCE)
