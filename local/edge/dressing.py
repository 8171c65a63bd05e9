"""What CloudFront does to an answer on its way out: the response headers policy, and compression. Pure but for zlib."""

import gzip

from .message import Headers, Request
from .model import Cors, ResponseHeadersPolicy
from .patterns import matches

_COMPRESSIBLE = frozenset(
    {"application/dash+xml", "application/eot", "application/font", "application/font-sfnt", "application/javascript",
     "application/json", "application/opentype", "application/otf", "application/pdf", "application/pkcs7-mime",
     "application/protobuf", "application/rss+xml", "application/truetype", "application/ttf",
     "application/vnd.apple.mpegurl", "application/vnd.mapbox-vector-tile", "application/vnd.ms-fontobject",
     "application/wasm", "application/xhtml+xml", "application/xml", "application/x-font-opentype",
     "application/x-font-truetype", "application/x-font-ttf", "application/x-httpd-cgi", "application/x-javascript",
     "application/x-mpegurl", "application/x-opentype", "application/x-otf", "application/x-perl",
     "application/x-ttf", "font/eot", "font/opentype", "font/otf", "font/ttf", "image/svg+xml", "text/css",
     "text/csv", "text/html", "text/javascript", "text/js", "text/plain", "text/richtext",
     "text/tab-separated-values", "text/xml", "text/x-component", "text/x-java-source", "text/x-script"}
)  # fmt: skip
"""The content types that CloudFront compresses; problem+json and audio are not among them."""
_SIZES = range(1_000, 10_000_001)
_ALL_METHODS = "GET, HEAD, PUT, POST, PATCH, DELETE, OPTIONS"


def worth_compressing(status: int, headers: Headers, length: int | None, accepted: str | None) -> bool:
    """Whether CloudFront would; *accepted* is the normalised Accept-Encoding, None where the policy has none."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        status in {200, 403, 404}
        and length in _SIZES
        and kind in _COMPRESSIBLE
        and "gzip" in (accepted or "").split(",")
        and "content-encoding" not in headers
    )


def compressed(data: bytes, headers: Headers) -> bytes:
    """*data* in gzip; *headers* are changed to say so. A strong ETag becomes a weak one."""
    headers["content-encoding"] = "gzip"
    headers["vary"] = "Accept-Encoding"
    headers.pop("accept-ranges", None)
    tag = headers.get("etag")
    if tag and not tag.startswith("W/"):
        headers["etag"] = f"W/{tag}"
    return gzip.compress(data, compresslevel=6, mtime=0)


def dress(headers: Headers, policy: ResponseHeadersPolicy, request: Request) -> None:
    for name in policy.removed:
        headers.pop(name, None)
    if policy.cors and "origin" in request.headers:
        for name, value in _cors(policy.cors, request).items():
            _set(headers, name, value, override=policy.cors.override)
    for name, value, override in policy.headers:
        _set(headers, name, value, override=override)


def _cors(cors: Cors, request: Request) -> Headers:
    origin = request.headers["origin"]
    if not any(matches(each, origin) for each in cors.origins):
        return {}
    anyone = "*" in cors.origins and not cors.credentials
    found = {"access-control-allow-origin": "*" if anyone else origin}
    if not anyone:
        found["vary"] = "Origin"
    if cors.credentials:
        found["access-control-allow-credentials"] = "true"
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        found["access-control-allow-methods"] = _ALL_METHODS if "ALL" in cors.methods else ", ".join(cors.methods)
        found["access-control-allow-headers"] = ", ".join(cors.headers)
        if cors.max_age is not None:
            found["access-control-max-age"] = str(cors.max_age)
    elif cors.exposed:
        found["access-control-expose-headers"] = ", ".join(cors.exposed)
    return found


def _set(headers: Headers, name: str, value: str, *, override: bool) -> None:
    if override or name not in headers:
        headers[name] = value
