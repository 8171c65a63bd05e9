"""Chromium on the web app, as a listener uses it: by names, buttons and fields, and what the audio element decodes."""

from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

from tools import chromium

ARGUMENTS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
SECONDS = 1000


@contextmanager
def chromium_running():
    """A headless Chromium; ``python -m tools.chromium`` says how to get one where there is none."""
    path = chromium.find()
    assert path, chromium.MEND
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class App:
    """The web app in one tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.set_default_timeout(30 * SECONDS)

    def sign_in(self, account: dict[str, Any]) -> None:
        self.page.goto(f"{self.url}/?debug#/sign-in")
        self.page.get_by_label("E-mail address").fill(account["email"])
        self.page.get_by_label("Password").fill(account["password"])
        self.page.get_by_test_id("sign-in-submit").click()
        self.page.get_by_test_id("albums").first.wait_for()

    def search(self, words: str) -> None:
        self.page.goto(f"{self.url}/?debug#/search")
        self.page.get_by_test_id("search-input").fill(words)

    def play(self, title: str) -> None:
        """The play button of the first track with that title on the page."""
        self.page.get_by_role("button", name=f"Play {title}", exact=True).first.click()

    def stats(self) -> dict[str, Any]:
        return self.page.evaluate("() => window.legato.stats")

    def sounding(self, *, seconds: float, within: float = 60) -> dict[str, Any]:
        """Wait until *seconds* of the track were played **and** more audio was decoded than before.

        ``currentTime`` can move without sound, so the decoded bytes are what counts.
        """
        self.page.wait_for_function(
            "(at) => { const s = window.legato.stats; return s.currentTime > at && s.decodedBytes > 0 }",
            arg=seconds,
            timeout=within * SECONDS,
        )
        return self.stats()

    def block(self, pattern: str, status: int) -> None:
        """Answer what matches *pattern* with *status* and nothing else."""

        def refuse(route: Route) -> None:
            route.fulfill(status=status, body="")

        self.page.route(pattern, refuse)
