"""Plans, subscriptions and webhooks, with moto behind them."""

import json
import time

import boto3
import pytest
import stripe

from functions.billing import app as billing
from functions.billing_events import app as events
from legato.api import entry
from legato.billing import queue
from legato.billing.model import Plan
from legato.billing.table import BillingTable
from tests.payments import MONTH, paid

SECRET = "whsec_test"


@pytest.fixture
def house(tables, monkeypatch):
    vault, sqs = boto3.client("secretsmanager"), boto3.client("sqs")
    account = json.dumps({"api_key": "sk_test", "webhook_secret": SECRET})
    monkeypatch.setenv("BILLING_TABLE", tables["Billing"])
    monkeypatch.setenv("BILLING_QUEUE", sqs.create_queue(QueueName="billing")["QueueUrl"])
    monkeypatch.setenv("STRIPE_SECRET", vault.create_secret(Name="stripe", SecretString=account)["ARN"])
    monkeypatch.setenv("ORIGIN_SECRET", vault.create_secret(Name="origin", SecretString="o")["ARN"])
    caches = (billing.settings, billing.table, events.settings, events.table, queue.client)
    for cached in caches:
        cached.cache_clear()
    yield BillingTable(tables["Billing"])
    for cached in caches:
        cached.cache_clear()


def _call(method, path, body=None, *, who="usr_anna", headers=None, raw=None, country="SE"):
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {
            "content-type": "application/json",
            "x-legato-origin": "o",
            "x-legato-host": "music.example",
            "cloudfront-viewer-country": country,
        }
        | (headers or {}),
        "requestContext": {
            "stage": "$default",
            "http": {"method": method, "path": path},
            "authorizer": {"jwt": {"claims": {"sub": who, "sid": "dev_1", "roles": "[]"}}},
        },
        "body": raw if raw is not None else json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }
    answer = entry(billing.app)(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def _signed(text, *, at=None, secret=SECRET):
    at = int(time.time()) if at is None else at
    return {"stripe-signature": f"t={at},v1={stripe.WebhookSignature._compute_signature(f'{at}.{text}', secret)}"}


def _hook(text, headers):
    return _call("POST", "/v1/billing/webhooks/stripe", raw=text, headers=headers)


def _queued(house_url):
    found = boto3.client("sqs").receive_message(QueueUrl=house_url, MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]


def test_the_plans_say_what_they_open_and_cost_here(house):
    status, plans = _call("GET", "/v1/plans", country="SE")
    assert status == 200
    shown = {plan["id"]: plan for plan in plans["items"]}
    assert shown["free"]["max_kbit"] == 160 and shown["free"]["price"] is None
    assert shown["premium"]["price"] == {"amount": 11900, "currency": "SEK"} and shown["premium"]["max_kbit"] == 320
    assert shown["hifi"]["max_kbit"] is None
    assert _call("GET", "/v1/plans", country="")[1]["items"][1]["price"]["currency"] == "EUR"


def test_a_webhook_is_queued_word_for_word(house, monkeypatch):
    text = json.dumps(paid() | {"object": "event"}, indent=1)
    assert _hook(text, _signed(text)) == (200, {"received": True})
    assert _queued(billing.settings().billing_queue) == [text]


@pytest.mark.parametrize(
    "headers",
    [
        lambda text: {},
        lambda text: {"stripe-signature": "t=1,v1=beef"},
        lambda text: _signed(text, secret="whsec_other"),
        lambda text: _signed(text + " "),
        lambda text: _signed(text, at=int(time.time()) - 301),
    ],
    ids=["none", "invented", "another's", "another text's", "stale"],
)
def test_a_webhook_that_is_not_genuine_is_refused_and_not_queued(house, headers):
    text = json.dumps(paid() | {"object": "event"})
    status, problem = _hook(text, headers(text))
    assert status == 422 and problem["type"] == "/problems/webhook-not-genuine"
    assert not _queued(billing.settings().billing_queue)


def test_a_paid_invoice_opens_its_time_and_no_more(house):
    now = int(time.time())
    house.link("usr_anna", "cus_1")
    batch = {"Records": [{"messageId": "m", "body": json.dumps(paid(start=now - 60, end=now + MONTH))}]}
    assert events.handle(batch) == events.handle(batch) == {"batchItemFailures": []}
    assert house.plan_of("usr_anna") is Plan.PREMIUM
    assert house.plan_in(house.row("usr_anna"), now + MONTH + 8 * 86400) is Plan.FREE, "with no webhook saying so"
    _, mine = _call("GET", "/v1/me/subscription")
    assert (mine["plan"], mine["product"], mine["status"], mine["renews"]) == ("premium", "premium", "active", True)
    _, invoices = _call("GET", "/v1/me/invoices")
    assert [(i["id"], i["total"]) for i in invoices["items"]] == [("in_1", {"amount": 1099, "currency": "EUR"})]
    month = time.strftime("%Y-%m", time.gmtime(now - 60))
    assert [entry["amount"] for entry in house.money(month)] == [1099]


def test_what_the_operator_gave_stays_beside_what_was_paid(house):
    house.put_plan("usr_anna", Plan.HIFI)
    house.link("usr_anna", "cus_1")
    now = int(time.time())
    events.take(paid(start=now - 60, end=now + MONTH))
    assert house.plan_of("usr_anna") is Plan.HIFI
    house.put_plan("usr_anna", Plan.FREE)
    assert house.plan_of("usr_anna") is Plan.PREMIUM


def test_who_writes_the_standing_with_an_old_version_reads_again(house):
    assert house.put_standing("usr_anna", {"spans": []}, version=0)
    assert not house.put_standing("usr_anna", {"spans": []}, version=0)
    assert house.put_standing("usr_anna", {"spans": []}, version=1)


def test_nobody_subscribes_twice_or_to_nothing(house):
    now = int(time.time())
    house.link("usr_anna", "cus_1")
    events.take(paid(start=now - 60, end=now + MONTH))
    assert _call("POST", "/v1/billing/checkout", {"plan": "hifi"})[1]["type"] == "/problems/already-subscribed"
    assert _call("POST", "/v1/billing/checkout", {"plan": "gold"}, who="usr_ben")[0] == 404
    assert _call("POST", "/v1/billing/change", {"plan": "hifi"}, who="usr_ben")[0] == 409
    assert _call("POST", "/v1/billing/portal", {}, who="usr_ben")[0] == 409


def test_without_an_account_at_stripe_checkout_says_so(house, monkeypatch):
    empty = boto3.client("secretsmanager").create_secret(Name="empty", SecretString="{}")["ARN"]
    monkeypatch.setenv("STRIPE_SECRET", empty)
    status, problem = _call("POST", "/v1/billing/checkout", {"plan": "hifi"})
    assert status == 503 and problem["type"] == "/problems/billing-not-configured"
