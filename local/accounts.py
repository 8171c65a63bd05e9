"""The accounts that a fresh local platform has: one for each plan, and an operator."""

import json
import os
import secrets
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from legato.billing.model import Plan
from legato.billing.table import BillingTable
from legato.identity.inputs import address
from legato.identity.model import Role
from legato.identity.table import NOBODY, IdentityTable

SEEDED = {
    "free": (Plan.FREE, False),
    "premium": (Plan.PREMIUM, False),
    "hifi": (Plan.HIFI, False),
    "admin": (Plan.HIFI, True),
}
"""Name → plan, and whether it operates the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """As ``up.json`` lists it."""

    email: str
    password: str
    plan: str
    roles: list[str]


def seed(url: str, memory: Path, *, identity: IdentityTable, billing: BillingTable) -> list[Account]:
    """Register who is missing, over the API as anybody would; plans and the role come from the operator's side.

    *memory* keeps the passwords, which are made here, for the next start.
    """
    known: dict[str, str] = json.loads(memory.read_text()) if memory.exists() else {}
    passwords = {name: known.get(name) or secrets.token_urlsafe(12) for name in SEEDED}
    if passwords != known:
        with os.fdopen(os.open(memory, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(passwords, file)
    accounts = []
    for name, (plan, operates) in SEEDED.items():
        account = Account(
            email=f"{name}@legato.example",
            password=passwords[name],
            plan=str(plan),
            roles=[str(Role.ADMIN)] if operates else [],
        )
        who = address(account.email).key
        if identity.listener_of(who) == NOBODY:  # asking the API would count as a guess, at every start
            _register(url, account, name.title())
        billing.put_plan(identity.listener_of(who), plan)
        if operates:
            identity.grant_role(who, Role.ADMIN)
        accounts.append(account)
    return accounts


def token(url: str, account: Account) -> str:
    """A fresh access token of *account*."""
    answer = _post(
        url, "/v1/auth/token", {"grant_type": "password", "email": account.email, "password": account.password}
    )
    return str(answer["access_token"])


def listed(accounts: list[Account]) -> list[dict[str, Any]]:
    return [asdict(account) for account in accounts]


def _register(url: str, account: Account, display_name: str) -> None:
    _post(
        url, "/v1/auth/register", {"email": account.email, "password": account.password, "display_name": display_name}
    )


def _post(url: str, path: str, body: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 -- our own
        url + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own
        content: dict[str, Any] = json.load(answer)
    return content
