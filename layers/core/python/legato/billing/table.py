"""Subscriptions at rest. Rows: ``pk=<listener id> sk=SUBSCRIPTION`` → ``plan``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from legato import dynamo
from legato.billing.model import Plan


@dataclass(frozen=True, slots=True)
class BillingTable:
    name: str

    @staticmethod
    def key(listener_id: str) -> dict[str, str]:
        """For readers that batch this row with others."""
        return {"pk": listener_id, "sk": "SUBSCRIPTION"}

    @staticmethod
    def plan_in(row: Mapping[str, Any] | None) -> Plan:
        """No row is the free plan: nobody has to be given it."""
        return Plan(row["plan"]) if row else Plan.FREE

    def plan_of(self, listener_id: str) -> Plan:
        return self.plan_in(dynamo.get(self.name, self.key(listener_id)))

    def put_plan(self, listener_id: str, plan: Plan) -> None:
        dynamo.put(self.name, self.key(listener_id) | {"plan": str(plan)})
