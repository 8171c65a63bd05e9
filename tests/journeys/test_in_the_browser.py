"""Sign in, search, play, in a real browser; sound is what is decoded, not what the clock says."""

import re

import pytest

from tests import records
from tests.journeys.browser import App, chromium_running

FREE = {"aac48", "aac96", "aac160"}


@pytest.fixture(scope="module")
def chromium():
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def app(chromium, platform):
    """A fresh tab with nothing remembered."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    app = App(context.new_page(), platform.url)
    yield app
    faults = list(app.faults)
    context.close()
    assert not faults


def test_a_listener_signs_in_searches_and_hears_the_album_to_its_next_track(app, newcomer):
    app.sign_in(newcomer("premium"))
    app.search("slow fery")
    app.page.get_by_test_id("search-results").wait_for()
    app.play(records.SIDE_A)
    early = app.sounding(seconds=1)
    late = app.sounding(seconds=10)
    assert late["decodedBytes"] > early["decodedBytes"] + 8 * 4000, "nine seconds more, at no less than 48 kbit/s"
    assert {r["id"] for r in late["renditions"]} == FREE | {"aac320"}
    assert app.page.get_by_test_id("player-title").inner_text() == records.SIDE_A


def test_an_album_goes_on_to_its_next_track(app, newcomer):
    app.sign_in(newcomer("free"))
    app.page.get_by_role("link", name=re.compile("Slow Ferry")).first.click()
    app.page.get_by_test_id("album-page").wait_for()
    app.play(records.SIDE_A)
    first = app.sounding(seconds=2)
    assert {r["id"] for r in first["renditions"]} == FREE
    app.page.get_by_test_id("player-next").click()
    app.page.wait_for_function("(id) => window.legato.stats.playId !== id", arg=first["playId"])
    second = app.sounding(seconds=2)
    assert second["trackId"] != first["trackId"]
    assert app.page.get_by_test_id("player-title").inner_text() == records.SIDE_B


def test_a_hifi_listener_hears_lossless(app, newcomer):
    app.sign_in(newcomer("hifi"))
    app.search(records.STUDIO)
    app.play(records.STUDIO)
    stats = app.sounding(seconds=2)
    assert {"flac", "flac-hires"} <= {r["id"] for r in stats["renditions"]}


def test_a_listener_pauses_seeks_and_goes_on_with_the_keyboard(app, newcomer):
    app.sign_in(newcomer("premium"))
    app.search(records.SIDE_B)
    app.play(records.SIDE_B)
    app.sounding(seconds=1)
    play = app.page.get_by_test_id("player-play")
    play.focus()
    app.page.keyboard.press("Enter")
    app.page.wait_for_function("() => window.legato.stats.paused")
    held = app.stats()["currentTime"]
    app.page.wait_for_timeout(500)
    assert app.stats()["currentTime"] == held
    seek = app.page.get_by_test_id("player-seek")
    seek.focus()
    for _ in range(3):
        app.page.keyboard.press("ArrowRight")
    app.page.wait_for_function("(at) => window.legato.stats.currentTime > at", arg=held + 1)
    play.focus()
    app.page.keyboard.press("Enter")
    app.sounding(seconds=app.stats()["currentTime"] + 1)


def test_without_a_licence_nothing_is_decoded(app, newcomer):
    app.sign_in(newcomer("premium"))
    app.block("**/v1/licences/**", 403)
    app.search(records.SIDE_A)
    app.play(records.SIDE_A)
    app.page.get_by_test_id("trouble").or_(app.page.get_by_test_id("notice")).first.wait_for()
    app.page.wait_for_timeout(2000)
    assert not app.stats()["decodedBytes"]


def test_without_the_signature_the_edge_refuses_and_nothing_is_decoded(app, newcomer):
    app.sign_in(newcomer("premium"))
    refused = []
    app.page.route("**/media/**", lambda route: route.continue_(url=route.request.url.partition("?")[0]))
    app.page.on("response", lambda r: refused.append(r.status) if "/media/" in r.url else None)
    app.search(records.SIDE_A)
    app.play(records.SIDE_A)
    app.page.get_by_test_id("trouble").or_(app.page.get_by_test_id("notice")).first.wait_for()
    assert set(refused) == {403}
    assert not app.stats()["decodedBytes"]


def test_a_second_device_is_told_and_may_take_over_and_the_first_stops_and_says_why(app, newcomer, chromium, platform):
    account = newcomer("premium")
    app.sign_in(account)
    app.search(records.SIDE_A)
    app.play(records.SIDE_A)
    app.sounding(seconds=1)
    context = chromium.new_context()
    other = App(context.new_page(), platform.url)
    try:
        other.sign_in(account)
        other.search(records.SIDE_B)
        other.play(records.SIDE_B)
        other.page.get_by_test_id("trouble-remedy").click()
        other.sounding(seconds=1)
        told = app.page.locator("[data-testid=trouble][data-problem=session-ended]")
        told.wait_for(timeout=60_000)
        app.page.wait_for_function("() => window.legato.stats.paused")
        silent = app.stats()["currentTime"]
        other.sounding(seconds=other.stats()["currentTime"] + 1)
        assert app.stats()["currentTime"] <= silent
    finally:
        context.close()


def test_what_is_heard_is_in_the_history_page(app, newcomer):
    app.sign_in(newcomer("hifi"))
    app.search(records.SIDE_B)
    app.play(records.SIDE_B)
    app.sounding(seconds=3)
    app.page.get_by_test_id("player-play").click()
    app.page.wait_for_timeout(3000)
    app.page.goto(f"{app.url}/?debug#/history")
    heard = app.page.get_by_test_id("history").get_by_text(records.SIDE_B).first
    heard.wait_for()
    assert heard.is_visible()


def test_an_operator_explains_takes_down_and_reads_it_in_the_log_with_the_keyboard(app, accounts, listener):
    track = listener("hifi").find(records.SIDE_B)["id"]
    app.sign_in(accounts["admin"])
    app.page.goto(f"{app.url}/?debug#/operator")
    keys = app.page.keyboard
    app.page.get_by_test_id("rights-id").focus()
    keys.type(track)
    keys.press("Enter")
    explained = app.page.get_by_test_id("rights-explanation")
    explained.get_by_text("Heard in DE").wait_for()
    app.page.get_by_test_id("rights-deals").get_by_text("Worldwide").wait_for()
    try:
        app.page.get_by_label("Reason").focus()
        keys.type("claim by the estate")
        keys.press("Enter")
        explained.get_by_text("withdrawn from this service since").wait_for()
        app.page.get_by_label("Of one id").focus()
        keys.type(track)
        keys.press("Enter")
        line = app.page.get_by_test_id("audit-row").filter(has_text="rights.take-down").first
        line.locator("summary").focus()
        keys.press("Enter")
        line.get_by_text("claim by the estate").first.wait_for()
    finally:
        lift = app.page.get_by_role("button", name="Lift the takedown")
        lift.focus()
        keys.press("Enter")
        explained.get_by_text("Heard in DE").wait_for()


def test_a_shared_link_shows_its_track_among_the_others(app, listener):
    track = listener("free").find(records.SIDE_B)
    app.page.goto(f"{app.url}/?debug#/album/{track['album']['id']}?track={track['id']}")
    row = app.page.locator("li.shared")
    row.wait_for()
    assert row.get_attribute("data-track-id") == track["id"]
