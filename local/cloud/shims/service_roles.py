"""What services do with their roles is judged, as what functions do: ministack checks only requests that are signed.

Covered: Step Functions' tasks (Lambda, DynamoDB, SQS), EventBridge rules and schedules (Step Functions, Lambda), event
source mappings, and API Gateway's right to call a function. What a state machine uses beyond that is refused.
"""

import json
import logging
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, eventbridge, lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners

_log = logging.getLogger("legato.roles")
_role: ContextVar[str] = ContextVar("the role of the state machine that runs here")
_POLLING = {
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "kinesis": ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"),
    "sqs": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
}
"""What an event source mapping does with the function's role (Lambda developer guide, "Execution role")."""


def install(home: Path) -> None:
    _step_functions()
    _events()
    _mappings()
    _gateway()


def role_may(role_arn: str | None, action: str, resource: str) -> bool:
    """Whether the role's own policies allow *action*."""
    name = (role_arn or "").rpartition("/")[2]
    account = get_account_id()
    principal = f"arn:aws:sts::{account}:assumed-role/{name}/service"
    context = iam.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
    )
    return bool(iam.evaluate(context, iam._gather_role_policies(name, account)).decision == "Allow")


def function_admits(function_arn: str, service: str, source_arn: str) -> bool:
    """Whether the function's resource policy lets *service* call it for *source_arn*."""
    record, _, _ = lambda_svc._get_func_record_for_ref(function_arn)
    account = get_account_id()
    context = iam.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=account,
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": account},
    )
    return bool(
        iam.evaluate_resource_policy((record or {}).get("policy"), context, service=service).decision == "Allow"
    )


def _step_functions() -> None:
    execute, call, dynamodb, invoke = (
        stepfunctions._execute_task,
        stepfunctions._call_lambda,
        stepfunctions._invoke_dynamodb,
        stepfunctions._invoke_resource,
    )

    def execute_task(state: Any, given: Any, execution: Any, context: Any) -> Any:
        machine = stepfunctions._state_machines.get((execution or {}).get("stateMachineArn", "")) or {}
        mark = _role.set(machine.get("roleArn", ""))
        try:
            return execute(state, given, execution, context)
        finally:
            _role.reset(mark)

    def check(action: str, resource: str, error: str) -> None:
        role = _role.get("")
        if not role_may(role, action, resource):
            cause = f"User: {role} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"
            raise stepfunctions._ExecutionError(error, cause)

    def call_lambda(reference: str, event: Any) -> Any:
        _, config, _ = lambda_svc._get_func_record_for_ref(reference)
        check("lambda:InvokeFunction", (config or {}).get("FunctionArn", reference), "Lambda.AWSLambdaException")
        return call(reference, event)

    def invoke_dynamodb(operation: str, given: Any) -> Any:
        action = f"dynamodb:{operation[0].upper()}{operation[1:]}"
        arn = f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{given.get('TableName')}"
        check(action, arn, "DynamoDB.AccessDeniedException")
        return dynamodb(operation, given)

    def invoke_resource(resource: str, given: Any) -> Any:
        if resource == "arn:aws:states:::sqs:sendMessage":
            account, name = given.get("QueueUrl", "").split("/")[-2:]
            check("sqs:SendMessage", f"arn:aws:sqs:{get_region()}:{account}:{name}", "SQS.AccessDenied")
        elif ":lambda:" not in resource and ":dynamodb:" not in resource:
            raise stepfunctions._ExecutionError(
                "States.Runtime", f"the local cloud cannot judge the role for {resource}"
            )
        return invoke(resource, given)

    stepfunctions._execute_task = execute_task
    stepfunctions._call_lambda = call_lambda
    stepfunctions._invoke_dynamodb = invoke_dynamodb
    stepfunctions._invoke_resource = invoke_resource


def _events() -> None:
    deliver = eventbridge._invoke_target

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> Any:
        arn, source = target.get("Arn", ""), rule.get("Arn") or ""
        service = arn.split(":")[2]
        if ":scheduler:" in source or service == "states":
            action = "lambda:InvokeFunction" if service == "lambda" else "states:StartExecution"
            allowed = role_may(target.get("RoleArn"), action, arn)
        elif service == "lambda":
            allowed = function_admits(arn, "events.amazonaws.com", source)
        else:
            allowed = True
        if not allowed:
            _log.error("AccessDenied: %s may not deliver to %s", source, arn)
            return None
        return deliver(target, event, rule, view)

    eventbridge._invoke_target = invoke_target


def _mappings() -> None:
    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    create = handler["create"]

    def create_mapping(logical: str, props: dict[str, Any], stack: str) -> Any:
        source = props["EventSourceArn"]
        _, config, _ = lambda_svc._get_func_record_for_ref(props["FunctionName"])
        for action in _POLLING[source.split(":")[2]]:
            if not role_may((config or {}).get("Role"), action, source):
                raise ValueError(f"The function execution role does not have permissions to call {action} on {source}")
        return create(logical, props, stack)

    handler["create"] = create_mapping


def _gateway() -> None:
    invoke = apigateway._invoke_lambda_proxy
    before = ("integration", "api_id", "stage", "path", "method", "headers", "body", "query_params", "route_key")
    assert invoke.__code__.co_varnames[: len(before)] == before, "ministack changed"

    async def invoke_lambda(*given: Any, **named: Any) -> Any:
        call = dict(zip(before, given, strict=False)) | named
        arn = apigateway._extract_lambda_ref_from_integration_uri(call["integration"].get("integrationUri", ""))
        route = call["route_key"].replace(" ", "")
        source = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{call['api_id']}/{call['stage']}/{route}"
        if not function_admits(arn, "apigateway.amazonaws.com", source):
            _log.error("AccessDenied: %s may not call %s", source, arn)
            return 500, {"Content-Type": "application/json"}, json.dumps({"message": "Internal Server Error"}).encode()
        return await invoke(*given, **named)

    apigateway._invoke_lambda_proxy = invoke_lambda
