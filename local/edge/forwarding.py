"""What of a viewer's request reaches the cache key and the origin: the policies, applied. Pure."""

from collections.abc import Callable

from .cache import Key
from .message import Headers, Request
from .model import Behaviour, CachePolicy, Selection

_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
     "transfer-encoding", "upgrade", "expect", "content-length", "x-forwarded-proto", "x-real-ip"}
)  # fmt: skip
"""Headers that CloudFront removes from every request, whatever the policies say."""
_CONDITIONAL = ("if-none-match", "if-modified-since", "if-range", "range")
_BODY = ("content-type", "content-encoding", "content-md5")
_NOT_FORWARDED = (*_CONDITIONAL, "host", "cookie", "accept-encoding", "authorization")
"""Headers with rules of their own below."""


def arrive(request: Request) -> None:
    """Drop what only CloudFront may say, and say it; *request* is changed in place."""
    for name in [n for n in request.headers if n.startswith(("cloudfront-", "x-amz-cf-", "x-edge-"))]:
        del request.headers[name]
    override = request.headers.pop("x-viewer-country", "")  # the edge's own, for want of viewers abroad
    request.country = override.upper() or request.country


def cloudfront_headers(behaviour: Behaviour, request: Request) -> Headers:
    """The ``cloudfront-*`` headers that the behaviour's policies ask for."""
    host = f"[{request.address}]" if ":" in request.address else request.address
    known = {
        "cloudfront-viewer-country": request.country,
        "cloudfront-viewer-address": f"{host}:{request.port}",
        "cloudfront-viewer-http-version": request.version,
        "cloudfront-forwarded-proto": "http",
        "cloudfront-is-desktop-viewer": "true",
        "cloudfront-is-mobile-viewer": "false",
        "cloudfront-is-tablet-viewer": "false",
        "cloudfront-is-smarttv-viewer": "false",
    }
    return {name: value for name, value in known.items() if value and _asked(behaviour, name)}


def _asked(behaviour: Behaviour, name: str) -> bool:
    forward = behaviour.forward.headers
    if forward.behaviour == "allViewerAndWhitelistCloudFront":
        named = name in forward.names
    else:
        named = forward.behaviour != "allViewer" and forward.takes(name)
    return named or behaviour.cache.headers.takes(name)


def cache_key(behaviour: Behaviour, request: Request) -> Key:
    policy = behaviour.cache
    headers = [f"{n}:{request.headers.get(n, '')}" for n in sorted(policy.headers.names)]
    return (
        behaviour.origin.id,
        request.path,
        _pick(request.query, "&", policy.queries.takes),
        _pick(request.headers.get("cookie", ""), ";", policy.cookies.takes),
        encodings(policy, request) or "",
        *(headers if policy.headers.behaviour == "whitelist" else ()),
        *(("OPTIONS",) if request.method == "OPTIONS" else ()),
    )


def encodings(policy: CachePolicy, request: Request) -> str | None:
    """Accept-Encoding as CloudFront normalises it; None where the policy leaves the viewer's alone."""
    if not (policy.gzip or policy.brotli):
        return None
    offered = {each.partition(";")[0].strip() for each in request.headers.get("accept-encoding", "").lower().split(",")}
    wanted = (("br", policy.brotli), ("gzip", policy.gzip))
    return ",".join(name for name, enabled in wanted if enabled and name in offered)


def origin_query(behaviour: Behaviour, request: Request) -> str:
    cache, forward = behaviour.cache.queries, behaviour.forward.queries
    return _pick(request.query, "&", lambda name: cache.takes(name) or forward.takes(name))


def origin_headers(behaviour: Behaviour, request: Request) -> Headers:
    """The headers of the origin request but for conditions and ranges, which the cache decides."""
    cache, forward = behaviour.cache, behaviour.forward
    chosen = {
        name: value
        for name, value in request.headers.items()
        if (cache.headers.takes(name) or _forwards(forward.headers, name))
        and name not in _HOP
        and name not in _NOT_FORWARDED
    }
    cookies = _pick(
        request.headers.get("cookie", ""), ";", lambda n: cache.cookies.takes(n) or forward.cookies.takes(n)
    )
    if cookies:
        chosen["cookie"] = cookies
    _authorize(chosen, behaviour, request)
    normal = encodings(cache, request)
    if normal:
        chosen["accept-encoding"] = normal
    elif normal is None and _forwards(forward.headers, "accept-encoding") and "accept-encoding" in request.headers:
        chosen["accept-encoding"] = request.headers["accept-encoding"]
    if request.body:
        chosen |= {name: request.headers[name] for name in _BODY if name in request.headers}
    chosen.setdefault("user-agent", "Amazon CloudFront")
    trail = request.headers.get("x-forwarded-for")
    chosen["x-forwarded-for"] = f"{trail}, {request.address}" if trail else request.address
    chosen["via"] = f"{request.version} local-edge (CloudFront)"
    chosen["x-amz-cf-id"] = request.id
    chosen |= dict(behaviour.origin.headers)  # the last word: a viewer's copy of a secret header is worth nothing
    return chosen


def conditions(request: Request) -> Headers:
    """The viewer's own conditions and range, for answers that are not kept."""
    return {name: request.headers[name] for name in _CONDITIONAL if name in request.headers}


def _forwards(selection: Selection, name: str) -> bool:
    if selection.behaviour == "allViewerAndWhitelistCloudFront":
        return True  # of the cloudfront-* ones only those named were added
    return selection.takes(name)


def _authorize(chosen: Headers, behaviour: Behaviour, request: Request) -> None:
    # CloudFront takes Authorization out of GET and HEAD unless it is in the cache key or all headers go.
    value = request.headers.get("authorization")
    forward = behaviour.forward.headers.behaviour
    wanted = behaviour.cache.headers.takes("authorization") or forward.startswith("all")
    if value and (wanted or request.method not in {"GET", "HEAD", "OPTIONS"}):
        chosen["authorization"] = value


def _pick(raw: str, separator: str, takes: Callable[[str], bool]) -> str:
    parts = [each.strip() for each in raw.split(separator) if each.strip()]
    joint = "; " if separator == ";" else separator
    return joint.join(each for each in parts if takes(each.partition("=")[0]))
