"""The synthesised templates are the only schema: tests build their tables from them."""

import json
from functools import cache

import boto3
import pytest
from botocore.session import Session
from hypothesis import HealthCheck, settings
from moto import mock_aws
from xdist.scheduler import LoadScopeScheduling

from legato import dynamo, secrets
from tests.assembly import data_template, synthesised
from tests.running import platform
from tests.scans import refuse_scans

__all__ = ["platform"]

# A busy machine is no reason to fail: what is slow is told by bench/.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

USERS_OF_THE_PLATFORM = (
    "tests/journeys/",
    "tests/local/identity/",
    "tests/local/test_grants",
    "tests/local/test_stream_cap",
)
SCHEMA = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "StreamSpecification")


class OnePlatform(LoadScopeScheduling):
    """Whatever uses the one platform runs in one process, in order; of the rest, each file does."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return "platform" if file.startswith(USERS_OF_THE_PLATFORM) else file


def pytest_xdist_make_scheduler(config, log):
    return OnePlatform(config, log)


@pytest.fixture(scope="session")
def assembly():
    """The folder of the synthesised cloud."""
    return synthesised()


@pytest.fixture(scope="session")
def template(assembly):
    """``template("Data")`` is that stack's template."""
    return cache(lambda stack: json.loads((assembly / f"{stack}.template.json").read_text()))


@pytest.fixture(scope="session", autouse=True)
def no_scans():
    """Nothing of ours scans a table, whatever a test asks of it. Tests do, by clients of boto3."""
    make = Session.create_client

    def create_client(session, service, *args, **more):
        client = make(session, service, *args, **more)
        ours = service == "dynamodb" and session.user_agent_name != "Boto3"
        return refuse_scans(client) if ours else client

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "create_client", create_client)
        yield


@pytest.fixture
def aws(monkeypatch):
    """An empty AWS account in this process, and clients that have not seen another."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    _forget()
    with mock_aws():
        yield
    _forget()


@pytest.fixture
def tables(aws):
    """Every table of the Data stack, empty: its name in the code → its name in AWS."""
    dynamodb = boto3.client("dynamodb")
    made = {}
    for name, resource in data_template()["Resources"].items():
        if resource["Type"] != "AWS::DynamoDB::Table":
            continue
        properties = resource["Properties"]
        schema = {key: value for key, value in properties.items() if key in SCHEMA}
        if "StreamSpecification" in schema:
            schema["StreamSpecification"] = {"StreamEnabled": True} | schema["StreamSpecification"]
        made[name] = f"legato-test-{name.lower()}"
        dynamodb.create_table(TableName=made[name], **schema)
        if expiry := properties.get("TimeToLiveSpecification"):
            dynamodb.update_time_to_live(TableName=made[name], TimeToLiveSpecification=expiry)
    return made


def _forget():
    dynamo.client.cache_clear()
    secrets.client.cache_clear()
    secrets.forget()
