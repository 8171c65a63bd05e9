"""Stripe's events become facts, and facts become what a listener may hear.

Every step may be repeated and none undoes another: money is entered once for each invoice, a fact once for each
event, and the listener's row is worked out from all facts again, even where this event was known. So it does not
matter in which order events come, how often, how late, or after which step a run breaks off.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

import stripe
from botocore.exceptions import BotoCoreError, ClientError

from legato import log
from legato.billing import stripe_account
from legato.billing.ledger import Account, Paid, Refunded, account, read, written
from legato.billing.offers import offers
from legato.billing.stripe_events import Unacceptable, customer_of, facts_of
from legato.billing.table import BillingTable, spans_out
from legato.config import load
from legato.errors import Refusal, TryAgain

from .settings import Settings

ATTEMPTS = 8
settings = cache(lambda: load(Settings))
table = cache(lambda: BillingTable(settings().billing_table))


def handle(batch: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """SQS's partial batch response: what failed comes again."""
    failed = []
    for record in batch["Records"]:
        try:
            take(json.loads(record["body"]))
        except (ClientError, BotoCoreError, stripe.StripeError, Refusal, ValueError, KeyError) as fault:
            log.error("payment event not taken in", fault, message_id=record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def take(message: Mapping[str, Any]) -> None:
    if customer := message.get("leave"):
        _end(_account(customer), everything=True)
        return
    customer = customer_of(message)
    if message["type"] == "invoice_payment.paid" and not customer:
        customer = _customer_of_invoice(str(message["data"]["object"]["invoice"]))
    if not customer:
        return
    try:
        facts = facts_of(message, offers())
    except Unacceptable as refusal:
        log.error("event refused", event_id=message["id"], kind=message["type"], reason=refusal.detail)
        table().note(customer, message["id"], {"kind": "Refused", "reason": refusal.detail, "type": message["type"]})
        return
    if not facts:
        return
    for fact in facts:
        _enter(customer, fact)
        table().note(customer, message["id"], written(fact))
    _settle(customer)


def _enter(customer: str, fact: Any) -> None:
    """In the books of the month it happened in, for taxes and royalties."""
    if isinstance(fact, Paid):
        table().receive(customer, fact.invoice, asdict(fact), fact.at)
    elif isinstance(fact, Refunded):
        entry = {"intent": fact.intent, "currency": fact.currency, "at": fact.at}
        table().pay_back(customer, fact.charge, fact.amount, entry, fact.at)


def _settle(customer: str) -> None:
    """Write what the whole ledger comes to. Raises `TryAgain` where others did so at every attempt."""
    listener_id = table().listener_of(customer)
    for _ in range(ATTEMPTS):
        # The version first: whoever adds a fact after this writes after us, or makes us read again.
        before = (table().row(listener_id) or {}).get("version", 0) if listener_id else 0
        now = _account(customer)
        standing = {
            "spans": spans_out(now.spans),
            "subscription": now.subscription or "",
            "product": now.product or "",
            "ending": now.ending,
            "overdue": now.overdue,
        }
        if listener_id is None or table().put_standing(listener_id, standing, version=before):
            _end(now, everything=listener_id is None)
            return
    raise TryAgain(retry_after=1)


def _end(now: Account, *, everything: bool) -> None:
    """End what was begun twice, and pay it back; of a listener who left, end *everything*."""
    ending = (*now.surplus, *([now.subscription] if everything and now.subscription else []))
    for subscription in ending:
        client = stripe_account.client(settings().stripe_secret)
        if subscription in now.surplus:
            _pay_back(client, subscription)
        try:
            client.v1.subscriptions.cancel(subscription)
        except stripe.InvalidRequestError as fault:
            if fault.code != "resource_missing":  # ended before, and the news is on its way
                raise


def _pay_back(client: stripe.StripeClient, subscription: str) -> None:
    for invoice in client.v1.invoices.list({"subscription": subscription, "status": "paid"}).data:
        for payment in client.v1.invoice_payments.list({"invoice": str(invoice.id)}).data:
            intent = payment.payment.payment_intent
            if intent:
                once = f"begun-twice-{invoice.id}"  # Stripe keeps it for a day, and then refuses a second refund itself
                try:
                    client.v1.refunds.create({"payment_intent": str(intent)}, {"idempotency_key": once})
                except stripe.InvalidRequestError as fault:
                    if fault.code != "charge_already_refunded":
                        raise


def _account(customer: str) -> Account:
    facts = [read(said) for said in table().facts(customer) if said["kind"] != "Refused"]
    return account(facts, offers())


def _customer_of_invoice(invoice: str) -> str:
    """An invoice's payment does not name its customer."""
    found = stripe_account.client(settings().stripe_secret).v1.invoices.retrieve(invoice).customer
    return str(found or "")
