"""The issuer of tokens, on its own public API: the guarded API's authorizer needs it alive when it is made."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs import HttpApi
from infra.data import Data
from infra.functions.identity import identity
from infra.functions.key_rotation import key_rotation
from infra.functions.mail import mail
from infra.openapi import routes
from infra.stage import Stage

PUBLIC = frozenset({"identity"})
"""Functions on this API. Every other one in the document is on the guarded API."""


class Identity(Stack):
    def __init__(self, scope: Construct, id: str, *, stage: Stage, data: Data) -> None:
        super().__init__(
            scope, id, stack_name=f"legato-{stage.name}-identity", description="Legato: who the listeners are"
        )
        self.api = HttpApi(self, "IdentityApi", stage=stage, about="Accounts and tokens (OpenID Connect)")
        function = identity(self, data, stage, issuer=self.api.url, mail=mail(self, data, stage))
        self.api.route([r for r in routes() if r.function in PUBLIC], {"identity": function})
        events.Rule(
            self,
            "RotateTokenKeys",
            description="A signing key serves a month; a run that comes twice adds none",
            schedule=events.Schedule.rate(Duration.days(30)),
            targets=[targets.LambdaFunction(key_rotation(self, data, stage))],
        )
