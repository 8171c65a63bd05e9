"""Who listens to the running platform."""

import secrets

import pytest

from legato import dynamo
from legato.billing.table import BillingTable
from tests.journeys.listener import Client, Listener


@pytest.fixture
def accounts(platform):
    """The accounts the platform begins with: by plan, and ``admin`` by role."""
    known = {account["plan"]: account for account in platform.up["accounts"] if not account["roles"]}
    return known | {"admin": next(account for account in platform.up["accounts"] if "admin" in account["roles"])}


@pytest.fixture
def listener(platform, accounts):
    """``listener("hifi")``: one of them, signed in, in Germany unless told otherwise."""
    return lambda plan, country="DE": Listener(platform.url, accounts[plan], country)


@pytest.fixture
def newcomer(platform):
    """``newcomer("premium")``: a fresh account on that plan, which nobody else is listening with."""

    def register(plan):
        account = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_urlsafe(16)}
        answer = Client(platform.url).post("/v1/auth/register", account | {"display_name": "Newcomer"})
        assert answer.status == 201, answer.body
        row = BillingTable.key(answer.json["id"]) | {"plan": plan}
        table = platform.resource("AWS::DynamoDB::Table", "Billing")
        platform.aws("dynamodb").put_item(TableName=table, Item=dynamo.encode(row))
        return account

    return register
