"""HTTP APIs are named as in the cloud, and a token's issuer is looked up when its authorizer is made."""

import json
import time
import urllib.error
import urllib.request

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.local.conftest import a_function, a_role

ISSUER = """
import json, os
def handler(event, context):
    issuer = "https://" + os.environ["API"] + ".execute-api.eu-west-1.amazonaws.com"
    body = {"/.well-known/openid-configuration": {"issuer": issuer, "jwks_uri": issuer + "/keys"}, "/keys": {"keys": [json.loads(os.environ["KEY"])]}}
    return {"statusCode": 200, "body": json.dumps(body[event["rawPath"]])}
"""
WHO = "def handler(event, context):\n    return {'statusCode': 200, 'body': event['requestContext']['authorizer']['jwt']['claims']['sub']}\n"


def an_api(name: str) -> dict:
    """An HTTP API with its one stage."""
    return {
        name: {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": name, "ProtocolType": "HTTP"}},
        f"{name}Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": {"Ref": name}, "StageName": "$default", "AutoDeploy": True},
        },
    }


def a_route(api: str, function: str, key: str, *, permitted: bool = True, **properties) -> dict:
    """A route to a function, and API Gateway's right to call it."""
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": function},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": f"arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/*"},
        },
    }
    return {
        f"{api}Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": api},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::GetAtt": [function, "Arn"]},
                "PayloadFormatVersion": "2.0",
            },
        },
        f"{api}Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": api},
                "RouteKey": key,
                "Target": {"Fn::Join": ["/", ["integrations", {"Ref": f"{api}Integration"}]]},
                **properties,
            },
        },
        **({f"{api}Permission": permission} if permitted else {}),
    }


def an_authorizer(api: str, issuer) -> dict:
    return {
        f"{api}Authorizer": {
            "Type": "AWS::ApiGatewayV2::Authorizer",
            "Properties": {
                "ApiId": {"Ref": api},
                "AuthorizerType": "JWT",
                "IdentitySource": ["$request.header.Authorization"],
                "Name": "tokens",
                "JwtConfiguration": {"Audience": ["legato"], "Issuer": issuer},
            },
        }
    }


def get(cloud, api: str, path: str, token: str = "") -> tuple[int, str]:
    request = urllib.request.Request(f"{cloud.endpoint}/_aws/execute-api/{api}/$default{path}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


def jwk(key) -> str:
    return json.dumps({**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "k", "alg": "RS256"})


def a_token(key, issuer: str, **claims) -> str:
    now = int(time.time())
    content = {"iss": issuer, "aud": "legato", "sub": "usr_1", "iat": now - 1, "exp": now + 60, **claims}
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return jwt.encode(content, pem, algorithm="RS256", headers={"kid": "k"})


def test_the_endpoint_of_an_api_is_named_as_in_the_cloud(stack):
    made = stack(an_api("Api"), {"Url": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}, "Id": {"Ref": "Api"}})
    assert made.out["Url"] == f"https://{made.out['Id']}.execute-api.eu-west-1.amazonaws.com"


def test_a_live_issuer_behind_another_api_opens_the_guarded_one_to_its_tokens_only(stack, cloud, key):
    identity = stack(
        {
            **an_api("Identity"),
            "Role": a_role(),
            "Issuer": a_function(ISSUER, Environment={"Variables": {"API": {"Ref": "Identity"}, "KEY": jwk(key)}}),
            **a_route("Identity", "Issuer", "$default"),
        },
        {"Url": {"Fn::GetAtt": ["Identity", "ApiEndpoint"]}},
    )
    issuer = identity.out["Url"]
    guard = {"AuthorizationType": "JWT", "AuthorizerId": {"Ref": "GuardedAuthorizer"}}
    guarded = stack(
        {
            **an_api("Guarded"),
            **an_authorizer("Guarded", issuer),
            "Role": a_role(),
            "Who": a_function(WHO),
            **a_route("Guarded", "Who", "GET /me", **guard),
        },
        {"Id": {"Ref": "Guarded"}},
    )
    api = guarded.out["Id"]
    assert get(cloud, api, "/me", a_token(key, issuer)) == (200, "usr_1")
    assert get(cloud, api, "/me")[0] == 401
    assert get(cloud, api, "/me", a_token(rsa.generate_private_key(65537, 2048), issuer))[0] == 401
    assert get(cloud, api, "/me", a_token(key, issuer, aud="somebody else"))[0] == 401


def test_an_issuer_that_does_not_answer_fails_the_authorizer(stack):
    with pytest.raises(RuntimeError, match="Invalid issuer"):
        stack({**an_api("Api"), **an_authorizer("Api", {"Fn::GetAtt": ["Api", "ApiEndpoint"]})})


def test_an_api_may_call_only_functions_that_admit_it(stack, cloud):
    answer = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'so'}\n"
    made = stack(
        {
            "Role": a_role(),
            "Function": a_function(answer),
            **an_api("Admitted"),
            **a_route("Admitted", "Function", "GET /{what}"),
            **an_api("Stranger"),
            **a_route("Stranger", "Function", "GET /{what}", permitted=False),
        },
        {"Admitted": {"Ref": "Admitted"}, "Stranger": {"Ref": "Stranger"}},
    )
    assert get(cloud, made.out["Admitted"], "/x") == (200, "so")
    assert get(cloud, made.out["Stranger"], "/x")[0] == 500
