"""Passkeys in a real browser: Chromium's own authenticator, driven by the DevTools protocol (domain WebAuthn)."""

import pytest

from tests.journeys.browser import App, chromium_running

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Authenticators:
    """What is plugged into the tab."""

    def __init__(self, page):
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        self.id = self.plug()

    def plug(self, **changes):
        sent = {"options": PHONE | changes}
        return self._devtools.send("WebAuthn.addVirtualAuthenticator", sent)["authenticatorId"]

    def passkeys(self, of=None):
        return self._devtools.send("WebAuthn.getCredentials", {"authenticatorId": of or self.id})["credentials"]

    def unplug(self, one):
        self._devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": one})

    def recognise(self, *, its_user):
        sent = {"authenticatorId": self.id, "isUserVerified": its_user}
        self._devtools.send("WebAuthn.setUserVerified", sent)

    def restore(self, passkey):
        self._devtools.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": passkey})

    def forget(self):
        self._devtools.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})


@pytest.fixture(scope="module")
def chromium():
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def app(chromium, platform):
    context = chromium.new_context()
    app = App(context.new_page(), platform.url)
    yield app
    faults = list(app.faults)
    context.close()
    assert not faults


@pytest.fixture
def authenticators(app):
    return Authenticators(app.page)


def add(app, name, password):
    page = app.page
    page.get_by_test_id("passkey-add").click()
    page.get_by_label("Name of the passkey").fill(name)
    page.get_by_label("Your password").fill(password)
    page.get_by_test_id("passkey-submit").click()


def sign_out(app):
    app.page.goto(f"{app.url}/?debug#/account")
    app.page.get_by_test_id("sign-out").click()
    app.page.get_by_role("link", name="Sign in").first.wait_for()


def sign_in_by_passkey(app):
    app.page.goto(f"{app.url}/?debug#/sign-in")
    app.page.get_by_test_id("sign-in-passkey").click()


def test_a_passkey_is_added_signs_in_without_an_address_and_is_revoked(app, newcomer, authenticators):
    account, page = newcomer("premium"), app.page
    app.sign_in(account)
    page.goto(f"{app.url}/?debug#/account")
    add(app, "My laptop", account["password"])
    page.get_by_role("status").filter(has_text="My laptop is added.").wait_for()
    [made] = authenticators.passkeys()
    assert made["isResidentCredential"] and made["rpId"] == "localhost"
    sign_out(app)

    sign_in_by_passkey(app)
    page.get_by_test_id("albums").first.wait_for()
    page.goto(f"{app.url}/?debug#/account")
    page.get_by_text(account["email"]).wait_for()
    page.get_by_text("last used").wait_for()
    assert authenticators.passkeys()[0]["signCount"] > made["signCount"]

    page.get_by_role("button", name="Rename My laptop").click()
    page.get_by_label("New name of My laptop").fill("Grandma's laptop")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Revoke Grandma's laptop").click()
    page.get_by_role("status").filter(has_text="opens nothing any more").wait_for()
    assert page.get_by_test_id("passkey").count() == 0
    sign_out(app)

    sign_in_by_passkey(app)
    page.get_by_test_id("sign-in-refusal").filter(has_text="opens no account here").wait_for()


def test_several_are_added_and_a_device_that_has_one_makes_no_second(app, newcomer, authenticators):
    account, page = newcomer("free"), app.page
    app.sign_in(account)
    page.goto(f"{app.url}/?debug#/account")
    add(app, "Laptop", account["password"])
    page.get_by_text("Laptop is added.").wait_for()
    add(app, "Laptop again", account["password"])
    page.get_by_test_id("passkey-refusal").filter(has_text="has one already").wait_for()
    page.get_by_role("button", name="Cancel").click()
    authenticators.unplug(authenticators.id)
    authenticators.id = authenticators.plug(transport="usb")
    add(app, "Security key", account["password"])
    page.get_by_text("Security key is added.").wait_for()
    assert page.get_by_test_id("passkey").count() == 2
    sign_out(app)
    sign_in_by_passkey(app)
    page.get_by_test_id("albums").first.wait_for()


def test_a_wrong_password_adds_none_and_a_strange_finger_opens_nothing(app, newcomer, authenticators):
    account, page = newcomer("free"), app.page
    app.sign_in(account)
    page.goto(f"{app.url}/?debug#/account")
    add(app, "Laptop", "wrong owls at night")
    page.get_by_test_id("passkey-refusal").filter(has_text="did not match").wait_for()
    assert authenticators.passkeys() == []
    page.get_by_label("Your password").fill(account["password"])
    page.get_by_test_id("passkey-submit").click()
    page.get_by_text("Laptop is added.").wait_for()
    sign_out(app)
    authenticators.recognise(its_user=False)
    sign_in_by_passkey(app)
    page.wait_for_function("() => !document.querySelector('[data-testid=sign-in-passkey]').disabled")
    assert page.get_by_test_id("sign-in-refusal").count() == 0, "the browser has said it; the page need not"
    authenticators.recognise(its_user=True)
    sign_in_by_passkey(app)
    page.get_by_test_id("albums").first.wait_for()


def test_a_copied_authenticator_is_told_by_its_counter(app, newcomer, authenticators):
    account, page = newcomer("free"), app.page
    app.sign_in(account)
    page.goto(f"{app.url}/?debug#/account")
    add(app, "Laptop", account["password"])
    page.get_by_text("Laptop is added.").wait_for()
    [copied] = authenticators.passkeys()
    for _ in range(2):
        sign_out(app)
        sign_in_by_passkey(app)
        page.get_by_test_id("albums").first.wait_for()
    sign_out(app)
    authenticators.forget()
    authenticators.restore(copied)
    sign_in_by_passkey(app)
    page.get_by_test_id("sign-in-refusal").filter(has_text="opens no account here").wait_for()
