"""An HTTP API whose routes are data."""

import json
from collections.abc import Iterable, Mapping

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.python_function import PythonFunction
from infra.openapi import Route
from infra.stage import Stage

# Neither the query string nor any header: both may carry what must not be written down.
_LOGGED = (
    "requestId",
    "routeKey",
    "status",
    "responseLength",
    "responseLatency",
    "integrationLatency",
    "integrationErrorMessage",
)


class HttpApi(Construct):
    """The ``$default`` stage of a throttled, logged HTTP API. Call `route` once its functions exist."""

    def __init__(self, scope: Construct, id: str, *, stage: Stage, about: str) -> None:
        super().__init__(scope, id)
        log_group = logs.LogGroup(
            self, "Log", retention=logs.RetentionDays(stage.log_retention), removal_policy=RemovalPolicy.DESTROY
        )
        api = gateway.CfnApi(
            self, "Api", name=f"legato-{stage.name}-{id.lower()}", protocol_type="HTTP", description=about
        )
        gateway.CfnStage(
            self,
            "Stage",
            api_id=api.ref,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=gateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=stage.requests_per_second, throttling_burst_limit=stage.burst
            ),
            access_log_settings=gateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn,
                format=json.dumps({name: f"$context.{name}" for name in _LOGGED}),
            ),
        )
        self.id = api.ref
        self.url = api.attr_api_endpoint
        self.domain = f"{api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"

    def route(
        self,
        routes: Iterable[Route],
        functions: Mapping[str, PythonFunction],
        *,
        issuer: str = "",
        audience: str = "",
    ) -> None:
        """Send every route to the function it names; guarded ones only with a token of *issuer* for *audience*."""
        authorizer = self._authorizer(issuer, audience) if issuer else ""
        targets = {name: self._integration(name, function) for name, function in functions.items()}
        for route in routes:
            placed = gateway.CfnRoute(
                self,
                route.key,
                api_id=self.id,
                route_key=route.key,
                target=targets[route.function],
                authorization_type="JWT" if route.guarded else "NONE",
                authorizer_id=authorizer if route.guarded else None,
                authorization_scopes=list(route.scopes) or None,
            )
            if not route.guarded:
                acknowledge(
                    placed,
                    APIG4="Public by docs/openapi.json: it serves what anybody may see, or checks its own credentials",
                )

    def _authorizer(self, issuer: str, audience: str) -> str:
        return gateway.CfnAuthorizer(
            self,
            "Tokens",
            api_id=self.id,
            name="tokens",
            authorizer_type="JWT",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=gateway.CfnAuthorizer.JWTConfigurationProperty(issuer=issuer, audience=[audience]),
        ).ref

    def _integration(self, name: str, function: PythonFunction) -> str:
        integration = gateway.CfnIntegration(
            self,
            f"{name}Integration",
            api_id=self.id,
            integration_type="AWS_PROXY",
            integration_uri=function.function_arn,
            payload_format_version="2.0",
        )
        # One permission a function, not one a route: the function's policy may hold 20 kB.
        function.add_permission(
            "Gateway",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.id}/*",
        )
        return f"integrations/{integration.ref}"
