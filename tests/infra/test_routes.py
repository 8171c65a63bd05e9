"""The gateways' routes are those of docs/openapi.json, guarded as it says."""

import pytest

from infra.identity import PUBLIC
from infra.openapi import routes
from tests.infra.cloud import Cloud


@pytest.fixture(scope="module")
def cloud(assembly):
    return Cloud(assembly)


@pytest.fixture(scope="module")
def placed(cloud):
    """Route key → ``(stack, properties, function folder)``."""
    targets = {
        (stack, name): cloud.named(stack, properties["IntegrationUri"]).removeprefix("function ")
        for stack, name, properties in cloud.resources("AWS::ApiGatewayV2::Integration")
    }
    found = {}
    for stack, _, properties in cloud.resources("AWS::ApiGatewayV2::Route"):
        _, (_, reference) = properties["Target"]["Fn::Join"]
        found[properties["RouteKey"]] = (stack, properties, targets[stack, reference["Ref"]])
    return found


def test_every_operation_has_its_route_and_no_route_is_without_one(placed):
    assert set(placed) == {route.key for route in routes()}


def test_each_route_ends_at_the_function_that_the_document_names(cloud, placed):
    folders = {
        cloud.named(stack, {"Ref": name}).removeprefix("function "): properties["Environment"]["Variables"][
            "POWERTOOLS_SERVICE_NAME"
        ]
        for stack, name, properties in cloud.resources("AWS::Lambda::Function")
    }
    for route in routes():
        stack, _, target = placed[route.key]
        assert folders[target] == route.function
        assert stack == ("Identity" if route.function in PUBLIC else "Api")


def test_guarded_routes_ask_for_a_token_and_the_operators_for_their_scope(placed):
    for route in routes():
        _, properties, _ = placed[route.key]
        assert (properties["AuthorizationType"] == "JWT") is route.guarded, route.key
        assert ("AuthorizerId" in properties) is route.guarded, route.key
        assert tuple(properties.get("AuthorizationScopes", ())) == route.scopes, route.key


@pytest.mark.parametrize(
    "prefix", ["/v1/me", "/v1/playback", "/v1/licences", "/v1/downloads", "/v1/events", "/v1/admin", "/v1/radio"]
)
def test_what_the_contract_guards_is_guarded(prefix):
    for route in routes():
        if route.path == prefix or route.path.startswith(f"{prefix}/"):
            assert route.guarded, route.key
            assert route.scopes == (("admin",) if prefix == "/v1/admin" else ()), route.key


def test_nobody_writes_a_playlist_without_a_token():
    assert all(route.guarded for route in routes() if route.path.startswith("/v1/playlists") and route.method != "GET")


def test_the_authorizer_believes_our_own_issuer_alone(cloud):
    [(stack, _, properties)] = cloud.resources("AWS::ApiGatewayV2::Authorizer")
    assert stack == "Api"
    assert cloud.named(stack, properties["JwtConfiguration"]["Issuer"]) == "api IdentityApi"
    assert properties["JwtConfiguration"]["Audience"] == ["legato"]


def test_the_issuer_names_itself_as_the_authorizer_knows_it(cloud):
    [issuer] = [
        properties["Environment"]["Variables"]["ISSUER"]
        for _, _, properties in cloud.resources("AWS::Lambda::Function")
        if "ISSUER" in properties["Environment"]["Variables"]
    ]
    assert cloud.named("Identity", issuer) == "api IdentityApi"


def test_both_gateways_are_throttled_and_logged_without_headers_or_queries(cloud):
    stages = list(cloud.resources("AWS::ApiGatewayV2::Stage"))
    assert len(stages) == 2
    for _, _, properties in stages:
        assert properties["StageName"] == "$default"
        assert properties["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
        logged = properties["AccessLogSettings"]["Format"]
        assert "routeKey" in logged and not any(
            secret in logged for secret in ("header", "path", "query", "authorizer")
        )


def test_a_gateway_may_call_its_functions_and_nobody_else_may(cloud):
    callers = {}
    for stack, _, properties in cloud.resources("AWS::Lambda::Permission"):
        callers.setdefault(properties["Principal"], []).append(cloud.named(stack, properties["FunctionName"]))
        assert "SourceArn" in properties
    assert set(callers) == {"apigateway.amazonaws.com", "events.amazonaws.com"}
    assert sorted(callers["events.amazonaws.com"]) == ["function EdgeWriter", "function KeyRotation"]
    assert len(callers["apigateway.amazonaws.com"]) == len({route.function for route in routes()} | {"identity"})
