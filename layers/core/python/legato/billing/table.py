"""Subscriptions and money at rest.

====================  ====================  =====================================================================
``pk``                ``sk``                what
====================  ====================  =====================================================================
listener id           ``SUBSCRIPTION``      ``plan`` given by the operator, ``spans`` paid for, how the account stands
listener id           ``CUSTOMER``          who he is to Stripe
Stripe's customer id  ``LISTENER``          and back
``LEDGER#<customer>``  ``EVENT#<event id>``  a fact, forever; without the two rows above it names nobody
``MONEY#<month>``     ``PAID#<invoice>``    an amount received, once, whatever else arrives
``MONEY#<month>``     ``BACK#<charge>``     an amount paid back, the highest heard of
====================  ====================  =====================================================================
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.billing.model import Plan, Span, plan_at

_ABSENT = "attribute_not_exists(pk)"


@dataclass(frozen=True, slots=True)
class BillingTable:
    name: str

    @staticmethod
    def key(listener_id: str) -> dict[str, str]:
        """For readers that batch this row with others."""
        return {"pk": listener_id, "sk": "SUBSCRIPTION"}

    @staticmethod
    def plan_in(row: Mapping[str, Any] | None, now: float | None = None) -> Plan:
        """No row is the free plan: nobody has to be given it. A time that was paid for ends by the clock alone."""
        if not row:
            return Plan.FREE
        return plan_at(Plan(row.get("plan", Plan.FREE)), spans_in(row), time.time() if now is None else now)

    def row(self, listener_id: str) -> dict[str, Any] | None:
        return dynamo.get(self.name, self.key(listener_id), consistent=True)

    def plan_of(self, listener_id: str) -> Plan:
        return self.plan_in(dynamo.get(self.name, self.key(listener_id)))

    def put_plan(self, listener_id: str, plan: Plan) -> None:
        """By the operator, without an end; what was paid for stays beside it."""
        dynamo.client().update_item(
            TableName=self.name,
            Key=dynamo.encode(self.key(listener_id)),
            UpdateExpression="SET #plan = :plan",
            ExpressionAttributeNames={"#plan": "plan"},
            ExpressionAttributeValues=dynamo.encode({":plan": str(plan)}),
        )

    def put_standing(self, listener_id: str, standing: Mapping[str, Any], *, version: int) -> bool:
        """What the ledger comes to. False where somebody wrote since *version* was read: read the ledger again."""
        names = {f"#{name}": name for name in (*standing, "version")}
        values = {f":{name}": value for name, value in standing.items()} | {":version": version + 1, ":before": version}
        try:
            dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(self.key(listener_id)),
                UpdateExpression="SET " + ", ".join(f"{name} = :{name[1:]}" for name in names),
                ConditionExpression="#version = :before" + ("" if version else " OR attribute_not_exists(#version)"),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=dynamo.encode(values),
            )
        except ClientError as fault:
            if dynamo.code(fault) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def customer_of(self, listener_id: str) -> str | None:
        row = dynamo.get(self.name, {"pk": listener_id, "sk": "CUSTOMER"}, consistent=True)
        return str(row["customer"]) if row else None

    def listener_of(self, customer: str) -> str | None:
        row = dynamo.get(self.name, {"pk": customer, "sk": "LISTENER"}, consistent=True)
        return str(row["listener_id"]) if row else None

    def link(self, listener_id: str, customer: str) -> str:
        """The listener's customer: *customer*, unless another request was quicker."""
        rows: list[dict[str, Any]] = [
            {"pk": listener_id, "sk": "CUSTOMER", "customer": customer},
            {"pk": customer, "sk": "LISTENER", "listener_id": listener_id},
        ]
        puts = [
            {"Put": {"TableName": self.name, "Item": dynamo.encode(r), "ConditionExpression": _ABSENT}} for r in rows
        ]
        return customer if dynamo.transact(*puts) else str(self.customer_of(listener_id))

    def unlink(self, customer: str) -> None:
        """The ledger stays, as tax law asks, and names nobody any more."""
        dynamo.client().delete_item(TableName=self.name, Key=dynamo.encode({"pk": customer, "sk": "LISTENER"}))

    @staticmethod
    def ledger_key(customer: str) -> str:
        return f"LEDGER#{customer}"

    def note(self, customer: str, event_id: str, fact: Mapping[str, Any]) -> bool:
        """Keep a fact forever. False where it was known."""
        row = {"pk": self.ledger_key(customer), "sk": f"EVENT#{event_id}", "fact": dict(fact)}
        return dynamo.put(self.name, row, condition=_ABSENT)

    def facts(self, customer: str) -> Iterator[dict[str, Any]]:
        rows = dynamo.query(self.name, "pk = :pk", {":pk": self.ledger_key(customer)}, ConsistentRead=True)
        return (row["fact"] for row in rows)

    def receive(self, customer: str, invoice: str, entry: Mapping[str, Any], at: int) -> bool:
        """Enter money that came, once for each invoice."""
        row = {"pk": month_key(at), "sk": f"PAID#{invoice}", "customer": customer} | dict(entry)
        return dynamo.put(self.name, row, condition=_ABSENT)

    def pay_back(self, customer: str, charge: str, amount: int, entry: Mapping[str, Any], at: int) -> bool:
        """Enter money that went back: *amount* is all of it so far."""
        row = {"pk": month_key(at), "sk": f"BACK#{charge}", "customer": customer, "amount": amount} | dict(entry)
        return dynamo.put(self.name, row, condition=f"{_ABSENT} OR amount < :amount", values={":amount": amount})

    def money(self, month: str) -> Iterator[dict[str, Any]]:
        """Every entry of a month, ``2026-11``."""
        return dynamo.query(self.name, "pk = :pk", {":pk": f"MONEY#{month}"}, ConsistentRead=True)


def spans_in(row: Mapping[str, Any] | None) -> tuple[Span, ...]:
    return tuple(
        Span(product=s["product"], plan=Plan(s["plan"]), start=s["start"], until=s["until"])
        for s in (row or {}).get("spans", ())
    )


def spans_out(spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    return [asdict(span) | {"plan": str(span.plan)} for span in spans]


def month_key(at: int) -> str:
    return f"MONEY#{datetime.fromtimestamp(at, UTC):%Y-%m}"
