"""From a file in the inbox to a song in the catalogue: S3 → EventBridge → Step Functions."""

import json
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs import PythonFunction, acknowledge
from infra.data import Data
from infra.functions.encode import encode
from infra.functions.inspect import inspect
from infra.functions.publish import publish
from infra.ingest_steps import definition
from infra.stage import Stage


class Ingest(Stack):
    def __init__(self, scope: Construct, id: str, *, stage: Stage, data: Data) -> None:
        super().__init__(scope, id, stack_name=f"legato-{stage.name}-ingest", description="Legato: music comes in")
        steps = {make.__name__: make(self, data, stage) for make in (inspect, encode, publish)}
        self.missed = sqs.Queue(
            self,
            "Missed",
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(
            self.missed,
            SQS3="It is the dead-letter queue itself: ingests that failed, and uploads that started no execution",
        )
        self.machine = self._machine(stage, steps)
        self._starts(
            "Uploaded",
            "A file has arrived in the inbox",
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": [data.inbox_bucket.bucket_name]}, "object": {"key": [{"prefix": "inbox/"}]}},
        )
        self._starts(
            "Redriven",
            "An operator wants a delivery tried again",
            source=["legato.ingest"],
            detail_type=["Redrive Requested"],
            detail={"bucket": {"name": [data.inbox_bucket.bucket_name]}},
        )

    def _starts(self, id: str, about: str, **pattern: Any) -> None:
        """An execution for each event of this kind; what starts none is a dead letter."""
        events.Rule(
            self,
            id,
            description=about,
            event_pattern=events.EventPattern(**pattern),
            targets=[
                targets.SfnStateMachine(
                    self.machine,
                    dead_letter_queue=self.missed,
                    retry_attempts=24,
                    max_event_age=Duration.hours(12),
                )
            ],
        )

    def _machine(self, stage: Stage, steps: dict[str, PythonFunction]) -> stepfunctions.StateMachine:
        machine = stepfunctions.StateMachine(
            self,
            "Machine",
            definition_body=stepfunctions.DefinitionBody.from_string(json.dumps(definition())),
            definition_substitutions={name: function.function_arn for name, function in steps.items()}
            | {"dead_letters": self.missed.queue_url},
            tracing_enabled=True,
            logs=stepfunctions.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "MachineLogs",
                    log_group_name=f"/aws/vendedlogs/states/legato-{stage.name}-ingest",
                    retention=logs.RetentionDays(stage.log_retention),
                    removal_policy=RemovalPolicy.DESTROY,
                ),
                level=stepfunctions.LogLevel.ALL,
                include_execution_data=False,
            ),
        )
        arns = [function.function_arn for function in steps.values()]
        machine.add_to_role_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=arns))
        machine.add_to_role_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.missed.queue_arn]))
        acknowledge(machine, **{"IAM5[Resource::*]": "X-Ray and CloudWatch's log delivery API have no resource level"})
        return machine
