"""Cache, origin request and response headers policies, read from the shapes of CloudFront's API. Pure."""

from collections.abc import Mapping
from typing import Any

from .model import CachePolicy, Cors, OriginRequestPolicy, ResponseHeadersPolicy, Selection


def cache_policy(config: Mapping[str, Any]) -> CachePolicy:
    key = config.get("ParametersInCacheKeyAndForwardedToOrigin", {})
    return CachePolicy(
        headers=_headers(key),
        cookies=_selection(key, "CookiesConfig", "CookieBehavior", "Cookies"),
        queries=_selection(key, "QueryStringsConfig", "QueryStringBehavior", "QueryStrings"),
        gzip=key.get("EnableAcceptEncodingGzip", False),
        brotli=key.get("EnableAcceptEncodingBrotli", False),
        min_ttl=config.get("MinTTL", 0),
        default_ttl=config.get("DefaultTTL", 86_400),
        max_ttl=config.get("MaxTTL", 31_536_000),
    )


def origin_request_policy(config: Mapping[str, Any]) -> OriginRequestPolicy:
    return OriginRequestPolicy(
        headers=_headers(config),
        cookies=_selection(config, "CookiesConfig", "CookieBehavior", "Cookies"),
        queries=_selection(config, "QueryStringsConfig", "QueryStringBehavior", "QueryStrings"),
    )


def response_headers_policy(config: Mapping[str, Any]) -> ResponseHeadersPolicy:
    custom = _items(config.get("CustomHeadersConfig"))
    return ResponseHeadersPolicy(
        cors=_cors(config["CorsConfig"]) if config.get("CorsConfig") else None,
        headers=(
            *_security(config.get("SecurityHeadersConfig", {})),
            *((each["Header"].lower(), each["Value"], each["Override"]) for each in custom),
        ),
        removed=frozenset(each["Header"].lower() for each in _items(config.get("RemoveHeadersConfig"))),
    )


def _headers(config: Mapping[str, Any]) -> Selection:
    found = _selection(config, "HeadersConfig", "HeaderBehavior", "Headers")
    return Selection(behaviour=found.behaviour, names=frozenset(name.lower() for name in found.names))


def _selection(config: Mapping[str, Any], block: str, behaviour: str, names: str) -> Selection:
    found = config.get(block, {})
    return Selection(behaviour=found.get(behaviour, "none"), names=frozenset(_items(found.get(names))))


def _cors(config: Mapping[str, Any]) -> Cors:
    return Cors(
        origins=tuple(_items(config["AccessControlAllowOrigins"])),
        methods=tuple(_items(config["AccessControlAllowMethods"])),
        headers=tuple(_items(config["AccessControlAllowHeaders"])),
        exposed=tuple(_items(config.get("AccessControlExposeHeaders"))),
        max_age=config.get("AccessControlMaxAgeSec"),
        credentials=config["AccessControlAllowCredentials"],
        override=config["OriginOverride"],
    )


def _security(config: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    found = []
    if each := config.get("XSSProtection"):
        mode = "; mode=block" if each.get("ModeBlock") else ""
        report = f"; report={each['ReportUri']}" if each.get("ReportUri") else ""
        found.append(("x-xss-protection", f"1{mode}{report}" if each["Protection"] else "0", each["Override"]))
    if each := config.get("FrameOptions"):
        found.append(("x-frame-options", each["FrameOption"], each["Override"]))
    if each := config.get("ReferrerPolicy"):
        found.append(("referrer-policy", each["ReferrerPolicy"], each["Override"]))
    if each := config.get("ContentSecurityPolicy"):
        found.append(("content-security-policy", each["ContentSecurityPolicy"], each["Override"]))
    if each := config.get("ContentTypeOptions"):
        found.append(("x-content-type-options", "nosniff", each["Override"]))
    if each := config.get("StrictTransportSecurity"):
        options = [("; includeSubDomains", "IncludeSubdomains"), ("; preload", "Preload")]
        text = f"max-age={each['AccessControlMaxAgeSec']}" + "".join(t for t, name in options if each.get(name))
        found.append(("strict-transport-security", text, each["Override"]))
    return found


def _items(block: Any) -> list[Any]:
    return (block or {}).get("Items") or []
