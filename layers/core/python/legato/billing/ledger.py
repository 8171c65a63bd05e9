"""What Stripe told us, as facts, and what a customer may hear because of them. Pure.

A fact is never changed and may come late, twice and in any order, so everything here is a function of the *set* of
facts: replaying a ledger gives the same entitlement. Who paid for a time has that time, whatever happens to the
subscription afterwards, until it is paid back. Times are epoch seconds, money is minor units.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from legato.billing.model import Span
from legato.billing.offers import Offers


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """An invoice was paid: a product from ``start`` to ``end``."""

    invoice: str
    subscription: str
    product: str
    start: int
    end: int
    amount: int
    currency: str
    country: str = ""
    at: int
    document: str = ""
    """Where Stripe shows the invoice as a PDF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """An invoice was paid by this payment; what happens to the payment later happens to the invoice."""

    invoice: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """Of a charge, ``amount`` in all has been paid back by now."""

    charge: str
    intent: str
    amount: int
    whole: bool
    currency: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """``won`` is None while the bank decides."""

    dispute: str
    intent: str
    won: bool | None
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A payment was tried in vain; Stripe goes on trying."""

    invoice: str
    subscription: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a subscription stood at ``at``."""

    subscription: str
    product: str
    ending: bool
    """It will not be renewed."""
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    subscription: str
    at: int


Fact: TypeAlias = Paid | Linked | Refunded | Disputed | Failed | Standing | Ended
KINDS: dict[str, type[Fact]] = {k.__name__: k for k in (Paid, Linked, Refunded, Disputed, Failed, Standing, Ended)}


def written(fact: Fact) -> dict[str, Any]:
    return {"kind": type(fact).__name__} | asdict(fact)


def read(said: dict[str, Any]) -> Fact:
    return KINDS[said["kind"]](**{name: value for name, value in said.items() if name != "kind"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the facts of one customer come to."""

    spans: tuple[Span, ...]
    subscription: str | None
    """The one that goes on, or will until its time is up."""
    product: str | None
    """What its next invoice will be for."""
    ending: bool
    overdue: bool
    surplus: tuple[str, ...]
    """Subscriptions beside it that somebody began twice: to be ended and paid back."""


def account(facts: Iterable[Fact], offers: Offers) -> Account:
    known = tuple(facts)
    paid = {fact.invoice: fact for fact in sorted(_of(Paid, known), key=repr)}
    ended = {fact.subscription for fact in _of(Ended, known)}
    standing: dict[str, Standing] = {}
    for each in sorted(_of(Standing, known), key=lambda s: (s.at, s.ending, s.product)):
        standing[each.subscription] = each
    ending = {subscription for subscription, last in standing.items() if last.ending}
    closes = _closes(paid, known)
    spans = [
        Span(
            product=p.product,
            plan=offers.products[p.product].plan,
            start=p.start,
            until=_until(p, paid, closes, ended | ending, offers),
        )
        for p in paid.values()
        if p.product in offers.products
    ]
    begun: dict[str, int] = {}
    for each_paid in paid.values():
        begun[each_paid.subscription] = min(each_paid.at, begun.get(each_paid.subscription, each_paid.at))
    live = sorted((at, subscription) for subscription, at in begun.items() if subscription not in ended)
    current = live[0][1] if live else None
    newest = max(
        (p for p in paid.values() if p.subscription == current), key=lambda p: (p.end, p.at, p.invoice), default=None
    )
    failures = [f for f in _of(Failed, known) if f.subscription == current and f.invoice not in paid]
    return Account(
        spans=tuple(sorted({s for s in spans if s.until > s.start}, key=lambda s: (s.start, s.until, s.product))),
        subscription=current,
        product=standing[current].product if current in standing else newest.product if newest else None,
        ending=current in ending,
        overdue=bool(failures),
        surplus=tuple(subscription for _, subscription in live[1:]),
    )


def _until(p: Paid, paid: dict[str, Paid], closes: dict[str, int], over: set[str], offers: Offers) -> int:
    if p.invoice in closes:
        return min(p.end, closes[p.invoice])
    renewed = any(o.subscription == p.subscription and o.start >= p.end for o in paid.values())
    return p.end if renewed or p.subscription in over else p.end + offers.grace_seconds


def _closes(paid: dict[str, Paid], known: tuple[Fact, ...]) -> dict[str, int]:
    """Invoice → when what it opened closes, because the money went back or a bank holds it."""
    intents = {fact.intent: fact.invoice for fact in _of(Linked, known)}
    closes: dict[str, int] = {}
    for refund in _of(Refunded, known):
        if refund.whole and refund.intent in intents:
            invoice = intents[refund.intent]
            closes[invoice] = min(refund.at, closes.get(invoice, refund.at))
    decided = {fact.dispute: fact.won for fact in _of(Disputed, known) if fact.won is not None}
    for dispute in _of(Disputed, known):
        if decided.get(dispute.dispute) is not True and dispute.intent in intents:
            invoice = intents[dispute.intent]
            closes[invoice] = min(dispute.at, closes.get(invoice, dispute.at))
    return {invoice: at for invoice, at in closes.items() if invoice in paid}


def _of(kind: type[Any], facts: Iterable[Fact]) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]
