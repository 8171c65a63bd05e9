"""The running platform, and who listens to it."""

import pytest

from tests.journeys.listener import Listener


@pytest.fixture
def accounts(platform):
    """Account by plan, and ``admin`` by role."""
    known = {account["plan"]: account for account in platform.up["accounts"] if not account["roles"]}
    return known | {"admin": next(account for account in platform.up["accounts"] if "admin" in account["roles"])}


@pytest.fixture
def listener(platform, accounts):
    """``listener("hifi")``: signed in, in Germany unless told otherwise."""
    return lambda plan, country="DE": Listener(platform.url, accounts[plan], country)
