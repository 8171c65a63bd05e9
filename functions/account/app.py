"""Account: what a listener may see and change about himself, take along, and have erased."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from legato.api import GUARDED, new_api
from legato.billing.table import BillingTable
from legato.caller import Caller, caller
from legato.config import load
from legato.identity import inputs
from legato.identity.model import Account
from legato.identity.table import IdentityTable

from .settings import Settings

app = new_api()
settings = cache(lambda: load(Settings))
table = cache(lambda: IdentityTable(settings().identity_table))
plans = cache(lambda: BillingTable(settings().billing_table))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    id: str
    email: str
    email_verified: bool
    display_name: str
    roles: list[str]
    plan: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    __pydantic_config__ = {"extra": "forbid"}
    display_name: str | None = None


@app.get("/v1/me", operation_id="getMe", tags=["account"], summary="Who am I", security=GUARDED)
def get_me() -> Profile:
    return _profile(table().account(_caller().id))


@app.patch("/v1/me", operation_id="changeMe", tags=["account"], summary="Change my profile", security=GUARDED)
def change_me(change: ProfileChange) -> Profile:
    if change.display_name is not None:
        table().rename(_caller().id, inputs.display_name(change.display_name))
    return _profile(table().account(_caller().id))


def _profile(account: Account) -> Profile:
    return Profile(
        id=account.id,
        email=account.email,
        email_verified=account.verified_at is not None,
        display_name=account.display_name,
        roles=sorted(account.roles),
        plan=str(plans().plan_of(account.id)),
        created_at=account.created_at,
    )


def _caller() -> Caller:
    return caller(app.current_event.raw_event)
