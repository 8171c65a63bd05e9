"""Stripe's events as facts of ours (https://docs.stripe.com/api/events/types). Pure.

Written for the API version that the SDK pins; a webhook endpoint is made with the same version (docs/billing.md).
"""

from collections.abc import Mapping
from typing import Any

from legato.billing.ledger import Disputed, Ended, Fact, Failed, Linked, Paid, Refunded, Standing
from legato.billing.offers import Offers
from legato.errors import Invalid

PREFIX = "legato_"
"""Before a product's id in Stripe, whose ids are the account's."""


class Unacceptable(Invalid):
    """An event that cannot be true of anything we sold: kept aside with its reason, and nothing is applied."""


def customer_of(event: Mapping[str, Any]) -> str:
    """The customer an event is about; empty where there is none."""
    found = event["data"]["object"].get("customer") or ""
    return str(found["id"] if isinstance(found, Mapping) else found)


def facts_of(event: Mapping[str, Any], offers: Offers) -> list[Fact]:
    """Nothing for what we do not need. Raises `Unacceptable`."""
    reader = _READERS.get(str(event["type"]))
    if reader is None:
        return []
    try:
        return reader(event["data"]["object"], int(event["created"]), offers)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as fault:
        raise Unacceptable(f"{event['type']}: {fault!r}") from fault


def _paid(invoice: Mapping[str, Any], at: int, offers: Offers) -> list[Fact]:
    details = (invoice.get("parent") or {}).get("subscription_details")
    if not details:
        return []  # not for a subscription: nothing that we sell
    amount, currency = int(invoice["amount_paid"]), str(invoice["currency"]).upper()
    # Of a change, the line that counts is the one for the time to come: what is given back has a negative amount.
    lines = [line for line in invoice["lines"]["data"] if int(line["amount"]) >= 0]
    line = max(lines, key=lambda each: (int(each["period"]["end"]), int(each["amount"])))
    product = _product(line["pricing"]["price_details"]["product"])
    start, end = int(line["period"]["start"]), int(line["period"]["end"])
    if amount < 0:
        raise Unacceptable("an invoice was paid with less than nothing")
    if product not in offers.products:
        raise Unacceptable(f"nothing called {product} is sold")
    if currency not in offers.products[product].currencies:
        raise Unacceptable(f"{product} is not sold in {currency}")
    if end <= start:
        raise Unacceptable("the time that was paid for ends before it begins")
    paid = Paid(
        invoice=str(invoice["id"]),
        subscription=str(details["subscription"]),
        product=product,
        start=start,
        end=end,
        amount=amount,
        currency=currency,
        country=str(
            ((invoice.get("customer_address") or {}).get("country"))
            or (details.get("metadata") or {}).get("country")
            or ""
        ),
        at=int((invoice.get("status_transitions") or {}).get("paid_at") or at),
        document=str(invoice.get("invoice_pdf") or ""),
    )
    return [paid]


def _failed(invoice: Mapping[str, Any], at: int, _: Offers) -> list[Fact]:
    details = (invoice.get("parent") or {}).get("subscription_details")
    return [Failed(invoice=str(invoice["id"]), subscription=str(details["subscription"]), at=at)] if details else []


def _linked(payment: Mapping[str, Any], _at: int, _: Offers) -> list[Fact]:
    intent = payment["payment"].get("payment_intent")
    return [Linked(invoice=str(payment["invoice"]), intent=str(intent))] if intent else []


def _refunded(charge: Mapping[str, Any], at: int, _: Offers) -> list[Fact]:
    amount = int(charge["amount_refunded"])
    if amount < 0:
        raise Unacceptable("less than nothing was paid back")
    refund = Refunded(
        charge=str(charge["id"]),
        intent=str(charge.get("payment_intent") or ""),
        amount=amount,
        whole=amount >= int(charge["amount"]),
        currency=str(charge["currency"]).upper(),
        at=at,
    )
    return [refund]


def _disputed(dispute: Mapping[str, Any], at: int, _: Offers) -> list[Fact]:
    won = {"won": True, "lost": False, "warning_closed": True}.get(str(dispute["status"]))
    return [Disputed(dispute=str(dispute["id"]), intent=str(dispute.get("payment_intent") or ""), won=won, at=at)]


def _standing(subscription: Mapping[str, Any], at: int, _: Offers) -> list[Fact]:
    product = _product(subscription["items"]["data"][0]["price"]["product"])
    ending = bool(subscription.get("cancel_at_period_end") or subscription.get("cancel_at"))
    return [Standing(subscription=str(subscription["id"]), product=product, ending=ending, at=at)]


def _ended(subscription: Mapping[str, Any], at: int, _: Offers) -> list[Fact]:
    return [Ended(subscription=str(subscription["id"]), at=int(subscription.get("ended_at") or at))]


def _product(id: object) -> str:
    return str(id).removeprefix(PREFIX)


_READERS = {
    "invoice.paid": _paid,
    "invoice.payment_failed": _failed,
    "invoice_payment.paid": _linked,
    "charge.refunded": _refunded,
    "charge.dispute.created": _disputed,
    "charge.dispute.closed": _disputed,
    "customer.subscription.created": _standing,
    "customer.subscription.updated": _standing,
    "customer.subscription.deleted": _ended,
}
