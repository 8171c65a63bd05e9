"""The house HTTP style: one resolver per function, RFC 9457 problems, one log line each.

Traps found the hard way: a handler for ``Exception`` shadows Powertools' own (415 became 500), so
each of its errors is named below; a problem's body must already be a string.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError

from legato import dynamo, log
from legato.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    MalformedRequest,
    NotFound,
    PaymentRequired,
    Refusal,
    Stale,
    Throttled,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
    Withdrawn,
)

STATUS: dict[type[Refusal], int] = {
    Unauthenticated: 401,
    PaymentRequired: 402,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    Stale: 412,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Invalid: 422,
    Throttled: 429,
    Withdrawn: 451,
    Unavailable: 503,
}
"""The one table from what the business says to what HTTP says."""

LIMIT_BYTES = 256 * 1024
GUARDED = [{"bearer": list[str]()}]
"""``security=GUARDED`` on a route: the gateway's JWT authorizer stands before it."""
ADMIN = [{"bearer": ["admin"]}]
"""``security=ADMIN``: the token's scope must hold ``admin`` as well."""

NO_CONTENT = 204
ON_THE_WIRE: Any = ...
"""``_: StartPlayback = ON_THE_WIRE`` puts a body into the OpenAPI document where the function reads it by hand."""

NO_STORE = {"Cache-Control": "no-store"}
_BUSY = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "TransactionConflictException",
    "LimitExceededException",
    "KMSThrottlingException",
}


def new_api(*, validate: bool = True) -> APIGatewayHttpResolver:
    """A resolver that answers every failure in ``application/problem+json``.

    ``validate=False`` keeps pydantic out of the process: hot functions check their own small bodies with
    `body` (docs/adr/0004).
    """
    api = APIGatewayHttpResolver(enable_validation=validate, serializer=to_json, json_body_deserializer=from_json)

    @api.exception_handler(Refusal)
    def refused(refusal: Refusal) -> Response[str]:
        return problem(status_of(refusal), refusal.slug(), refusal.detail, **refusal.context)

    @api.exception_handler(RequestValidationError)
    def malformed(error: RequestValidationError) -> Response[str]:
        faults = [{"at": ".".join(map(str, e["loc"])), "fault": e["msg"]} for e in error.errors()]
        return problem(422, MalformedRequest.slug(), errors=faults)

    @api.exception_handler(UnicodeDecodeError)
    def not_text(_: UnicodeDecodeError) -> Response[str]:
        return problem(422, MalformedRequest.slug(), "the body is not UTF-8")

    @api.exception_handler(RequestUnsupportedContentType)
    def not_json(_: RequestUnsupportedContentType) -> Response[str]:
        return problem(415, "unsupported-media-type")

    @api.not_found
    def no_such_route(_: Exception) -> Response[str]:
        return problem(404, "no-such-route", api.current_event.path)

    @api.exception_handler(ClientError)
    def aws_refused(error: ClientError) -> Response[str]:
        return _aws_failed(error, busy=dynamo.code(error) in _BUSY or dynamo.is_contested(error))

    @api.exception_handler(BotoCoreError)
    def aws_unreachable(error: BotoCoreError) -> Response[str]:
        return _aws_failed(error, busy=True)

    @api.exception_handler(Exception)
    def broken(error: Exception) -> Response[str]:
        log.error("unhandled", error)
        return problem(500, "internal-error")

    return api


def entry(api: APIGatewayHttpResolver) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The Lambda handler of *api*: one log line a request, and answers are never stored unless they say so."""

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if len(event.get("body") or "") > LIMIT_BYTES * 4 // 3:
            refused = problem(413, "body-too-large", limit_bytes=LIMIT_BYTES)
            return {
                "statusCode": 413,
                "headers": {"Content-Type": str(refused.content_type)} | NO_STORE,
                "body": refused.body,
            }
        answer: dict[str, Any] = api.resolve(event, context)
        # Powertools writes the headers of an HTTP API as {name: value}.
        headers = answer.setdefault("headers", {})
        if "Cache-Control" not in headers:
            headers |= NO_STORE
        if answer["statusCode"] == NO_CONTENT:
            # Not even "null": what follows a 204 on the wire is the next answer (RFC 9110 section 15.3.5).
            headers.pop("Content-Type", None)
            answer["body"] = ""
        http = event.get("requestContext", {})
        log.info(
            "request",
            route=http.get("routeKey"),
            status=answer["statusCode"],
            request_id=getattr(context, "aws_request_id", None),
        )
        return answer

    return handler


def body(api: APIGatewayHttpResolver) -> dict[str, Any]:
    """The request's JSON object, for functions without pydantic. Raises `MalformedRequest`."""
    try:
        value = api.current_event.json_body
    except ValueError as fault:
        raise MalformedRequest("the body is not JSON") from fault
    if not isinstance(value, dict):
        raise MalformedRequest("the body is not a JSON object")
    return value


def from_json(text: str) -> Any:
    """Raises `json.JSONDecodeError` for everything that no client of ours means, where Python's parser would
    raise something else (10,000 digits, 100,000 brackets) or let it through (half a surrogate pair, NaN).
    """
    try:
        value = json.loads(text, parse_constant=_no_number)
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as fault:
        raise json.JSONDecodeError("not a JSON text in Unicode", "", 0) from fault
    return value


def to_json(value: Any) -> str:
    return json.dumps(value, default=_plain, separators=(",", ":"), ensure_ascii=False)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond: ``2026-01-31T12:00:00.000Z``."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def problem(status: int, slug: str, detail: str = "", **extensions: object) -> Response[str]:
    """A refusal as RFC 9457 section 3 writes it."""
    headers: dict[str, str | list[str]] = dict(NO_STORE)
    if "retry_after" in extensions:
        headers["Retry-After"] = str(extensions["retry_after"])
    text = to_json(_members(status, slug, detail, extensions))
    return Response(status, "application/problem+json", text, headers=headers)


def problem_of(refusal: Refusal) -> dict[str, object]:
    """The problem's members, for answers that hold several."""
    return _members(status_of(refusal), refusal.slug(), refusal.detail, refusal.context)


def status_of(refusal: Refusal) -> int:
    return next(status for kind, status in STATUS.items() if isinstance(refusal, kind))


def _members(status: int, slug: str, detail: str, extensions: Mapping[str, object]) -> dict[str, object]:
    content: dict[str, object] = {
        "type": f"/problems/{slug}",
        "title": slug.replace("-", " ").capitalize(),
        "status": status,
    }
    return content | ({"detail": detail} if detail else {}) | dict(extensions)


def _aws_failed(error: Exception, *, busy: bool) -> Response[str]:
    log.error("AWS call failed", error)
    if busy:
        return problem(503, "try-again", retry_after=2)
    return problem(500, "internal-error")


def _no_number(name: str) -> Any:
    message = f"{name} is not a JSON number (RFC 8259 section 6)"
    raise ValueError(message)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return timestamp(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    message = f"{type(value).__name__} is not part of the wire format"
    raise TypeError(message)
