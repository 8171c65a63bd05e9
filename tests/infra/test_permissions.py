"""Who may do what, as one table a reviewer can read: a new permission is a new line here."""

import pytest

from tests.infra.cloud import Cloud

STREAM = "DescribeStream GetRecords GetShardIterator"
NO_RESOURCE_LEVEL = {
    "xray:PutTelemetryRecords": "X-Ray knows no resources",
    "xray:PutTraceSegments": "X-Ray knows no resources",
    "xray:GetSamplingRules": "X-Ray knows no resources",
    "xray:GetSamplingTargets": "X-Ray knows no resources",
    "dynamodb:ListStreams": "lists them all or none; Lambda asks for it before it reads a stream",
    "logs:CreateLogDelivery": "vended logs: log deliveries have no ARN",
    "logs:DeleteLogDelivery": "vended logs: log deliveries have no ARN",
    "logs:DescribeLogGroups": "vended logs: Step Functions looks the group up by listing",
    "logs:DescribeResourcePolicies": "vended logs: resource policies have no ARN",
    "logs:GetLogDelivery": "vended logs: log deliveries have no ARN",
    "logs:ListLogDeliveries": "vended logs: log deliveries have no ARN",
    "logs:PutResourcePolicy": "vended logs: resource policies have no ARN",
    "logs:UpdateLogDelivery": "vended logs: log deliveries have no ARN",
}
"""Every action that is allowed on ``*``, and why (AWS Service Authorization Reference)."""

MATRIX = {
    # --- the Identity API
    "identity": {
        "table Identity": "DeleteItem GetItem PutItem Query UpdateItem",
        "table Billing": "GetItem",
        "function Mail": "InvokeFunction",
        "secret TokenKeys": "GetSecretValue",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "mail": {"table Identity": "GetItem PutItem"},  # and SES, where a sender is named: test_mail.py
    "key_rotation": {
        "secret TokenKeys": "GetSecretValue PutSecretValue",
        "key Key": "Decrypt GenerateDataKey",
    },
    # --- the API
    "account": {
        "table Identity": "DeleteItem GetItem PutItem Query UpdateItem",
        "table Billing": "GetItem Query",
        "table Library": "Query",
        "table Playback": "Query",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
        "machine ErasureMachine": "StartExecution",
    },
    "audit": {"table Audit": "Query", "table Audit/index/listing": "Query"},
    "billing": {
        "table Billing": "GetItem PutItem Query",
        "queue BillingQueue": "SendMessage",
        "secret Stripe": "GetSecretValue",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "billing_events": {
        "table Billing": "GetItem PutItem Query UpdateItem",
        "queue BillingQueue": "DeleteMessage GetQueueAttributes ReceiveMessage",
        "secret Stripe": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "erasure": {
        "queue BillingQueue": "SendMessage",
        "table Identity": "DeleteItem GetItem Query",
        "table Billing": "DeleteItem GetItem Query",
        "table Library": "DeleteItem Query",
        "table Playback": "DeleteItem Query UpdateItem",
        "table Telemetry": "UpdateItem",
        "bucket FailureBucket": "ListBucket",
        "bucket FailureBucket/events/*": "DeleteObject GetObject",
    },
    "Api ErasureMachine": {"function Erasure": "InvokeFunction"},
    "catalog": {
        "table Catalog": "BatchGetItem GetItem Query",
        "table Catalog/index/listing": "Query",
        "table Rights": "BatchGetItem",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "downloads": {
        "table Playback": "BatchGetItem DeleteItem PutItem Query",
        "table Rights": "BatchGetItem",
        "table Media": "BatchGetItem",
        "table Billing": "BatchGetItem",
        "secret MediaKeys1": "GetSecretValue",
        "secret Licence": "GetSecretValue",
        "secret PlayKeys": "GetSecretValue",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "editorial": {
        "table Catalog": "BatchGetItem DeleteItem GetItem PutItem Query UpdateItem",
        "table Catalog/index/listing": "Query",
    },
    "events": {"stream EventStream": "PutRecords"},
    "ingests": {
        "table Ingest": "BatchGetItem GetItem PutItem",
        "table Ingest/index/listing": "Query",
        "table Audit": "PutItem",
        "event bus": "PutEvents",
        "bucket InboxBucket/inbox/*": "PutObject",
    },
    "library": {
        "table Library": "BatchGetItem DeleteItem GetItem PutItem Query UpdateItem",
        "table Catalog": "BatchGetItem",
        "table Rights": "BatchGetItem",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "licences": {
        "table Playback": "BatchGetItem",
        "table Rights": "BatchGetItem",
        "table Billing": "BatchGetItem",
        "secret ContentMaster": "GetSecretValue",
        "secret Licence": "GetSecretValue",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "playback": {
        "table Playback": "BatchGetItem GetItem PutItem UpdateItem",
        "table Rights": "BatchGetItem",
        "table Media": "BatchGetItem",
        "table Billing": "BatchGetItem",
        "secret MediaKeys1": "GetSecretValue",
        "secret PlayKeys": "GetSecretValue",
        "secret Licence": "GetSecretValue",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "rights": {
        "table Rights": "GetItem Query UpdateItem",
        "table Catalog": "BatchGetItem",
        "table Audit": "PutItem",
    },
    "search": {
        "table Catalog": "BatchGetItem",
        "table Rights": "BatchGetItem",
        "bucket IndexBucket": "ListBucket",
        "bucket IndexBucket/search/*": "GetObject",
        "secret Origin": "GetSecretValue",
        "key Key": "Decrypt",
    },
    # --- ingest
    "inspect": {
        "bucket InboxBucket/inbox/*": "GetObject",
        "bucket WorkBucket/ingest/*": "PutObject",
        "bucket ArtBucket/art/*": "PutObject",
        "table Ingest": "DeleteItem GetItem UpdateItem",
    },
    "encode": {
        "bucket InboxBucket/inbox/*": "GetObject",
        "bucket WorkBucket/ingest/*": "GetObject PutObject",
        "bucket MediaBucket/media/*": "PutObject",
        "table Ingest": "UpdateItem",
        "secret ContentMaster": "GetSecretValue",
        "key Key": "Decrypt",
    },
    "publish": {
        "bucket WorkBucket/ingest/*": "GetObject",
        "bucket MediaBucket/media/*": "GetObject",
        "table Ingest": "PutItem UpdateItem",
        "table Catalog": "DeleteItem PutItem Query",
        "table Media": "PutItem",
        "table Rights": "GetItem PutItem UpdateItem",
    },
    "Ingest Machine": {
        "function Inspect": "InvokeFunction",
        "function Encode": "InvokeFunction",
        "function Publish": "InvokeFunction",
        "queue Missed": "SendMessage",
    },
    "Ingest MachineEvents": {"machine Machine": "StartExecution"},
    # --- events
    "history": {
        "stream EventStream": f"{STREAM} DescribeStreamSummary ListShards",
        "table Catalog": "BatchGetItem",
        "table Telemetry": "BatchGetItem PutItem",
        "table Library": "DeleteItem PutItem",
        "secret PlayKeys": "GetSecretValue",
        "key Key": "Decrypt",
        "bucket FailureBucket": "ListBucket",
        "bucket FailureBucket/aws-lambda/*": "PutObject",
        "bucket FailureBucket/events/*": "PutObject",
    },
    "indexer": {
        "stream of Catalog": STREAM,
        "bucket IndexBucket": "ListBucket",
        "bucket IndexBucket/search/*": "DeleteObject GetObject PutObject",
        "bucket FailureBucket": "ListBucket",
        "bucket FailureBucket/aws-lambda/*": "PutObject",
    },
    "edge_writer": {
        "stream of Playback": STREAM,
        "stream of Rights": STREAM,
        "table Playback": "BatchGetItem",
        "table Rights": "BatchGetItem",
        "store EdgeExceptions": "DescribeKeyValueStore ListKeys UpdateKeys",
        "bucket FailureBucket": "ListBucket",
        "bucket FailureBucket/aws-lambda/*": "PutObject",
    },
    # --- custom resources
    "key_pair": {
        "secret ContentMaster": "GetSecretValue PutSecretValue",
        "secret MediaKeys1": "GetSecretValue PutSecretValue",
        "secret PlayKeys": "GetSecretValue PutSecretValue",
        "secret TokenKeys": "GetSecretValue PutSecretValue",
        "key Key": "Decrypt GenerateDataKey",
    },
    "site": {
        "bucket of the CDK's assets": "GetObject",
        "bucket SiteBucket": "ListBucket",
        "bucket SiteBucket/*": "DeleteObject PutObject",
    },
}


@pytest.fixture(scope="module")
def granted(assembly):
    """``(who, on what) → actions``, out of every policy of every template."""
    cloud, found = Cloud(assembly), {}
    for stack, _, properties in cloud.resources("AWS::IAM::Policy"):
        [role] = [each["Ref"] for each in properties["Roles"]]
        who = cloud.function_of(stack, role) or f"{stack} {role[:-8].removesuffix('Role')}"
        for statement in properties["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow" and not {"NotAction", "NotResource"} & set(statement)
            for resource in _listed(statement["Resource"]):
                what = cloud.named(stack, resource)
                what = "bucket of the CDK's assets" if ":::cdk-" in what else what
                found.setdefault((who, what), set()).update(_listed(statement["Action"]))
    return found


def test_everybody_may_do_exactly_this(granted):
    shown = {}
    for (who, what), actions in granted.items():
        if what != "*" and not what.startswith("log "):
            shown.setdefault(who, {})[what] = {action.partition(":")[2] for action in actions}
    assert shown == {who: {w: set(a.split()) for w, a in rows.items()} for who, rows in MATRIX.items()}


def test_nobody_may_change_or_delete_what_stands_in_the_audit_log(granted):
    on_audit = {action for (_, what), actions in granted.items() if "table Audit" in what for action in actions}
    assert on_audit == {"dynamodb:PutItem", "dynamodb:Query"}


def test_no_action_has_a_wildcard(granted):
    assert not [action for actions in granted.values() for action in actions if "*" in action]


def test_only_what_has_no_resource_level_is_allowed_on_everything(granted):
    everywhere = {action for (_, what), actions in granted.items() if what == "*" for action in actions}
    assert everywhere == set(NO_RESOURCE_LEVEL)


def test_a_function_writes_to_its_own_log_alone(granted):
    written = {}
    for (who, what), actions in granted.items():
        if what.startswith("log "):
            assert actions == {"logs:CreateLogStream", "logs:PutLogEvents"}
            written.setdefault(who, []).append(what)
    assert all(len(logs) == 1 for logs in written.values())
    assert len({logs[0] for logs in written.values()}) == len(written) == len(MATRIX) - 3  # the machines and a rule


def test_no_role_has_a_policy_that_aws_manages(assembly):
    for _, name, properties in Cloud(assembly).resources("AWS::IAM::Role"):
        assert not properties.get("ManagedPolicyArns") and not properties.get("Policies"), name


def test_every_function_has_a_role_of_its_own(assembly):
    roles = [(s, p["Role"]["Fn::GetAtt"][0]) for s, _, p in Cloud(assembly).resources("AWS::Lambda::Function")]
    assert len(set(roles)) == len(roles)


def _listed(value):
    return value if isinstance(value, list) else [value]
