"""Buckets behind origin access control, the web app's addresses, and headers on the way out."""

import json

import pytest

from tests.local.edge.conftest import eventually
from tests.local.edge.distribution import BUCKET, CLOSED_BUCKET, allow


@pytest.fixture(scope="module", autouse=True)
def _app(deployed):
    for key, body in (("index.html", b"<title>Legato</title>"), ("assets/app.js", b"play()")):
        deployed.s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType="text/html", Metadata={})


def test_the_root_and_every_page_address_are_the_web_app(view):
    for path in ("/", "/albums/alb_1", "/search"):
        assert view.get(path).body == b"<title>Legato</title>"
    assert view.get("/assets/app.js").body == b"play()"


def test_what_is_not_there_is_403_as_in_s3_without_the_permission_to_list(view):
    answer = view.get("/assets/none.js")
    assert (answer.status, b"AccessDenied" in answer.body) == (403, True)


def test_a_bucket_whose_policy_does_not_name_the_distribution_is_closed(view, deployed):
    deployed.s3.put_object(Bucket=CLOSED_BUCKET, Key="closed/a.txt", Body=b"a")
    assert view.get("/closed/a.txt").status == 403
    allow(deployed.s3, CLOSED_BUCKET, deployed.arn.replace("distribution/", "distribution/X"))
    assert view.get("/closed/a.txt").status == 403
    allow(deployed.s3, CLOSED_BUCKET, deployed.arn)
    eventually(lambda: view.get("/closed/a.txt").body == b"a")
    deployed.s3.delete_bucket_policy(Bucket=CLOSED_BUCKET)
    eventually(lambda: view.get("/closed/b.txt").status == 403)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_methods_that_are_not_allowed_are_refused(view, method):
    assert view(method, "/assets/app.js").status == 403


def test_a_get_with_a_body_is_refused(view):
    assert view("GET", "/assets/app.js", {}, b"x").status == 403


def test_security_and_custom_headers_are_added_and_others_taken_away(view, deployed):
    headers = view.get("/assets/app.js").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=60; includeSubDomains"
    assert headers["x-tune"] == "A440"
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


def test_cors_is_answered_for_the_origins_named(view):
    ours = view.get("/assets/app.js", origin="https://web.example.com").headers
    assert ours["access-control-allow-origin"] == "https://web.example.com"
    assert ours["access-control-expose-headers"] == "content-range"
    assert "access-control-allow-origin" not in view.get("/assets/app.js", origin="https://evil.test").headers


def test_the_first_behaviour_that_matches_wins_and_case_matters(view, deployed):
    for key in ("open-a.txt", "open-ab.txt", "Open-a.txt"):
        deployed.s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), ContentType="text/plain")
    assert "x-tune" not in view.get("/open-a.txt").headers
    assert view.get("/open-ab.txt").headers["x-tune"] == "A440"
    assert view.get("/Open-a.txt").headers["x-tune"] == "A440"


def test_a_changed_distribution_is_served(view, deployed):
    found = deployed.cloudfront.get_distribution_config(Id=deployed.id)
    config = json.loads(json.dumps(found["DistributionConfig"]))
    config["Enabled"] = False
    tag = deployed.cloudfront.update_distribution(Id=deployed.id, DistributionConfig=config, IfMatch=found["ETag"])[
        "ETag"
    ]
    eventually(lambda: view.get("/assets/app.js").status == 403)
    config["Enabled"] = True
    deployed.cloudfront.update_distribution(Id=deployed.id, DistributionConfig=config, IfMatch=tag)
    eventually(lambda: view.get("/assets/app.js").status == 200)
