"""Who asks, and from where: the claims the gateway checked, and the headers only CloudFront may set."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from legato import claims
from legato.claims import Caller
from legato.errors import Forbidden

__all__ = ["Caller", "NotThroughTheEdge", "Viewer", "caller", "viewer"]

ORIGIN_HEADER = "x-legato-origin"
"""The secret that CloudFront adds to every request to our APIs; nobody else knows it."""
HOST_HEADER = "x-legato-host"
"""The host the viewer asked for, handed on by the viewer-request function."""


class NotThroughTheEdge(Forbidden):
    """The request claims a country, an address or a host, but did not come through CloudFront."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Where a request comes from, as CloudFront saw it."""

    country: str
    """ISO 3166-1 alpha-2, or ``""`` where CloudFront could not tell: then nothing territorial opens."""
    address: str
    host: str
    scheme: str


def caller(event: Mapping[str, Any]) -> Caller:
    """The caller of an HTTP API event (payload 2.0) on a guarded route."""
    return claims.read(event["requestContext"]["authorizer"]["jwt"]["claims"])


def viewer(headers: Mapping[str, str], accepted: Iterable[str]) -> Viewer:
    """The viewer, if one of the *accepted* origin secrets vouches for the headers.

    Raises `NotThroughTheEdge`. Header names must be lower case, as HTTP APIs deliver them.
    """
    shown = headers.get(ORIGIN_HEADER, "").encode()
    # Every value is compared, so that the time taken does not tell which one is current.
    if not any([hmac.compare_digest(shown, secret.encode()) for secret in accepted if secret]):  # noqa: C419
        raise NotThroughTheEdge
    address = headers.get("cloudfront-viewer-address", "").rpartition(":")[0]
    return Viewer(
        country=headers.get("cloudfront-viewer-country", "").upper(),
        address=address.strip("[]"),
        host=headers.get(HOST_HEADER, ""),
        scheme=headers.get("cloudfront-forwarded-proto", "https"),
    )
