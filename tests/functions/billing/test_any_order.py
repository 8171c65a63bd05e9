"""Nobody pays twice, pays for nothing, or listens past the grace, in whatever way the news arrives."""

import os
import random
from itertools import permutations
from types import SimpleNamespace

import pytest

from functions.billing_events import app
from legato.billing.model import Plan
from legato.billing.offers import offers
from legato.billing.table import BillingTable
from tests.payments import DAY, MONTH, T0, Books, Crash, disputed, failed, linked, paid, refunded, subscription

SECOND = T0 + MONTH
GRACE = offers().grace_seconds

STORIES = {
    "two months": (
        [
            subscription("created", at=T0),
            paid(),
            linked(),
            paid("in_2", start=SECOND, end=SECOND + MONTH),
            linked("in_2", "pi_2", at=SECOND),
            subscription("updated", at=SECOND),
        ],
        [(T0 - 1, "free"), (T0, "premium"), (SECOND + MONTH - 1, "premium"), (SECOND + MONTH + GRACE, "free")],
        2198,
    ),
    "an upgrade in the middle, then no renewal": (
        [
            subscription("created", at=T0),
            paid(),
            paid("in_2", product="hifi", start=T0 + 15 * DAY, end=SECOND, amount=300),
            subscription("updated", product="hifi", at=T0 + 15 * DAY),
            subscription("updated", product="hifi", ending=True, at=T0 + 20 * DAY),
            subscription("deleted", at=SECOND),
        ],
        [(T0, "premium"), (T0 + 15 * DAY, "hifi"), (SECOND - 1, "hifi"), (SECOND, "free")],
        1399,
    ),
    "a renewal that fails": (
        [
            subscription("created", at=T0),
            paid(),
            linked(),
            failed(at=SECOND),
            failed(at=SECOND + 3 * DAY),
            subscription("updated", at=SECOND),
        ],
        [(SECOND, "premium"), (SECOND + GRACE - 1, "premium"), (SECOND + GRACE, "free")],
        1099,
    ),
    "paid back": (
        [
            subscription("created", at=T0),
            paid(),
            linked(),
            refunded(amount=100, at=T0 + DAY),
            refunded(at=T0 + 5 * DAY),
            subscription("deleted", at=T0 + 5 * DAY),
        ],
        [(T0 + DAY, "premium"), (T0 + 5 * DAY - 1, "premium"), (T0 + 5 * DAY, "free")],
        0,
    ),
    "a dispute that is won": (
        [
            subscription("created", at=T0),
            paid(),
            linked(),
            disputed("needs_response", at=T0 + 2 * DAY),
            disputed("won", at=T0 + 9 * DAY),
            subscription("updated", at=T0 + 10 * DAY),
        ],
        [(T0 + 2 * DAY, "premium"), (SECOND - 1, "premium")],
        1099,
    ),
    "a dispute that is lost": (
        [
            subscription("created", at=T0),
            paid(),
            linked(),
            disputed("needs_response", at=T0 + 2 * DAY),
            disputed("lost", at=T0 + 9 * DAY),
            subscription("deleted", at=T0 + 9 * DAY),
        ],
        [(T0 + DAY, "premium"), (T0 + 2 * DAY, "free"), (SECOND, "free")],
        1099,
    ),
}


@pytest.fixture
def books(monkeypatch):
    def fresh():
        made = Books()
        monkeypatch.setattr(app, "table", lambda: made)
        return made

    return fresh


def _deliver(books, order, crash):
    """At least once: whatever broke off comes again, at the end, as it does 72 hours later."""
    books.crash, waiting = crash, list(order)
    while waiting:
        message = waiting.pop(0)
        try:
            app.take(message)
        except Crash:
            books.crash = None
            waiting.append(message)


def _agree(books, moments, total):
    assert sum(entry["amount"] for entry in books.received.values()) - sum(books.back.values()) == total
    for moment, plan in moments:
        assert BillingTable.plan_in(books.standing, moment) == Plan(plan), moment


@pytest.mark.proof
@pytest.mark.parametrize("story", STORIES)
def test_every_order_with_duplicates_and_a_crash_after_any_step_ends_the_same(books, story):
    events, moments, total = STORIES[story]
    chance = random.Random(story)
    orders = list(permutations(events))
    crashes = [None, *((step, when) for step in range(1, 17) for when in ("before", "after"))]
    whole = os.environ.get("LEGATO_PROVE") == "1"
    # At full size: all orders with some crashes each, which meets every pair of order and crash in a few runs' time.
    orders, each = (orders, 3) if whole else (chance.sample(orders, 12), 4)
    ends = set()
    for order in orders:
        twice = [*order, *chance.sample(order, 3)]
        for crash in [None, *chance.sample(crashes[1:], each)]:
            kept = books()
            _deliver(kept, twice, crash)
            _agree(kept, moments, total)
            ends.add(repr({name: value for name, value in kept.standing.items() if name != "version"}))
    assert len(ends) == 1, "the same facts, the same standing"


@pytest.mark.parametrize("when", range(7))
def test_before_all_is_known_nobody_who_paid_is_shut_out(books, when):
    """The invoice alone is enough: it says for what and until when."""
    events, _, _ = STORIES["two months"]
    kept = books()
    app.take(paid())
    for message in events[:when]:
        app.take(message)
        assert BillingTable.plan_in(kept.standing, T0 + DAY) is Plan.PREMIUM


@pytest.mark.parametrize(
    "bad",
    [
        paid(amount=-1),
        paid(currency="chf"),
        paid(product="gold"),
        paid(start=T0, end=T0),
    ],
)
def test_what_cannot_be_true_is_kept_with_its_reason_and_opens_nothing(books, bad):
    kept = books()
    app.take(bad)
    assert [fact["kind"] for fact in kept.facts("cus_1")] == ["Refused"] and kept.facts("cus_1")[0]["reason"]
    assert not kept.standing and not kept.received


def test_an_event_of_a_kind_that_nobody_knows_changes_nothing(books):
    kept = books()
    app.take({"id": "evt_x", "type": "tax.rates.sang", "created": T0, "data": {"object": {"customer": "cus_1"}}})
    assert not kept.writes


def test_who_subscribes_twice_is_paid_back_and_keeps_the_first(books, monkeypatch):
    done = []
    v1 = SimpleNamespace(
        invoices=SimpleNamespace(
            list=lambda ask: SimpleNamespace(data=[SimpleNamespace(id=f"in_of_{ask['subscription']}")])
        ),
        invoice_payments=SimpleNamespace(
            list=lambda ask: SimpleNamespace(
                data=[SimpleNamespace(payment=SimpleNamespace(payment_intent=f"pi_{ask['invoice']}"))]
            )
        ),
        refunds=SimpleNamespace(
            create=lambda ask, once: done.append(("refund", ask["payment_intent"], once["idempotency_key"]))
        ),
        subscriptions=SimpleNamespace(cancel=lambda which: done.append(("cancel", which))),
    )
    monkeypatch.setattr(app.stripe_account, "client", lambda _: SimpleNamespace(v1=v1))
    monkeypatch.setattr(app, "settings", lambda: SimpleNamespace(stripe_secret="arn"))
    books()
    app.take(paid("in_b", sub="sub_b", at=T0 + 60))
    assert not done
    app.take(paid("in_a", sub="sub_a", at=T0))
    assert done == [("refund", "pi_in_of_sub_b", "begun-twice-in_of_sub_b"), ("cancel", "sub_b")]
