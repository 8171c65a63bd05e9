"""Stripe's events, as its API version in the SDK writes them, and the books in memory."""

DAY = 86_400
MONTH = 30 * DAY
T0 = 1_760_000_000


def event(kind, about, *, at, id=None):
    return {"id": id or f"evt_{kind}_{at}_{about.get('id')}", "type": kind, "created": at, "data": {"object": about}}


def invoice(
    id="in_1", *, product="premium", start=T0, end=T0 + MONTH, amount=1099, currency="eur", sub="sub_1", at=None
):
    lines = [
        {
            "amount": amount,
            "period": {"start": start, "end": end},
            "pricing": {"price_details": {"product": f"legato_{product}"}},
        }
    ]
    return {
        "id": id,
        "customer": "cus_1",
        "amount_paid": amount,
        "currency": currency,
        "lines": {"data": lines},
        "parent": {"subscription_details": {"subscription": sub, "metadata": {"country": "DE"}}},
        "status_transitions": {"paid_at": start if at is None else at},
        "invoice_pdf": f"https://pay.example/{id}.pdf",
    }


def paid(id="in_1", **more):
    made = invoice(id, **more)
    return event("invoice.paid", made, at=made["status_transitions"]["paid_at"])


def linked(id="in_1", intent="pi_1", at=T0):
    about = {"id": f"inpay_{id}", "customer": "cus_1", "invoice": id, "payment": {"payment_intent": intent}}
    return event("invoice_payment.paid", about, at=at)


def refunded(intent="pi_1", *, amount=1099, of=1099, at):
    about = {
        "id": f"ch_{intent}",
        "customer": "cus_1",
        "payment_intent": intent,
        "amount": of,
        "amount_refunded": amount,
        "currency": "eur",
    }
    return event("charge.refunded", about, at=at, id=f"evt_refund_{intent}_{amount}")


def disputed(status, *, at, intent="pi_1"):
    kind = "charge.dispute.closed" if status in {"won", "lost"} else "charge.dispute.created"
    return event(kind, {"id": "dp_1", "customer": "cus_1", "payment_intent": intent, "status": status}, at=at)


def subscription(kind, *, product="premium", ending=False, at, sub="sub_1"):
    about = {
        "id": sub,
        "customer": "cus_1",
        "items": {"data": [{"price": {"product": f"legato_{product}"}}]},
        "cancel_at_period_end": ending,
    }
    return event(f"customer.subscription.{kind}", about | {"ended_at": at if kind == "deleted" else None}, at=at)


def failed(id="in_2", *, at, sub="sub_1"):
    about = {"id": id, "customer": "cus_1", "parent": {"subscription_details": {"subscription": sub}}}
    return event("invoice.payment_failed", about, at=at)


class Crash(Exception):  # noqa: N818 -- it is the machine that crashes, not the books
    """The process is gone."""


class Books:
    """A `BillingTable` in memory, that breaks off before or after its *crash*-th write."""

    def __init__(self, listener="usr_1"):
        self.listener, self.writes, self.crash = listener, 0, None
        self.ledger, self.received, self.back, self.standing = {}, {}, {}, {}
        self.entered = []

    def _write(self, put, key, value, *, where):
        self.writes += 1
        if self.crash == (self.writes, "before"):
            raise Crash
        new = put(key)
        if new:
            where[key] = value
        if self.crash == (self.writes, "after"):
            raise Crash
        return new

    def listener_of(self, _customer):
        return self.listener

    def row(self, _listener):
        return dict(self.standing)

    def note(self, customer, event_id, fact):
        return self._write(lambda key: key not in self.ledger, (customer, event_id), dict(fact), where=self.ledger)

    def facts(self, customer):
        return [fact for (whose, _), fact in self.ledger.items() if whose == customer]

    def receive(self, customer, invoice, entry, at):
        return self._write(lambda key: key not in self.received, invoice, entry, where=self.received)

    def pay_back(self, customer, charge, amount, entry, at):
        return self._write(lambda key: self.back.get(key, -1) < amount, charge, amount, where=self.back)

    def put_standing(self, _listener, standing, *, version):
        self.writes += 1
        if self.crash == (self.writes, "before"):
            raise Crash
        assert self.standing.get("version", 0) == version
        self.standing = standing | {"version": version + 1}
        if self.crash == (self.writes, "after"):
            raise Crash
        return True
