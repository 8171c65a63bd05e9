"""The deployed distribution, read through CloudFront's API. Blocking: call it from a thread."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from . import bucket_policy
from .model import Behaviour, Distribution, ErrorPage, Function, Origin, TrustedKey
from .origins import bucket_of
from .policies import cache_policy, origin_request_policy, response_headers_policy

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client


class ControlPlane:
    def __init__(self, endpoint: str, session: boto3.Session, wanted: str | None) -> None:
        """Of several distributions the one with the id *wanted*, or the first."""
        config = Config(
            connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}
        )
        self._cloudfront: CloudFrontClient = session.client("cloudfront", endpoint_url=endpoint, config=config)
        self._s3: S3Client = session.client("s3", endpoint_url=endpoint, config=config)
        self._wanted = wanted
        self._seen: set[str] | None = None

    def read(self) -> Distribution | None:
        """The distribution with all it refers to, or None while there is none."""
        chosen = self._wanted or self._first()
        if chosen is None:
            return None
        found: Mapping[str, Any] = self._cloudfront.get_distribution(Id=chosen)["Distribution"]
        config: Mapping[str, Any] = found["DistributionConfig"]
        origins = {each["Id"]: self._origin(each, found["ARN"]) for each in _items(config["Origins"])}
        memo: dict[tuple[Any, ...], Any] = {}
        listed = [*_items(config.get("CacheBehaviors")), {"PathPattern": "*"} | config["DefaultCacheBehavior"]]
        return Distribution(
            id=chosen,
            arn=found["ARN"],
            domain=found["DomainName"],
            enabled=config["Enabled"],
            root_object=config.get("DefaultRootObject", "").lstrip("/"),
            behaviours=tuple(self._behaviour(each, origins, memo) for each in listed),
            errors={each["ErrorCode"]: _error_page(each) for each in _items(config.get("CustomErrorResponses"))},
        )

    def new_invalidations(self, id: str) -> list[str]:
        """Paths invalidated since the last call; those from before the first are history."""
        listed = _items(self._cloudfront.list_invalidations(DistributionId=id)["InvalidationList"])
        ids = {each["Id"] for each in listed}
        fresh, self._seen = ids - (ids if self._seen is None else self._seen), ids
        batches = [self._cloudfront.get_invalidation(DistributionId=id, Id=each)["Invalidation"] for each in fresh]
        return [path for each in batches for path in _items(each["InvalidationBatch"]["Paths"])]

    def _first(self) -> str | None:
        listed = _items(self._cloudfront.list_distributions()["DistributionList"])
        return listed[0]["Id"] if listed else None

    def _origin(self, raw: Mapping[str, Any], arn: str) -> Origin:
        custom = raw.get("CustomOriginConfig", {})
        bucket = bucket_of(raw["DomainName"]) if "S3OriginConfig" in raw else None
        policy = self._bucket_policy(bucket) if bucket else ""
        admits = partial(bucket_policy.admits, policy, distribution_arn=arn)
        return Origin(
            id=raw["Id"],
            domain=raw["DomainName"],
            path=raw.get("OriginPath", ""),
            headers=tuple((h["HeaderName"].lower(), h["HeaderValue"]) for h in _items(raw.get("CustomHeaders"))),
            bucket=bucket,
            signing=self._signing(raw.get("OriginAccessControlId", "")),
            admits=admits(action="s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*"),
            lists=admits(action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket}"),
            attempts=raw.get("ConnectionAttempts", 3),
            connect_timeout=raw.get("ConnectionTimeout", 10),
            read_timeout=custom.get("OriginReadTimeout", 30),
        )

    def _signing(self, id: str) -> str | None:
        if not id:
            return None
        found = self._cloudfront.get_origin_access_control(Id=id)["OriginAccessControl"]
        return found["OriginAccessControlConfig"]["SigningBehavior"]

    def _bucket_policy(self, bucket: str) -> str:
        try:
            return self._s3.get_bucket_policy(Bucket=bucket)["Policy"]
        except ClientError:  # no policy, or no bucket: either way nobody is let in
            return ""

    def _behaviour(
        self, raw: Mapping[str, Any], origins: Mapping[str, Origin], memo: dict[tuple[Any, ...], Any]
    ) -> Behaviour:
        def once(read: Any, id: str) -> Any:
            if (read, id) not in memo:
                memo[read, id] = read(id)
            return memo[read, id]

        groups = _items(raw.get("TrustedKeyGroups"))
        named = {"cache": ("CachePolicyId", self._cache_policy), "forward": ("OriginRequestPolicyId", self._forward),
                 "respond": ("ResponseHeadersPolicyId", self._respond)}  # fmt: skip
        policies = {field: once(read, raw[key]) for field, (key, read) in named.items() if raw.get(key)}
        arns = {each["EventType"]: each["FunctionARN"] for each in _items(raw.get("FunctionAssociations"))}
        function = arns.get("viewer-request")
        methods = raw.get("AllowedMethods", {})
        return Behaviour(
            pattern=raw["PathPattern"],
            origin=origins[raw["TargetOriginId"]],
            methods=frozenset(_items(methods)) or frozenset({"GET", "HEAD"}),
            cached_methods=frozenset(_items(methods.get("CachedMethods"))) or frozenset({"GET", "HEAD"}),
            compress=raw.get("Compress", False),
            keys=dict(pair for group in groups for pair in once(self._keys, group).items()) if groups else None,
            function=once(self._function, function) if function else None,
            **policies,
        )

    def _cache_policy(self, id: str) -> Any:
        return cache_policy(self._cloudfront.get_cache_policy(Id=id)["CachePolicy"]["CachePolicyConfig"])

    def _forward(self, id: str) -> Any:
        found = self._cloudfront.get_origin_request_policy(Id=id)["OriginRequestPolicy"]
        return origin_request_policy(found["OriginRequestPolicyConfig"])

    def _respond(self, id: str) -> Any:
        found = self._cloudfront.get_response_headers_policy(Id=id)["ResponseHeadersPolicy"]
        return response_headers_policy(found["ResponseHeadersPolicyConfig"])

    def _keys(self, group: str) -> dict[str, TrustedKey]:
        config = self._cloudfront.get_key_group(Id=group)["KeyGroup"]["KeyGroupConfig"]
        return {each: self._key(each) for each in config["Items"]}

    def _key(self, id: str) -> TrustedKey:
        pem = self._cloudfront.get_public_key(Id=id)["PublicKey"]["PublicKeyConfig"]["EncodedKey"]
        return TrustedKey(pem, load_pem_public_key(pem.encode()))  # type: ignore[arg-type]  # RSA and EC are all it takes

    def _function(self, arn: str) -> Function:
        name = arn.rpartition("/")[2]
        summary: Any = self._cloudfront.describe_function(Name=name, Stage="LIVE")["FunctionSummary"]["FunctionConfig"]
        stores = _items(summary.get("KeyValueStoreAssociations"))
        code = self._cloudfront.get_function(Name=name, Stage="LIVE")["FunctionCode"].read().decode()
        return Function(name=name, code=code, store=stores[0]["KeyValueStoreARN"] if stores else None)


def _error_page(raw: Mapping[str, Any]) -> ErrorPage:
    path = raw.get("ResponsePagePath") or ""
    return ErrorPage(
        ttl=raw.get("ErrorCachingMinTTL", 10), path=path, status=int(raw.get("ResponseCode") or raw["ErrorCode"])
    )


def _items(block: Any) -> list[Any]:
    return (block or {}).get("Items") or []
