"""The distribution that the edge's tests are about: every kind of behaviour once."""

import json
import urllib.request
from types import SimpleNamespace
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

API = "0a1b2c3d4e"
BUCKET = "edge-files"
CLOSED_BUCKET = "edge-closed"
SECRET = "origin-secret-0123456789"


def items(*values):
    return {"Quantity": len(values), "Items": list(values)} if values else {"Quantity": 0}


def cache(name, *, headers=(), queries="none", lengths=(0, 86400, 31536000), gzip=False):
    return {
        "Name": name,
        "MinTTL": lengths[0],
        "DefaultTTL": lengths[1],
        "MaxTTL": lengths[2],
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": gzip,
            "EnableAcceptEncodingBrotli": gzip,
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": items(*headers)}
            if headers
            else {"HeaderBehavior": "none"},
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": queries},
        },
    }


def forward(name, behaviour, *headers, queries="none"):
    named = {"Headers": items(*headers)} if headers else {}
    return {
        "Name": name,
        "HeadersConfig": {"HeaderBehavior": behaviour, **named},
        "CookiesConfig": {"CookieBehavior": "all" if queries == "all" else "none"},
        "QueryStringsConfig": {"QueryStringBehavior": queries},
    }


RESPONSE = {
    "Name": "respond",
    "CorsConfig": {
        "AccessControlAllowOrigins": items("https://*.example.com"),
        "AccessControlAllowHeaders": items("range"),
        "AccessControlAllowMethods": items("GET", "HEAD"),
        "AccessControlExposeHeaders": items("content-range"),
        "AccessControlAllowCredentials": False,
        "AccessControlMaxAgeSec": 600,
        "OriginOverride": True,
    },
    "SecurityHeadersConfig": {
        "ContentTypeOptions": {"Override": True},
        "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 60, "IncludeSubdomains": True},
    },
    "CustomHeadersConfig": items({"Header": "X-Tune", "Value": "A440", "Override": False}),
    "RemoveHeadersConfig": items({"Header": "Server"}),
}


def build(clients, pems, code):
    """Everything in one go; what the tests need to know of it."""
    cloudfront, s3 = clients["cloudfront"], clients["s3"]
    for name in (BUCKET, CLOSED_BUCKET):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    ids = {
        name: cloudfront.create_public_key(PublicKeyConfig={"CallerReference": name, "Name": name, "EncodedKey": pem})[
            "PublicKey"
        ]["Id"]
        for name, pem in pems.items()
        if name != "stranger"
    }
    group = cloudfront.create_key_group(KeyGroupConfig={"Name": "listeners", "Items": [ids["mine"], ids["curve"]]})[
        "KeyGroup"
    ]["Id"]
    store = cloudfront.create_key_value_store(Name="exceptions")["KeyValueStore"]["ARN"]
    function = publish(cloudfront, "viewer-request", code, store)
    broken = publish(cloudfront, "broken", BROKEN, None)
    access = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": "files",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]

    def cached(*args, **options):
        return cloudfront.create_cache_policy(CachePolicyConfig=cache(*args, **options))["CachePolicy"]["Id"]

    def forwarded(*args, **options):
        return cloudfront.create_origin_request_policy(OriginRequestPolicyConfig=forward(*args, **options))[
            "OriginRequestPolicy"
        ]["Id"]

    respond = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=RESPONSE)["ResponseHeadersPolicy"][
        "Id"
    ]
    files, api = (
        cached("files", gzip=True),
        cached(
            "api", headers=("Authorization", "CloudFront-Viewer-Country"), queries="all", lengths=(0, 0, 60), gzip=True
        ),
    )
    media = cached("media")
    country, everything = (
        forwarded("country", "whitelist", "CloudFront-Viewer-Country"),
        forwarded("all", "allExcept", "host", queries="all"),
    )

    def behaviour(pattern, origin, policy, **more):
        ours = more.pop("function", function)
        allowed = more.pop("methods", ("GET", "HEAD"))
        return {
            "PathPattern": pattern,
            "TargetOriginId": origin,
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": policy,
            "Compress": True,
            "AllowedMethods": items(*allowed) | {"CachedMethods": items("GET", "HEAD")},
            "FunctionAssociations": items({"FunctionARN": ours, "EventType": "viewer-request"}) if ours else items(),
            "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
            "SmoothStreaming": False,
            "FieldLevelEncryptionId": "",
            **more,
        }

    every = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")
    guarded = {"TrustedKeyGroups": {"Enabled": True, "Quantity": 1, "Items": [group]}}
    behaviours = [
        behaviour("/media/*", "files", media, OriginRequestPolicyId=country, **guarded),
        behaviour("/signed/*", "files", files, function=None, **guarded),
        behaviour("/closed/*", "closed", files, function=None),
        behaviour("/open-?.txt", "files", files, function=None),
        behaviour("/broken/*", "api", api, function=broken),
        behaviour("/v1/*", "api", api, methods=every, OriginRequestPolicyId=everything),
        behaviour("/nowhere/*", "nowhere", files, function=None),
        behaviour("/plain/*", "api", cached("short", lengths=(0, 0, 86400)), function=None),
        behaviour("/least/*", "api", cached("least", lengths=(1, 1, 86400)), function=None),
    ]
    default = behaviour("*", "files", files, ResponseHeadersPolicyId=respond)
    del default["PathPattern"]

    def bucket(id, name):
        return {
            "Id": id, "DomainName": f"{name}.s3.eu-west-1.amazonaws.com", "OriginPath": "", "CustomHeaders": items(),
            "S3OriginConfig": {"OriginAccessIdentity": ""}, "OriginAccessControlId": access,
        }  # fmt: skip

    def web(id, domain):
        return {
            "Id": id, "DomainName": domain, "OriginPath": "", "ConnectionAttempts": 1, "ConnectionTimeout": 1,
            "CustomHeaders": items({"HeaderName": "x-legato-origin", "HeaderValue": SECRET}),
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only", "OriginReadTimeout": 1,
                                   "OriginKeepaliveTimeout": 5, "OriginSslProtocols": items("TLSv1.2")},
        }  # fmt: skip

    config = {
        "CallerReference": "edge", "Comment": "", "Enabled": True, "DefaultRootObject": "index.html", "Aliases": items(),
        "Origins": items(bucket("files", BUCKET), bucket("closed", CLOSED_BUCKET),
                         web("api", f"{API}.execute-api.eu-west-1.amazonaws.com"), web("nowhere", "radio.example.net")),
        "DefaultCacheBehavior": default,
        "CacheBehaviors": items(*behaviours),
        "CustomErrorResponses": items(
            {"ErrorCode": 404, "ErrorCachingMinTTL": 1, "ResponsePagePath": "", "ResponseCode": ""},
            {"ErrorCode": 410, "ErrorCachingMinTTL": 1, "ResponsePagePath": "/open-g.txt", "ResponseCode": "200"},
            {"ErrorCode": 502, "ErrorCachingMinTTL": 0, "ResponsePagePath": "", "ResponseCode": ""},
            {"ErrorCode": 503, "ErrorCachingMinTTL": 0, "ResponsePagePath": "", "ResponseCode": ""},
            {"ErrorCode": 504, "ErrorCachingMinTTL": 0, "ResponsePagePath": "", "ResponseCode": ""},
        ),
    }  # fmt: skip
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]
    allow(s3, BUCKET, made["ARN"])
    return SimpleNamespace(
        id=made["Id"], arn=made["ARN"], key_ids=ids | {"stranger": "K0000000000000"}, cloudfront=cloudfront, s3=s3,
        store=Store(cloudfront.meta.endpoint_url, store),
    )  # fmt: skip


BROKEN = b"""
async function handler(event) {
    const request = event.request;
    if (request.uri === '/broken/throws') throw new Error('out of tune');
    if (request.uri === '/broken/nothing') return null;
    if (request.uri === '/broken/method') request.method = 'PUT';
    if (request.uri === '/broken/header') request.headers['x-edge-mine'] = { value: '1' };
    if (request.uri === '/broken/host') request.headers.host = { value: 'elsewhere' };
    if (request.uri === '/broken/timer') setTimeout(function () {}, 1);
    if (request.uri === '/broken/require') require('fs');
    if (request.uri === '/broken/eval') eval('1');
    if (request.uri === '/broken/fetch') await fetch('http://127.0.0.1/');
    if (request.uri === '/broken/echo') return { statusCode: 200, headers: { 'x-mine': { value: 'yes' } },
        cookies: { tune: { value: 'a', attributes: 'Path=/' } }, body: JSON.stringify(event) };
    return request;
}
"""


def publish(cloudfront, name, code, store):
    associations = {"KeyValueStoreAssociations": items({"KeyValueStoreARN": store})} if store else {}
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0", **associations}
    tag = cloudfront.create_function(Name=name, FunctionConfig=config, FunctionCode=code)["ETag"]
    return cloudfront.publish_function(Name=name, IfMatch=tag)["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]


def allow(s3, bucket, distribution_arn):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


class Store:
    """A KeyValueStore through its data API."""

    def __init__(self, endpoint, arn):
        self.root = f"{endpoint}/key-value-stores/{quote(arn, safe='')}"

    def put(self, key, value):
        tag = self._call("GET", "")["etag"]
        self._call("PUT", f"/keys/{key}", json.dumps({"Value": value}).encode(), tag)

    def delete(self, key):
        tag = self._call("GET", "")["etag"]
        self._call("DELETE", f"/keys/{key}", None, tag)

    def _call(self, method, path, body=None, tag=None):
        request = AWSRequest(method, self.root + path, data=body, headers={"If-Match": tag} if tag else {})
        SigV4Auth(ReadOnlyCredentials("test", "test", None), "cloudfront-keyvaluestore", "eu-west-1").add_auth(request)
        sent = urllib.request.Request(self.root + path, body, dict(request.headers), method=method)
        with urllib.request.urlopen(sent, timeout=5) as answer:
            return {k.lower(): v for k, v in answer.headers.items()}
