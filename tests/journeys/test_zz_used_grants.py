"""What the roles may and no journey needs: each such grant has its reason here. Runs last of the journeys."""

import json
from pathlib import Path

import pytest

from local.cloud.shims.used_grants import FILE
from tests.infra.cloud import Cloud

NO_KEY = "ministack's secrets have no KMS key; Secrets Manager asks AWS's with the caller's rights"
POLLER = "Lambda's own poller of a stream asks; ministack's does not"
LAST_RESORT = "where a batch goes that failed to the end; tests/local/test_stream_batches.py makes some fail"
NOT_FOUND = "turns the answer for a missing object from 403 into 404; ministack answers 404 anyway"
SET_ASIDE = "events that no version of the code can read; tests/functions/history and identity/test_erasure.py"
EDITED = "an operator edits the catalogue; tests/functions/editorial"
FAILS = "an ingest that fails by our own fault; tests/functions/ingest/test_fault_run.py"
NO_STRIPE = "the journeys pay nothing; tests/functions/billing does"
MONTHLY = "the schedule runs once in weeks; tests/functions/key_rotation"

UNUSED = {
    ("billing", "key Key", "Decrypt"): NO_KEY,
    ("billing_events", "key Key", "Decrypt"): NO_KEY,
    ("account", "key Key", "Decrypt"): NO_KEY,
    ("catalog", "key Key", "Decrypt"): NO_KEY,
    ("downloads", "key Key", "Decrypt"): NO_KEY,
    ("edge_writer", "bucket FailureBucket", "ListBucket"): LAST_RESORT,
    ("edge_writer", "bucket FailureBucket/aws-lambda/*", "PutObject"): LAST_RESORT,
    **{
        ("editorial", "table Catalog", action): EDITED
        for action in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
    },
    ("editorial", "table Catalog/index/listing", "Query"): EDITED,
    ("encode", "key Key", "Decrypt"): NO_KEY,
    ("erasure", "bucket FailureBucket/events/*", "DeleteObject"): SET_ASIDE,
    ("erasure", "bucket FailureBucket/events/*", "GetObject"): SET_ASIDE,
    ("history", "key Key", "Decrypt"): NO_KEY,
    ("history", "bucket FailureBucket", "ListBucket"): LAST_RESORT,
    ("history", "bucket FailureBucket/aws-lambda/*", "PutObject"): LAST_RESORT,
    ("history", "bucket FailureBucket/events/*", "PutObject"): SET_ASIDE,
    ("history", "stream EventStream", "DescribeStreamSummary"): POLLER,
    ("history", "stream EventStream", "ListShards"): POLLER,
    ("identity", "key Key", "Decrypt"): NO_KEY,
    (
        "identity",
        "table Identity",
        "Query",
    ): "a password set anew ends every session; tests/local/identity/test_mail.py",
    ("indexer", "bucket FailureBucket", "ListBucket"): LAST_RESORT,
    ("indexer", "bucket FailureBucket/aws-lambda/*", "PutObject"): LAST_RESORT,
    ("indexer", "bucket IndexBucket", "ListBucket"): NOT_FOUND,
    ("Ingest Machine", "queue Missed", "SendMessage"): FAILS,
    ("ingests", "table Ingest", "BatchGetItem"): FAILS,
    ("key_pair", "key Key", "Decrypt"): NO_KEY,
    ("key_pair", "key Key", "GenerateDataKey"): NO_KEY,
    ("key_rotation", "key Key", "Decrypt"): NO_KEY,
    ("key_rotation", "key Key", "GenerateDataKey"): NO_KEY,
    ("key_rotation", "secret TokenKeys", "GetSecretValue"): MONTHLY,
    ("key_rotation", "secret TokenKeys", "PutSecretValue"): MONTHLY,
    ("library", "key Key", "Decrypt"): NO_KEY,
    ("licences", "key Key", "Decrypt"): NO_KEY,
    ("playback", "key Key", "Decrypt"): NO_KEY,
    ("search", "bucket IndexBucket", "ListBucket"): NOT_FOUND,
    ("search", "key Key", "Decrypt"): NO_KEY,
}
"""Grants that no journey uses, and why they are there."""

AT_TIMES = {
    ("billing", "queue BillingQueue", "SendMessage"): NO_STRIPE,
    ("billing", "secret Stripe", "GetSecretValue"): NO_STRIPE,
    ("billing", "table Billing", "GetItem"): NO_STRIPE,
    ("billing", "table Billing", "PutItem"): NO_STRIPE,
    ("billing", "table Billing", "Query"): NO_STRIPE,
    ("billing", "secret Origin", "GetSecretValue"): NO_STRIPE,
    ("billing_events", "queue BillingQueue", "DeleteMessage"): NO_STRIPE,
    ("billing_events", "queue BillingQueue", "GetQueueAttributes"): NO_STRIPE,
    ("billing_events", "queue BillingQueue", "ReceiveMessage"): NO_STRIPE,
    ("billing_events", "secret Stripe", "GetSecretValue"): NO_STRIPE,
    ("billing_events", "table Billing", "GetItem"): NO_STRIPE,
    ("billing_events", "table Billing", "PutItem"): NO_STRIPE,
    ("billing_events", "table Billing", "Query"): NO_STRIPE,
    ("billing_events", "table Billing", "UpdateItem"): NO_STRIPE,
    ("erasure", "queue BillingQueue", "SendMessage"): NO_STRIPE,
    ("erasure", "table Identity", "DeleteItem"): "what the account's own function has not deleted before",
    (
        "edge_writer",
        "store EdgeExceptions",
        "ListKeys",
    ): "every ten minutes it forgets sessions whose signatures ran out",
    ("history", "table Library", "DeleteItem"): "a play's first event that comes in a later batch moves its line",
    ("indexer", "bucket IndexBucket/search/*", "DeleteObject"): "files of versions that nobody reads any more",
    ("publish", "table Catalog", "DeleteItem"): "songs whose place on the album changed",
    ("site", "bucket SiteBucket/*", "DeleteObject"): "files that the web app before this one had",
}
"""Grants that a journey may use or not, by how things fall."""


@pytest.fixture(scope="module")
def grants(platform):
    """``(role, action, resource)`` as the cloud has them → ``(who, what, action)`` as people say it, of every policy."""
    assembly = (platform.state / "cdk.out").resolve()
    cloud, cloudformation, iam = Cloud(assembly), platform.aws("cloudformation"), platform.aws("iam")
    manifest = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    found = {}
    for stack in cloud.templates:
        name = manifest[stack]["properties"]["stackName"]
        resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        real = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
        policies = [p for s, _, p in cloud.resources("AWS::IAM::Policy") if s == stack]
        for policy in policies:
            [role] = [each["Ref"] for each in policy["Roles"]]
            who = cloud.function_of(stack, role) or f"{stack} {role[:-8].removesuffix('Role')}"
            deployed = iam.get_role_policy(RoleName=real[role], PolicyName=policy["PolicyName"])["PolicyDocument"]
            statements = zip(policy["PolicyDocument"]["Statement"], deployed["Statement"], strict=True)
            for written, known in statements:
                places = zip(_listed(written["Resource"]), _listed(known["Resource"]), strict=True)
                for what, resource in ((cloud.named(stack, value), real_one) for value, real_one in places):
                    for action in _listed(written["Action"]):
                        found[real[role], action, resource] = (who, what, action.partition(":")[2])
    return found


@pytest.fixture(scope="module")
def used(platform):
    """``(role, action, resource)`` of every statement that has let a call through since the platform was made."""
    return {tuple(json.loads(line)) for line in (platform.state / "cloud" / FILE).read_text().splitlines()}


def test_whatever_was_allowed_was_allowed_by_a_statement_of_a_template(grants, used):
    assert used
    assert used - grants.keys() == set()
    assert ("playback", "table Rights", "BatchGetItem") in {grants[each] for each in used}


def test_what_no_journey_uses_is_listed_with_its_reason(request, grants, used):
    journeys = {path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)}
    narrowed = request.config.option.keyword or request.config.option.markexpr
    if narrowed or not journeys <= {item.path for item in request.session.items}:
        pytest.skip("says something only after all journeys")
    needed = {grants[each] for each in used}
    # Lambda, X-Ray and vended logs write with these, not the function's code: tests/infra/test_permissions.py has them.
    granted = {each for each in grants.values() if each[1] != "*" and not each[1].startswith("log ")}
    assert (
        granted - needed - AT_TIMES.keys() - UNUSED.keys() == set()
    )  # for a new one: a journey, a reason, or away with it
    assert UNUSED.keys() - (granted - needed) == set()
    assert AT_TIMES.keys() <= granted


def _listed(value):
    return value if isinstance(value, list) else [value]
