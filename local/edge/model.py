"""A distribution as the edge serves it: what CloudFront's API describes, resolved, immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .patterns import path_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which headers, cookies or query strings: ``none``, ``whitelist``, ``allExcept``, ``all`` or ``allViewer…``."""

    behaviour: str = "none"
    names: frozenset[str] = frozenset()

    def takes(self, name: str) -> bool:
        if self.behaviour == "whitelist":
            return name in self.names
        if self.behaviour == "allExcept":
            return name not in self.names
        return self.behaviour.startswith("all")


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """What makes a cache key, and for how many seconds an answer may be kept."""

    headers: Selection = Selection()
    cookies: Selection = Selection()
    queries: Selection = Selection()
    gzip: bool = False
    brotli: bool = False
    min_ttl: int = 0
    default_ttl: int = 0
    max_ttl: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginRequestPolicy:
    """What goes to the origin beside the cache key."""

    headers: Selection = Selection()
    cookies: Selection = Selection()
    queries: Selection = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    max_age: int | None
    credentials: bool
    override: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHeadersPolicy:
    cors: Cors | None = None
    headers: tuple[tuple[str, str, bool], ...] = ()
    """Security and custom headers: name, value, and whether it replaces the origin's."""
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    name: str
    code: str
    store: str | None
    """ARN of the associated KeyValueStore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    id: str
    domain: str
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    bucket: str | None = None
    signing: str | None = None
    """SigningBehavior of the origin access control (``always``, ``never``, ``no-override``), if there is one."""
    admits: bool = False
    """Whether the bucket's policy lets this distribution read objects."""
    lists: bool = False
    """Whether it also lets it list the bucket: without that, S3 says 403 of what does not exist."""
    attempts: int = 3
    connect_timeout: float = 10
    read_timeout: float = 30


@dataclass(frozen=True, slots=True)
class TrustedKey:
    pem: str
    public: RSAPublicKey | EllipticCurvePublicKey = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    pattern: str
    origin: Origin
    methods: frozenset[str] = frozenset({"GET", "HEAD"})
    cached_methods: frozenset[str] = frozenset({"GET", "HEAD"})
    compress: bool = False
    keys: Mapping[str, TrustedKey] | None = None
    """Public keys by id of the trusted key groups; None where anyone may come in."""
    cache: CachePolicy = CachePolicy()
    forward: OriginRequestPolicy = OriginRequestPolicy()
    respond: ResponseHeadersPolicy = ResponseHeadersPolicy()
    function: Function | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What a CustomErrorResponse says of one status."""

    ttl: int = 10
    path: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    id: str
    arn: str
    domain: str
    enabled: bool
    root_object: str
    behaviours: tuple[Behaviour, ...]
    """In CloudFront's order, the default last."""
    errors: Mapping[int, ErrorPage] = field(default_factory=dict)

    def behaviour(self, path: str) -> Behaviour:
        """The first behaviour that covers *path* (normalised)."""
        return next(each for each in self.behaviours if path_matches(each.pattern, path))

    def error(self, status: int) -> ErrorPage:
        return self.errors.get(status, ErrorPage())
