"""The issuer of tokens, on its own public API: the guarded API's authorizer needs it alive when it is made."""

from aws_cdk import Stack
from constructs import Construct

from infra.constructs import HttpApi
from infra.data import Data
from infra.functions.identity import identity
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
        function = identity(self, data, stage, issuer=self.api.url)
        self.api.route([r for r in routes() if r.function in PUBLIC], {"identity": function})
