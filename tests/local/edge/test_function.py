"""CloudFront Functions: the event they get, what they may answer, and what their runtime lacks."""

import json

import pytest

from tests.local.edge.conftest import eventually


@pytest.fixture
def event(view):
    def ask(target, **headers):
        return json.loads(view.get(target, **headers).body)

    return ask


def test_the_event_is_as_documented(event, deployed):
    found = event(
        "/broken/echo?a=1&b=%20x&a=2&c", cookie="one=1; two=2; one=3", x_title="So What", host="music.example"
    )
    assert found["version"] == "1.0"
    assert found["context"] | {"requestId": "", "distributionDomainName": ""} == {
        "distributionId": deployed.id, "eventType": "viewer-request", "requestId": "", "distributionDomainName": "",
    }  # fmt: skip
    assert found["viewer"] == {"ip": "127.0.0.1"}
    request = found["request"]
    assert (request["method"], request["uri"]) == ("GET", "/broken/echo")
    assert request["querystring"] == {
        "a": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]}, "b": {"value": "%20x"}, "c": {"value": ""},
    }  # fmt: skip
    assert request["cookies"] == {
        "one": {"value": "1", "multiValue": [{"value": "1"}, {"value": "3"}]},
        "two": {"value": "2"},
    }
    assert request["headers"]["x-title"] == {"value": "So What"}
    assert request["headers"]["host"] == {"value": "music.example"}
    assert "cookie" not in request["headers"]


def test_a_functions_own_response_goes_out(view):
    answer = view.get("/broken/echo")
    assert (answer.status, answer.headers["x-mine"], answer.headers["set-cookie"]) == (200, "yes", "tune=a; Path=/")
    assert answer.headers["x-cache"] == "FunctionGeneratedResponse from local edge"


@pytest.mark.parametrize("path", ["throws", "timer", "require", "eval", "fetch"])
def test_a_function_that_fails_is_503(view, path):
    assert view.get(f"/broken/{path}").status == 503


@pytest.mark.parametrize("path", ["nothing", "method", "header", "host"])
def test_a_function_that_answers_what_it_may_not_is_502(view, path):
    assert view.get(f"/broken/{path}").status == 502


def test_a_new_version_of_a_function_is_run_once_it_is_published(view, deployed):
    cloudfront = deployed.cloudfront
    found = cloudfront.describe_function(Name="broken", Stage="DEVELOPMENT")
    old = cloudfront.get_function(Name="broken", Stage="DEVELOPMENT")["FunctionCode"].read()

    def change(code, tag):
        config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
        cloudfront.update_function(Name="broken", IfMatch=tag, FunctionConfig=config, FunctionCode=code)
        return cloudfront.describe_function(Name="broken", Stage="DEVELOPMENT")["ETag"]

    tag = change(b"function handler(event) { return { statusCode: 418 }; }", found["ETag"])
    assert view.get("/broken/echo").status == 200
    cloudfront.publish_function(Name="broken", IfMatch=tag)
    eventually(lambda: view.get("/broken/echo").status == 418)
    tag = change(old, tag)
    cloudfront.publish_function(Name="broken", IfMatch=tag)
    eventually(lambda: view.get("/broken/echo").status == 200)
