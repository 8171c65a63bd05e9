"""The one origin: which path goes where, what is kept, what is told to whom."""

import fnmatch

import pytest

from infra.openapi import routes
from tests.infra.cloud import Cloud

ORIGINS = {
    "/media/*": "bucket MediaBucket",
    "/art/*": "bucket ArtBucket",
    "/v1/auth/*": "api IdentityApi",
    "/.well-known/*": "api IdentityApi",
    "/v1/tracks*": "api GatewayApi",
    "/v1/*": "api GatewayApi",
    "default": "bucket SiteBucket",
}


@pytest.fixture(scope="module")
def cloud(assembly):
    return Cloud(assembly)


@pytest.fixture(scope="module")
def distribution(cloud):
    [(_, _, properties)] = cloud.resources("AWS::CloudFront::Distribution")
    return properties["DistributionConfig"]


@pytest.fixture(scope="module")
def behaviors(distribution):
    """Path pattern → behaviour, in the order in which CloudFront looks; ``default`` last."""
    listed = {b["PathPattern"]: b for b in distribution["CacheBehaviors"]}
    return listed | {"default": distribution["DefaultCacheBehavior"]}


@pytest.fixture(scope="module")
def policy(cloud):
    """A behaviour's reference → the configuration it names."""
    resources = cloud.templates["Delivery"]["Resources"]

    def configuration(behavior, field):
        [config] = [v for k, v in resources[behavior[field]["Ref"]]["Properties"].items() if k.endswith("Config")]
        return config

    return configuration


def chosen(behaviors, path):
    return next(pattern for pattern in [*behaviors, "*"] if fnmatch.fnmatchcase(path, pattern) or pattern == "default")


def test_each_path_has_its_origin(cloud, distribution, behaviors):
    origins = {origin["Id"]: origin for origin in distribution["Origins"]}
    for pattern, expected in ORIGINS.items():
        assert expected in cloud.named("Delivery", origins[behaviors[pattern]["TargetOriginId"]]["DomainName"]), pattern


def test_files_are_read_with_origin_access_control_and_apis_by_the_secret_header(cloud, distribution):
    for origin in distribution["Origins"]:
        if "CustomOriginConfig" in origin:
            assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
            [header] = origin["OriginCustomHeaders"]
            assert header["HeaderName"] == "x-legato-origin"
            text = cloud.named("Delivery", header["HeaderValue"])
            assert text == "{{resolve:secretsmanager:secret Origin:SecretString}}"
        else:
            assert "OriginAccessControlId" in origin and "OriginCustomHeaders" not in origin


def test_media_is_signed_and_shared(behaviors, policy):
    media = behaviors["/media/*"]
    assert len(media["TrustedKeyGroups"]) == 1
    key = policy(media, "CachePolicyId")["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"]["QueryStringBehavior"] == "none"
    assert key["HeadersConfig"]["HeaderBehavior"] == "none"
    seen = policy(media, "OriginRequestPolicyId")["HeadersConfig"]
    assert seen == {"HeaderBehavior": "whitelist", "Headers": ["CloudFront-Viewer-Country"]}
    assert not any("TrustedKeyGroups" in behavior for pattern, behavior in behaviors.items() if pattern != "/media/*")


def test_the_viewer_request_function_stands_before_media_and_both_apis(behaviors):
    for pattern in behaviors:
        [association] = behaviors[pattern]["FunctionAssociations"]
        assert association["EventType"] == "viewer-request"


def test_the_function_asks_the_store_that_the_edge_writer_writes(cloud):
    [(_, _, properties)] = cloud.resources("AWS::CloudFront::Function")
    [store] = properties["FunctionConfig"]["KeyValueStoreAssociations"]
    assert cloud.named("Delivery", store["KeyValueStoreARN"]) == "store EdgeExceptions"
    assert properties["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    assert len(properties["FunctionCode"].encode()) <= 10_240  # CloudFront's quota


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.key)
def test_no_answer_for_one_listener_is_kept_for_another(behaviors, policy, route):
    """A guarded route must not meet a behaviour whose key leaves the token out, nor one that sends no token on."""
    behavior = behaviors[chosen(behaviors, route.path.replace("{", "").replace("}", ""))]
    config = policy(behavior, "CachePolicyId")
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    if route.guarded:
        assert "Authorization" in key["HeadersConfig"]["Headers"]
        assert config["MaxTTL"] <= 1
    assert config["DefaultTTL"] == 0 and config["MaxTTL"] <= 60
    assert key["QueryStringsConfig"]["QueryStringBehavior"] == "all"
    assert route.method in behavior.get("AllowedMethods", ["GET", "HEAD"])


def test_the_apis_learn_who_asks_from_where_and_not_by_which_host_header(behaviors, policy):
    for pattern in ("/v1/*", "/v1/tracks*", "/v1/auth/*"):
        headers = policy(behaviors[pattern], "OriginRequestPolicyId")["HeadersConfig"]["Headers"]
        named = {header.lower() for header in headers}
        assert {"cloudfront-viewer-country", "cloudfront-viewer-address", "x-legato-host", "x-licence-token"} <= named
        assert "host" not in named and "x-legato-origin" not in named
        assert len(headers) <= 10  # CloudFront's quota


def test_the_refresh_cookie_reaches_the_issuer_and_is_part_of_no_key(behaviors, policy):
    auth = behaviors["/v1/auth/*"]
    assert policy(auth, "OriginRequestPolicyId")["CookiesConfig"]["Cookies"] == ["legato_refresh"]
    for behavior in behaviors.values():
        key = policy(behavior, "CachePolicyId")["ParametersInCacheKeyAndForwardedToOrigin"]
        assert key["CookiesConfig"]["CookieBehavior"] == "none"


def test_browsers_are_told_to_be_careful(cloud, behaviors, policy):
    for pattern, behavior in behaviors.items():
        headers = policy(behavior, "ResponseHeadersPolicyId")["SecurityHeadersConfig"]
        assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
        assert headers["ContentTypeOptions"]["Override"] and headers["FrameOptions"]["FrameOption"] == "DENY"
        csp = cloud.named("Delivery", headers["ContentSecurityPolicy"]["ContentSecurityPolicy"])
        assert "frame-ancestors 'none'" in csp and "unsafe-eval" not in csp
        assert ("media-src 'self' blob:" in csp) is (pattern == "default")


def test_errors_are_not_kept(distribution):
    kept = {each["ErrorCode"]: each["ErrorCachingMinTTL"] for each in distribution["CustomErrorResponses"]}
    assert {403, 404, 503} <= set(kept) and set(kept.values()) == {0}
    # A page in place of an error would hide every 403 of media and 404 of the API.
    assert not any("ResponsePagePath" in each for each in distribution["CustomErrorResponses"])


def test_only_this_distribution_reads_the_buckets(cloud):
    granted = [
        s
        for stack, _, p in cloud.resources("AWS::S3::BucketPolicy")
        if stack == "Delivery"
        for s in p["PolicyDocument"]["Statement"]
    ]
    allowed = [s for s in granted if s["Effect"] == "Allow"]
    assert len(allowed) == 3
    for statement in allowed:
        assert statement["Action"] == "s3:GetObject"
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        source = cloud.named("Delivery", statement["Condition"]["StringEquals"]["AWS:SourceArn"])
        assert source.endswith("distribution/distribution Distribution")


def test_names_that_belong_to_the_account_carry_the_stage(cloud):
    names = {
        "AWS::CloudFront::CachePolicy": lambda p: p["CachePolicyConfig"]["Name"],
        "AWS::CloudFront::OriginRequestPolicy": lambda p: p["OriginRequestPolicyConfig"]["Name"],
        "AWS::CloudFront::ResponseHeadersPolicy": lambda p: p["ResponseHeadersPolicyConfig"]["Name"],
        "AWS::CloudFront::Function": lambda p: p["Name"],
        "AWS::CloudFront::KeyValueStore": lambda p: p["Name"],
        "AWS::CloudFront::KeyGroup": lambda p: p["KeyGroupConfig"]["Name"],
        "AWS::CloudFront::PublicKey": lambda p: p["PublicKeyConfig"]["CallerReference"],
        "AWS::CloudFront::OriginAccessControl": lambda p: p["OriginAccessControlConfig"]["Name"].replace("-", ""),
    }
    for kind, name_of in names.items():
        for _, _, properties in cloud.resources(kind):
            assert name_of(properties).startswith(("legato-dev", "legatodev")), (kind, properties)


def test_the_operator_s_browser_may_upload_to_the_inbox_and_nowhere_else(cloud, behaviors, policy):
    headers = policy(behaviors["default"], "ResponseHeadersPolicyId")["SecurityHeadersConfig"]
    csp = cloud.named("Delivery", headers["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    [connect] = [part.strip() for part in csp.split(";") if part.strip().startswith("connect-src")]
    assert connect.split()[1:4] == ["'self'", "blob:", "data:"]
    assert connect.count("https://bucket InboxBucket") == connect.count("https://") == 2
    [cors] = [
        p["CorsConfiguration"]["CorsRules"]
        for _, _, p in cloud.resources("AWS::S3::Bucket")
        if "CorsConfiguration" in p
    ]
    assert cors == [
        {
            "AllowedMethods": ["PUT"],
            "AllowedOrigins": ["*"],
            "AllowedHeaders": ["content-type", "x-amz-checksum-sha256"],
        }
    ]
