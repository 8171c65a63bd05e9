"""How long an answer may be kept: CloudFront's expiration rules. Pure."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from .model import CachePolicy

_STORABLE = frozenset({200, 203, 204, 206, 300, 301, 302, 303, 307, 308})
_ERRORS_ALWAYS = frozenset({404, 410, 414, 500, 501, 502, 503, 504})
_ERRORS_WITH_AGE = frozenset({400, 403, 405, 412, 415})
_ERRORS_OBEDIENT = frozenset({404, 410, 414, 501})
"""The errors whose no-store, no-cache and private are respected; the others are kept all the same."""


def directives(header: str) -> dict[str, str]:
    """Cache-Control as lower-case names to values (``""`` for those without)."""
    parts = (each.strip().partition("=") for each in header.split(",") if each.strip())
    return {name.lower(): value.strip('" ') for name, _, value in parts}


def lifetime(status: int, headers: Mapping[str, str], policy: CachePolicy, *, error_ttl: float, now: float) -> float:
    """Seconds that an answer stays fresh at the edge; 0 if it must not be kept."""
    control = directives(headers.get("cache-control", ""))
    forbidden = bool(control.keys() & {"no-store", "no-cache", "private"})
    told = _told(control, headers, now)
    if status >= 400:  # noqa: PLR2004 -- where errors begin
        return _of_error(status, told, error_ttl, policy, forbidden=forbidden)
    if status not in _STORABLE:
        return 0
    if forbidden:
        return policy.min_ttl
    if told is None:
        return max(policy.min_ttl, policy.default_ttl)
    return max(policy.min_ttl, min(told, policy.max_ttl))


def stale_if_error(headers: Mapping[str, str]) -> float:
    """Seconds past its lifetime that an object may stand in for a failing origin; without a word, a day."""
    control = directives(headers.get("cache-control", ""))
    if "must-revalidate" in control or "proxy-revalidate" in control:
        return 0
    return _seconds(control.get("stale-if-error")) if "stale-if-error" in control else 86400


def _told(control: Mapping[str, str], headers: Mapping[str, str], now: float) -> float | None:
    for name in ("s-maxage", "max-age"):
        if name in control:
            return _seconds(control[name])
    if "expires" in headers:
        try:
            return max(parsedate_to_datetime(headers["expires"]).timestamp() - now, 0)
        except ValueError:  # "0" and the like are in the past
            return 0
    return None


def _of_error(status: int, told: float | None, error_ttl: float, policy: CachePolicy, *, forbidden: bool) -> float:
    if status in _ERRORS_WITH_AGE:
        return max(min(told, policy.max_ttl), error_ttl) if told is not None and not forbidden else 0
    if status not in _ERRORS_ALWAYS or (forbidden and status in _ERRORS_OBEDIENT):
        return 0
    return max(min(told or 0, policy.max_ttl), error_ttl)


def _seconds(text: str | None) -> float:
    return int(text) if text and text.isdigit() else 0
