"""Whether a bucket's policy lets CloudFront in. The emulator is asked as the operator, who may do everything: so the
edge judges the policy itself, or a missing one would go unnoticed until the first deployment.
"""

import json
from collections.abc import Mapping
from typing import Any

from .patterns import matches

_SERVICE = "cloudfront.amazonaws.com"


def admits(policy: str, *, action: str, resource: str, distribution_arn: str) -> bool:
    """Whether *policy* (JSON, ``""`` for none) allows CloudFront, for this distribution, the *action* on *resource*."""
    statements = _many(json.loads(policy).get("Statement", [])) if policy else []
    context = {
        "aws:sourcearn": distribution_arn,
        "aws:sourceaccount": distribution_arn.split(":")[4],
        "aws:securetransport": "true",
    }
    effects = {each["Effect"] for each in statements if _concerns(each, action, resource, context)}
    return "Allow" in effects and "Deny" not in effects


def _concerns(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]) -> bool:
    return (
        _principal(statement.get("Principal"))
        and any(matches(each.lower(), action.lower()) for each in _many(statement.get("Action", [])))
        and any(matches(each, resource) for each in _many(statement.get("Resource", [])))
        and all(_holds(operator, tests, context) for operator, tests in statement.get("Condition", {}).items())
    )


def _principal(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return _SERVICE in _many(principal.get("Service", [])) or "*" in _many(principal.get("AWS", []))
    return bool(principal == "*")


def _holds(operator: str, tests: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    negated = "Not" in operator
    for key, wanted in tests.items():
        value = context.get(key.lower())
        values = [str(each).lower() if operator == "Bool" else str(each) for each in _many(wanted)]
        found = value is not None and any(
            matches(each, value) if "Equals" not in operator else each == value for each in values
        )
        if operator.startswith("Arn") and value is not None:  # ArnEquals takes wildcards too
            found = any(matches(each, value) for each in values)
        if found == negated:
            return False
    return True


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
