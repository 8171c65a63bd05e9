"""Plans, subscriptions and Stripe's webhooks. Prices are ours (`legato.billing.offers`); cards never come here."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import stripe

from legato import log, secrets
from legato.api import GUARDED, new_api
from legato.billing import queue, stripe_account
from legato.billing.model import TERMS, Plan, plan_at
from legato.billing.offers import ANYWHERE, Product, offers
from legato.billing.stripe_events import PREFIX
from legato.billing.table import BillingTable, spans_in
from legato.caller import Caller, Viewer, caller, viewer
from legato.config import load
from legato.errors import Conflict, Invalid, TryAgain

from .settings import Settings

app = new_api()
settings = cache(lambda: load(Settings))
table = cache(lambda: BillingTable(settings().billing_table))
KBIT = {Plan.FREE: 160, Plan.PREMIUM: 320, Plan.HIFI: None}
STRICT = {"extra": "forbid"}


class AlreadySubscribed(Conflict):
    """There is a subscription; it is changed, or ended, not doubled."""


class NotSubscribed(Conflict):
    """There is no subscription to change."""


class WebhookNotGenuine(Invalid):
    """The signature is not Stripe's, or older than five minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    amount: int
    """Minor units, tax included."""
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldPlan:
    id: str
    name: str
    plan: str
    """What it opens: ``free``, ``premium`` or ``hifi``."""
    max_kbit: int | None
    """``null`` is lossless."""
    streams: int
    seats: int
    on_demand: bool
    skips_an_hour: int | None
    trial_days: int
    price: Money | None
    """A month, in the viewer's country."""
    prices: dict[str, Money]
    """By country; ``*`` is every other one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldPlans:
    items: list[SoldPlan]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    plan: str
    """What may be heard now."""
    product: str | None
    """What the next invoice will be for."""
    status: Literal["none", "active", "ending", "overdue"]
    until: datetime | None
    """Until when the plan is paid for, grace included; ``null`` without an end."""
    renews: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    __pydantic_config__ = STRICT
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    checkout_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    portal_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    id: str
    issued_at: datetime
    product: str
    starts: datetime
    ends: datetime
    total: Money
    document_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoices:
    items: list[Invoice]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    received: bool = True


@app.get("/v1/plans", operation_id="listPlans", tags=["billing"], summary="What is sold, and for how much")
def list_plans() -> SoldPlans:
    country = _viewer().country
    sold = offers()
    free = SoldPlan(
        id="free",
        name=sold.free_name,
        plan=str(Plan.FREE),
        max_kbit=KBIT[Plan.FREE],
        streams=TERMS[Plan.FREE].streams,
        seats=1,
        on_demand=sold.free_on_demand,
        skips_an_hour=sold.free_skips_an_hour or None,
        trial_days=0,
        price=None,
        prices={},
    )
    return SoldPlans(items=[free, *(_sold(product, country) for product in sold.products.values())])


@app.get(
    "/v1/me/subscription", operation_id="getSubscription", tags=["billing"], summary="What I pay for", security=GUARDED
)
def get_subscription() -> Subscription:
    row = table().row(_caller().id) or {}
    now = datetime.now(UTC).timestamp()
    plan = table().plan_in(row, now)
    given = Plan(row.get("plan", Plan.FREE))
    until = max((s.until for s in spans_in(row) if s.plan is plan and s.start <= now < s.until), default=None)
    live = bool(row.get("subscription"))
    status: Literal["none", "active", "ending", "overdue"] = (
        "none" if not live else "overdue" if row["overdue"] else "ending" if row["ending"] else "active"
    )
    return Subscription(
        plan=str(plan),
        product=row.get("product") or None,
        status=status,
        until=None if until is None or given is plan else _moment(until),
        renews=live and not row["ending"],
    )


@app.get("/v1/me/invoices", operation_id="listInvoices", tags=["billing"], summary="What I paid", security=GUARDED)
def list_invoices() -> Invoices:
    customer = table().customer_of(_caller().id)
    facts = [fact for fact in (table().facts(customer) if customer else ()) if fact["kind"] == "Paid"]
    paid = {fact["invoice"]: fact for fact in facts}
    return Invoices(
        items=[_invoice(f) for f in sorted(paid.values(), key=lambda f: (f["at"], f["invoice"]), reverse=True)]
    )


@app.post(
    "/v1/billing/checkout", operation_id="checkout", tags=["billing"], summary="Begin to subscribe", security=GUARDED
)
def begin_checkout(wish: Wish) -> Checkout:
    """An address at Stripe. Nothing is charged before the listener has said so there."""
    me, seen, product = _caller(), _viewer(), offers().product(wish.plan)
    row = table().row(me.id) or {}
    if row.get("subscription"):
        raise AlreadySubscribed(product=row.get("product"))
    stripe_client, home = _stripe(), f"{seen.scheme}://{seen.host}"
    customer = _customer(stripe_client, me)
    _ensure(stripe_client, product)
    price = product.price(seen.country)
    about: dict[str, str] = {"product": product.id, "country": seen.country}
    more: dict[str, Any] = {"trial_period_days": product.trial_days} if product.trial_days else {}
    try:
        for open_one in stripe_client.v1.checkout.sessions.list({"customer": customer, "status": "open"}).data:
            stripe_client.v1.checkout.sessions.expire(open_one.id)  # a listener pays in one tab, not in two
        session = stripe_client.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer,
                "line_items": [{"quantity": 1, "price_data": _price_data(product, price.currency, price.amount)}],
                "subscription_data": more | {"metadata": about},
                "success_url": f"{home}/#/account?paid=1",
                "cancel_url": f"{home}/#/plans",
            }  # type: ignore[arg-type]
        )
    except stripe.APIConnectionError as fault:
        raise TryAgain("Stripe does not answer", retry_after=5) from fault
    return Checkout(checkout_url=str(session.url))


@app.post(
    "/v1/billing/change",
    operation_id="changePlan",
    tags=["billing"],
    summary="Change my subscription",
    security=GUARDED,
)
def change_plan(wish: Wish) -> Subscription:
    """More begins now, and the rest of the month is charged in proportion; less begins with the next month."""
    me, product = _caller(), offers().product(wish.plan)
    row = table().row(me.id) or {}
    if not row.get("subscription"):
        raise NotSubscribed
    if row["product"] == product.id and not row["ending"]:
        return get_subscription()
    stripe_client = _stripe()
    _ensure(stripe_client, product)
    running = stripe_client.v1.subscriptions.retrieve(row["subscription"])
    item = running["items"]["data"][0]
    price = next(each for each in product.prices.values() if each.currency == str(item["price"]["currency"]).upper())
    ladder = tuple(Plan)
    had = plan_at(Plan.FREE, spans_in(row), datetime.now(UTC).timestamp())
    more = ladder.index(product.plan) > ladder.index(had)
    stripe_client.v1.subscriptions.update(
        row["subscription"],
        {
            "items": [{"id": item["id"], "price_data": _price_data(product, price.currency, price.amount)}],
            "metadata": {"product": product.id},
            "cancel_at_period_end": False,
            "proration_behavior": "always_invoice" if more else "none",
            "payment_behavior": "error_if_incomplete" if more else "allow_incomplete",
        },  # type: ignore[arg-type]
        {"idempotency_key": f"change-{row['subscription']}-{product.id}-{row['version']}"},
    )
    return get_subscription()


@app.post(
    "/v1/billing/portal",
    operation_id="openPortal",
    tags=["billing"],
    summary="My card and my invoices, at Stripe",
    security=GUARDED,
)
def open_portal() -> Portal:
    me, seen = _caller(), _viewer()
    customer = table().customer_of(me.id)
    if not customer:
        raise NotSubscribed
    session = _stripe().v1.billing_portal.sessions.create(
        {"customer": customer, "return_url": f"{seen.scheme}://{seen.host}/#/account"}
    )
    return Portal(portal_url=session.url)


@app.post("/v1/billing/webhooks/stripe", operation_id="receiveStripeEvent", tags=["billing"], summary="Stripe's events")
def receive_stripe_event() -> Received:
    """Checked, queued and answered; what follows from it, follows later."""
    event = app.current_event
    raw = base64.b64decode(event.body or "") if event.is_base64_encoded else (event.body or "").encode()
    signature = {name.lower(): value for name, value in event.headers.items()}.get("stripe-signature", "")
    secret = stripe_account.webhook_secret(settings().stripe_secret)
    try:
        said = stripe.Webhook.construct_event(raw, signature, secret, tolerance=stripe_account.TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, ValueError) as fault:
        log.warning("webhook refused", reason=type(fault).__name__)
        raise WebhookNotGenuine from fault
    queue.put(settings().billing_queue, raw.decode())
    log.info("webhook queued", event_id=said.id, kind=said.type)
    return Received()


def _customer(stripe_client: stripe.StripeClient, me: Caller) -> str:
    known = table().customer_of(me.id)
    if known:
        return known
    made = stripe_client.v1.customers.create({"metadata": {"app": "legato"}}, {"idempotency_key": f"customer-{me.id}"})
    return table().link(me.id, made.id)


def _ensure(stripe_client: stripe.StripeClient, product: Product) -> None:
    """Stripe knows our products by our ids; prices go along with each request."""
    try:
        stripe_client.v1.products.create({"id": PREFIX + product.id, "name": product.name})
    except stripe.InvalidRequestError as fault:
        if fault.code != "resource_already_exists":
            raise


def _price_data(product: Product, currency: str, amount: int) -> dict[str, Any]:
    return {
        "currency": currency.lower(),
        "product": PREFIX + product.id,
        "recurring": {"interval": "month"},
        "tax_behavior": "inclusive",
        "unit_amount": amount,
    }


def _sold(product: Product, country: str) -> SoldPlan:
    shown = {c: Money(amount=p.amount, currency=p.currency) for c, p in product.prices.items()}
    return SoldPlan(
        id=product.id,
        name=product.name,
        plan=str(product.plan),
        max_kbit=KBIT[product.plan],
        streams=TERMS[product.plan].streams,
        seats=product.seats,
        on_demand=True,
        skips_an_hour=None,
        trial_days=product.trial_days,
        price=shown.get(country, shown[ANYWHERE]),
        prices=shown,
    )


def _invoice(fact: dict[str, Any]) -> Invoice:
    return Invoice(
        id=fact["invoice"],
        issued_at=_moment(fact["at"]),
        product=fact["product"],
        starts=_moment(fact["start"]),
        ends=_moment(fact["end"]),
        total=Money(amount=fact["amount"], currency=fact["currency"]),
        document_url=fact["document"] or None,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _stripe() -> stripe.StripeClient:
    return stripe_account.client(settings().stripe_secret)


def _caller() -> Caller:
    return caller(app.current_event.raw_event)


def _viewer() -> Viewer:
    return viewer(app.current_event.headers, secrets.accepted(settings().origin_secret))
