"""A CloudFront function's event, made from a request, and its answer, read back. Pure.

The shapes are those of "Event structure" in the CloudFront developer guide: names in lower case, ``multiValue`` only
where a name came more than once, cookies apart from the headers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .message import Headers, Request, Response
from .model import Distribution

_HIDDEN = frozenset(
    {"connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer",
     "upgrade", "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-cache",
     "x-forwarded-proto", "x-real-ip"}
)  # fmt: skip
_READ_ONLY = frozenset({"content-length", "host", "transfer-encoding", "via"})


class InvalidAnswer(Exception):  # noqa: N818 -- it becomes 502, an answer
    """The function answered with something that CloudFront does not accept."""


def event(request: Request, distribution: Distribution) -> dict[str, Any]:
    headers = {
        name: _values(request.repeated.get(name) or [value])
        for name, value in request.headers.items()
        if name != "cookie" and not _hidden(name)
    }
    return {
        "version": "1.0",
        "context": {
            "distributionDomainName": distribution.domain,
            "distributionId": distribution.id,
            "eventType": "viewer-request",
            "requestId": request.id,
        },
        "viewer": {"ip": request.address},
        "request": {
            "method": request.method,
            "uri": request.path,
            "querystring": _grouped(_split(request.query, "&")),
            "headers": headers,
            "cookies": _grouped(_split(request.headers.get("cookie", ""), ";")),
        },
    }


def read(answer: Any, sent: Mapping[str, Any], request: Request) -> Response | None:
    """A response that the function made; or None, and *request* changed as the function said.

    *sent* is the event's ``request``. Raises `InvalidAnswer`.
    """
    if not isinstance(answer, dict):
        raise InvalidAnswer("the function returned neither a request nor a response")
    if "statusCode" in answer:
        return _response(answer)
    if answer.get("method") != request.method:
        raise InvalidAnswer("the method is read-only")
    uri = answer.get("uri")
    if not isinstance(uri, str) or not uri.startswith("/"):
        raise InvalidAnswer("uri must begin with a slash")
    request.path = uri
    if answer.get("querystring") != sent["querystring"]:
        request.query = "&".join(_flat(answer.get("querystring", {})))
    _headers(answer.get("headers", {}), sent["headers"], request)
    if answer.get("cookies") != sent["cookies"]:
        request.headers.pop("cookie", None)
        if cookies := _flat(answer.get("cookies", {})):
            request.headers["cookie"] = "; ".join(cookies)
    return None


def _headers(given: Mapping[str, Any], sent: Mapping[str, Any], request: Request) -> None:
    if given == sent:
        return
    for name in sent.keys() - given.keys() - _READ_ONLY:
        del request.headers[name]
    for name, value in given.items():
        if value == sent.get(name):
            continue
        if name != name.lower() or _hidden(name) or name in _READ_ONLY:
            raise InvalidAnswer(f"a function may not set the header {name}")
        request.headers[name] = ", ".join(_texts(value))


def _response(answer: Mapping[str, Any]) -> Response:
    status = answer["statusCode"]
    if not isinstance(status, int) or not 100 <= status <= 599:  # noqa: PLR2004 -- HTTP's statuses
        raise InvalidAnswer("statusCode is not a status")
    headers: Headers = {}
    for name, value in answer.get("headers", {}).items():
        if name != name.lower() or _hidden(name) or name in _READ_ONLY:
            raise InvalidAnswer(f"a function may not set the header {name}")
        headers[name] = ", ".join(_texts(value))
    body = answer.get("body", "")
    text = body.get("data", "") if isinstance(body, dict) else body
    raw = str(text).encode()
    cookies = [
        f"{name}={value.get('value', '')}" + (f"; {value['attributes']}" if value.get("attributes") else "")
        for name, value in answer.get("cookies", {}).items()
    ]
    return Response(
        status=status,
        headers=headers,
        cookies=cookies,
        body=(raw,),
        length=len(raw),
        x_cache="FunctionGeneratedResponse",
    )


def _hidden(name: str) -> bool:
    return name in _HIDDEN or name.startswith(("x-amz-cf-", "x-edge-"))


def _values(values: Sequence[str]) -> dict[str, Any]:
    first: dict[str, Any] = {"value": values[0]}
    return first | {"multiValue": [{"value": each} for each in values]} if len(values) > 1 else first


def _split(raw: str, separator: str) -> list[tuple[str, str]]:
    parts = [each.strip().partition("=") for each in raw.split(separator) if each.strip()]
    return [(name, value) for name, _, value in parts]


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return {name: _values(values) for name, values in grouped.items()}


def _texts(value: Any) -> list[str]:
    try:
        return [str(each["value"]) for each in value.get("multiValue") or [value]]
    except (AttributeError, KeyError, TypeError):
        raise InvalidAnswer('a value is not of the form {"value": text}') from None


def _flat(grouped: Mapping[str, Any]) -> list[str]:
    return [f"{name}={text}" if text else name for name, value in grouped.items() for text in _texts(value)]
