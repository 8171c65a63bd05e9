"""A Lambda function whose import path is the same in the repository and in the cloud."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import AssetHashType, Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.python_layer import CORE, PythonLayer, architecture
from infra.stage import Stage
from legato.config import dump
from tools.bundle import ROOT, bundle


class PythonFunction(lambda_.Function):
    """One function, one role that may do nothing yet, one log group with an end."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        package: str,
        stage: Stage,
        settings: Any = None,
        layers: Sequence[str] = (),
        memory_mb: int | None = None,
        timeout_s: int = 10,
        scratch_mb: int | None = None,
        one_at_a_time: bool = False,
    ) -> None:
        folder, digest = bundle(package, ROOT, ("functions/__init__.py", f"functions/{package}"), "/var/task")
        log_group = logs.LogGroup(
            scope,
            f"{id}Logs",
            retention=logs.RetentionDays(stage.log_retention),
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(scope, f"{id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        super().__init__(
            scope,
            id,
            code=lambda_.Code.from_asset(str(folder), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM),
            handler=f"functions.{package}.handler.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=architecture(stage),
            role=role,
            log_group=log_group,
            tracing=lambda_.Tracing.ACTIVE,
            memory_size=memory_mb or stage.memory_mb,
            timeout=Duration.seconds(timeout_s),
            ephemeral_storage_size=Size.mebibytes(scratch_mb) if scratch_mb else None,
            reserved_concurrent_executions=1 if one_at_a_time else None,
            environment={"POWERTOOLS_SERVICE_NAME": package} | (dump(settings) if settings is not None else {}),
            layers=[PythonLayer.of(scope, layer, stage) for layer in (CORE, *layers)],
        )
        self.package = package
        self.own_role = role
        self.allow("logs:CreateLogStream", "logs:PutLogEvents", on=log_group.log_group_arn)
        acknowledge(
            role,
            **{
                "IAM5[Resource::*]": "What has no resource level in IAM, X-Ray for one: tests/infra/test_permissions.py lists it all"
            },
        )
        acknowledge(self, L1="Python 3.13 until every wheel in requirements.lock has a build for a later one")

    def allow(self, *actions: str, on: str | Sequence[str]) -> None:
        """Let the function's own role do exactly *actions* on exactly these ARNs."""
        resources = [on] if isinstance(on, str) else list(on)
        self.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=resources))
