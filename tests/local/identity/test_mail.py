"""Mail on a laptop: sent by the function's own role, readable in the local cloud's SES."""

import re

import pytest

from tests.journeys.browser import chromium_running
from tests.journeys.listener import eventually
from tests.local.identity.conftest import PASSWORD


@pytest.fixture
def mailbox(platform, client):
    """``mailbox(address, word)``: the token of the newest mail to that address with *word* in its link, once it is there."""

    def arrived(address, word):
        by_account = client.get(f"{platform.endpoint}/_ministack/ses/messages").json["messages"]
        mails = [mail for each in by_account.values() for mail in each]
        found = [m["BodyText"] for m in mails if address in m["To"] and f"/#/{word}?token=" in m["BodyText"]]
        return found[-1] if found else None

    def opening(address, word):
        text = eventually(lambda: arrived(address, word))
        assert f"{platform.url}/#/{word}?token=" in text
        return re.search(r"\?token=(\S+)", text)[1]

    return opening


def test_who_forgot_his_password_finds_a_link_in_his_mail(newcomer, client, mailbox):
    account = newcomer().account
    address = account["email"]
    assert client.post("/v1/auth/password/forgotten", {"email": address}).status == 202
    change = {"token": mailbox(address, "reset-password"), "new_password": "three owls at noon"}
    assert client.post("/v1/auth/password/reset", change).status == 204
    assert client.post("/v1/auth/password/reset", change).problem == "link-expired"
    credentials = {"grant_type": "password", "email": address}
    assert client.post("/v1/auth/token", credentials | {"password": PASSWORD}).status == 401
    assert client.post("/v1/auth/token", credentials | {"password": change["new_password"]}).status == 200


def test_registering_mails_a_link_that_verifies_the_address(newcomer, client, mailbox):
    listener = newcomer()
    assert listener.get("/v1/me").json["email_verified"] is False
    token = mailbox(listener.account["email"], "verify-address")
    assert client.post("/v1/auth/address/verify", {"token": token}).status == 204
    assert listener.get("/v1/me").json["email_verified"] is True


def test_the_link_leads_to_a_page_that_sets_the_password(newcomer, client, mailbox, platform):
    address = newcomer().account["email"]
    with chromium_running() as browser:
        page = browser.new_page()
        page.goto(f"{platform.url}/#/forgotten")
        page.get_by_label("E-mail address").fill(address)
        page.get_by_test_id("mailed-link-submit").click()
        page.get_by_test_id("mailed-link-done").wait_for()
        page.goto(f"{platform.url}/#/reset-password?token={mailbox(address, 'reset-password')}")
        page.get_by_label("New password").fill("three owls at noon")
        page.get_by_test_id("mailed-link-submit").click()
        page.get_by_test_id("mailed-link-done").wait_for()
        assert "token" not in page.url
    credentials = {"grant_type": "password", "email": address, "password": "three owls at noon"}
    assert client.post("/v1/auth/token", credentials).status == 200
