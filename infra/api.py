"""The API that listeners and operators use, guarded by the gateway's own JWT authorizer."""

from collections.abc import Callable
from dataclasses import replace

from aws_cdk import Stack
from constructs import Construct

from infra.constructs import HttpApi, PythonFunction
from infra.data import Data
from infra.functions.account import account
from infra.functions.audit import audit
from infra.functions.billing import billing
from infra.functions.catalog import catalog
from infra.functions.downloads import downloads
from infra.functions.editorial import editorial
from infra.functions.events import events
from infra.functions.ingests import ingests
from infra.functions.library import library
from infra.functions.licences import licences
from infra.functions.playback import playback
from infra.functions.rights import rights
from infra.functions.search import search
from infra.identity import PUBLIC
from infra.openapi import Route, routes
from infra.stage import Stage

FUNCTIONS: dict[str, Callable[[Construct, Data, Stage], PythonFunction]] = {
    "account": account,
    "audit": audit,
    "billing": billing,
    "catalog": catalog,
    "downloads": downloads,
    "editorial": editorial,
    "events": events,
    "ingests": ingests,
    "library": library,
    "licences": licences,
    "playback": playback,
    "rights": rights,
    "search": search,
}


class Api(Stack):
    def __init__(self, scope: Construct, id: str, *, stage: Stage, data: Data, issuer: str) -> None:
        super().__init__(scope, id, stack_name=f"legato-{stage.name}-api", description="Legato: the API")
        self.functions = {name: make(self, data, stage) for name, make in FUNCTIONS.items()}
        self.api = HttpApi(self, "Gateway", stage=stage, about="The API of docs/openapi.json")
        self.api.route(
            [_named(route, stage) for route in routes() if route.function not in PUBLIC],
            self.functions,
            issuer=issuer,
            audience=stage.audience,
        )


def _named(route: Route, stage: Stage) -> Route:
    """The document's scope by the name that the issuer gives it."""
    return replace(route, scopes=tuple(stage.admin_scope if s == "admin" else s for s in route.scopes))
