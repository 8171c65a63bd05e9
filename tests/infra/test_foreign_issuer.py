"""``-c issuer=… -c audience=…``: another OpenID provider takes the place of our own accounts."""

import json

import pytest

from tests.assembly import synthesised
from tests.infra.cloud import Cloud

ISSUER = "https://id.example.com/realms/legato"


@pytest.fixture(scope="module")
def folder():
    return synthesised(issuer=ISSUER, audience="music", admin_scope="music/admin")


@pytest.fixture(scope="module")
def foreign(folder):
    return Cloud(folder)


def test_the_gateway_believes_the_other_issuer_alone(foreign):
    [(_, _, authorizer)] = foreign.resources("AWS::ApiGatewayV2::Authorizer")
    assert authorizer["JwtConfiguration"] == {"Issuer": ISSUER, "Audience": ["music"]}


def test_operators_show_the_scope_by_its_name_there(foreign):
    routes = [properties for _, _, properties in foreign.resources("AWS::ApiGatewayV2::Route")]
    admin = [r for r in routes if "/v1/admin/" in r["RouteKey"]]
    assert admin and all(r["AuthorizationScopes"] == ["music/admin"] for r in admin)


def test_no_route_and_no_function_of_ours_takes_a_password(foreign):
    assert "Identity" not in foreign.templates
    keys = {properties["RouteKey"] for _, _, properties in foreign.resources("AWS::ApiGatewayV2::Route")}
    assert not [key for key in keys if "/v1/auth/" in key or ".well-known" in key]
    [(_, _, distribution)] = foreign.resources("AWS::CloudFront::Distribution")
    paths = [b["PathPattern"] for b in distribution["DistributionConfig"]["CacheBehaviors"]]
    assert "/v1/*" in paths and "/v1/auth/*" not in paths


def test_a_listener_becomes_known_by_coming(foreign):
    [account] = [
        properties["Environment"]["Variables"]
        for _, _, properties in foreign.resources("AWS::Lambda::Function")
        if properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == "account"
    ]
    assert account["FOREIGN_ISSUER"] == "True"


def test_the_linters_like_it_too(folder):
    report = json.loads((folder / "validation-report.json").read_text())
    assert not [plugin for plugin in report["pluginReports"] if plugin["conclusion"] != "success"]


def test_an_issuer_that_is_no_address_ends_the_synth():
    with pytest.raises(AssertionError, match="an issuer is an https:// URL"):
        synthesised(issuer="id.example.com")
