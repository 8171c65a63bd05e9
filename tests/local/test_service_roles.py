"""What a service does with its role is judged like what a function does: allowed with the grant, refused without."""

import json

import pytest

from tests.local.conftest import a_function, a_role, allow, eventually

ECHO = "def handler(event, context):\n    return 'played'\n"
NOTE = "import os, pathlib\ndef handler(event, context):\n    print('called')\n"


def a_machine(role: str, resource: str = "arn:aws:states:::lambda:invoke", **parameters) -> dict:
    task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    return {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::GetAtt": [role, "Arn"]},
            "DefinitionString": {"Fn::Sub": json.dumps({"StartAt": "Task", "States": {"Task": task}})},
        },
    }


def finished(aws, machine: str) -> dict:
    states = aws("stepfunctions")
    run = states.start_execution(stateMachineArn=machine)["executionArn"]
    eventually(lambda: states.describe_execution(executionArn=run)["status"] != "RUNNING")
    return states.describe_execution(executionArn=run)


def test_a_state_machine_calls_a_function_only_with_the_right_to(stack, aws):
    arn = {"Fn::GetAtt": ["Function", "Arn"]}
    made = stack(
        {
            "Role": a_role(),
            "Function": a_function(ECHO),
            "May": a_role(allow("lambda:InvokeFunction", arn), service="states.amazonaws.com"),
            "MayNot": a_role(allow("lambda:GetFunction", arn), service="states.amazonaws.com"),
            "Good": a_machine("May", FunctionName="${Function}"),
            "Bad": a_machine("MayNot", FunctionName="${Function}"),
        },
        {"Good": {"Ref": "Good"}, "Bad": {"Ref": "Bad"}},
    )
    assert finished(aws, made.out["Good"])["status"] == "SUCCEEDED"
    refused = finished(aws, made.out["Bad"])
    assert (refused["status"], refused["error"]) == ("FAILED", "Lambda.AWSLambdaException")
    assert "not authorized to perform: lambda:InvokeFunction" in refused["cause"]


def test_a_state_machine_writes_a_row_only_with_the_right_to(stack, aws):
    key = {"AttributeName": "pk", "AttributeType": "S"}
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [key],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        },
    }
    put = {"resource": "arn:aws:states:::dynamodb:putItem", "TableName": "${Table}", "Item": {"pk": {"S": "a"}}}
    made = stack(
        {
            "Table": table,
            "May": a_role(allow("dynamodb:PutItem", {"Fn::GetAtt": ["Table", "Arn"]}), service="states.amazonaws.com"),
            "MayNot": a_role(service="states.amazonaws.com"),
            "Good": a_machine("May", **put),
            "Bad": a_machine("MayNot", **put),
        },
        {"Good": {"Ref": "Good"}, "Bad": {"Ref": "Bad"}},
    )
    assert finished(aws, made.out["Good"])["status"] == "SUCCEEDED"
    assert finished(aws, made.out["Bad"])["error"] == "DynamoDB.AccessDeniedException"


def test_a_task_that_cannot_be_judged_is_refused(stack, aws):
    made = stack(
        {
            "May": a_role(allow("sns:Publish", "*"), service="states.amazonaws.com"),
            "Machine": a_machine("May", resource="arn:aws:states:::sns:publish", Message="hello"),
        },
        {"Machine": {"Ref": "Machine"}},
    )
    assert "cannot judge" in finished(aws, made.out["Machine"])["cause"]


@pytest.mark.parametrize("granted", [True, False])
def test_a_rule_starts_a_state_machine_only_with_a_role_that_may(stack, aws, granted):
    machine = {"Ref": "Machine"}
    statements = [allow("states:StartExecution", machine)] if granted else []
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {"source": [f"legato.test.{granted}"]},
            "Targets": [{"Id": "m", "Arn": machine, "RoleArn": {"Fn::GetAtt": ["Starter", "Arn"]}}],
        },
    }
    made = stack(
        {
            "Role": a_role(),
            "Function": a_function(ECHO),
            "Runner": a_role(service="states.amazonaws.com"),
            "Machine": a_machine("Runner", FunctionName="${Function}"),
            "Starter": a_role(*statements, service="events.amazonaws.com"),
            "Rule": rule,
        },
        {"Machine": machine},
    )
    aws("events").put_events(Entries=[{"Source": f"legato.test.{granted}", "DetailType": "x", "Detail": "{}"}])
    runs = lambda: aws("stepfunctions").list_executions(stateMachineArn=made.out["Machine"])["executions"]  # noqa: E731
    if granted:
        assert eventually(runs)
    else:
        with pytest.raises(AssertionError):
            eventually(runs, seconds=1.5)


@pytest.mark.parametrize("permitted", [True, False])
def test_a_rule_calls_a_function_only_if_the_function_admits_it(stack, aws, permitted):
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {"source": [f"legato.call.{permitted}"]},
            "Targets": [{"Id": "f", "Arn": {"Fn::GetAtt": ["Function", "Arn"]}}],
        },
    }
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Function"},
            "Principal": "events.amazonaws.com",
            "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]},
        },
    }
    made = stack(
        {
            "Role": a_role(),
            "Function": a_function(NOTE),
            "Rule": rule,
            **({"Permission": permission} if permitted else {}),
        },
        {"Name": {"Ref": "Function"}},
    )
    aws("events").put_events(Entries=[{"Source": f"legato.call.{permitted}", "DetailType": "x", "Detail": "{}"}])

    def called():
        groups = aws("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{made.out['Name']}")["logGroups"]
        return bool(groups)

    if permitted:
        assert eventually(called)
    else:
        with pytest.raises(AssertionError):
            eventually(called, seconds=1.5)


def test_a_mapping_needs_a_function_that_may_read_the_stream(stack, aws):
    stream = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}
    arn = {"Fn::GetAtt": ["Stream", "Arn"]}
    mapping = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"EventSourceArn": arn, "FunctionName": {"Ref": "Function"}, "StartingPosition": "TRIM_HORIZON"},
    }
    reading = ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"]
    parts = {"Stream": stream, "Function": a_function(NOTE), "Mapping": mapping}
    with pytest.raises(RuntimeError, match="does not have permissions to call kinesis:DescribeStream"):
        stack({**parts, "Role": a_role()})
    stack({**parts, "Role": a_role(allow(reading, arn))})
