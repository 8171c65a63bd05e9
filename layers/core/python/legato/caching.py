"""Public answers that browsers and the CDN may keep for a while, and ask about again for the price of a 304."""

import hashlib
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from legato.api import to_json

Middleware = Callable[[APIGatewayHttpResolver, Callable[[APIGatewayHttpResolver], Response[Any]]], Response[Any]]


def public(seconds: int) -> Middleware:
    """A Powertools middleware: 200 answers of the routes below it are public for *seconds* and carry an ETag."""

    def cached(app: APIGatewayHttpResolver, route: Callable[[APIGatewayHttpResolver], Response[Any]]) -> Response[Any]:
        answer = route(app)
        if answer.status_code != 200:  # noqa: PLR2004 -- the status of an answer with content
            return answer
        text = answer.body if isinstance(answer.body, str) else to_json(answer.body)
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        headers: dict[str, str | list[str]] = {"Cache-Control": f"public, max-age={seconds}", "ETag": tag}
        if matches(app.current_event.headers.get("if-none-match", ""), tag):
            return Response(304, headers=headers)
        return Response(200, "application/json", text, headers={**answer.headers, **headers})

    return cached


def matches(header: str, tag: str) -> bool:
    """RFC 9110 section 13.1.2: weak comparison, because CloudFront weakens the tags of what it compresses."""
    shown = [each.strip().removeprefix("W/") for each in header.split(",")]
    return tag.removeprefix("W/") in shown or shown == ["*"]
