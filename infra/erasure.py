"""The workflow that erases a listener: once at once, and once more when the last thing he set off has arrived."""

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs import PythonFunction, acknowledge
from infra.data import Data
from infra.functions.erasure import erasure
from infra.stage import Stage

LATE_SECONDS = 3600
"""Access tokens live ten minutes, media signatures an hour, and events are on their way for seconds."""
RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 6, "BackoffRate": 3}]


def definition() -> dict[str, object]:
    """In Amazon States Language. Repeating a step does no harm."""
    erase = {"Type": "Task", "Resource": "${erasure}", "TimeoutSeconds": 930, "Retry": RETRY}
    return {
        "StartAt": "Erase",
        "States": {
            "Erase": {**erase, "Next": "Let what is late arrive"},
            "Let what is late arrive": {"Type": "Wait", "Seconds": LATE_SECONDS, "Next": "Erase what was late"},
            "Erase what was late": {**erase, "End": True},
        },
    }


def erasure_machine(scope: Construct, data: Data, stage: Stage) -> stepfunctions.StateMachine:
    function: PythonFunction = erasure(scope, data, stage)
    machine = stepfunctions.StateMachine(
        scope,
        "ErasureMachine",
        definition_body=stepfunctions.DefinitionBody.from_string(json.dumps(definition())),
        definition_substitutions={"erasure": function.function_arn},
        tracing_enabled=True,
        logs=stepfunctions.LogOptions(
            destination=logs.LogGroup(
                scope,
                "ErasureMachineLogs",
                log_group_name=f"/aws/vendedlogs/states/legato-{stage.name}-erasure",
                retention=logs.RetentionDays(stage.log_retention),
                removal_policy=RemovalPolicy.DESTROY,
            ),
            level=stepfunctions.LogLevel.ALL,
            include_execution_data=False,
        ),
    )
    machine.add_to_role_policy(
        iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])
    )
    acknowledge(machine, **{"IAM5[Resource::*]": "X-Ray and CloudWatch's log delivery API have no resource level"})
    return machine
