"""What API Gateway documents of its JWT authorizers and ministack leaves out.

ministack verifies RS256 whatever ``alg`` says, takes a token without ``exp``, and fails with a 500 where a member
is not of its type. AWS: "Controlling access to HTTP APIs with JWT authorizers", "Authorizing API requests".
"""

import base64
import binascii
import inspect
import json
from pathlib import Path
from typing import Any

from ministack.services import apigateway

_ARGUMENTS = ["route", "authorizer", "headers", "query_params"]


def install(home: Path) -> None:
    check = apigateway._validate_jwt_authorizer
    assert list(inspect.signature(check).parameters) == _ARGUMENTS, "ministack changed"

    async def checked(
        route: dict[str, Any], authorizer: dict[str, Any], headers: dict[str, Any], query_params: dict[str, Any]
    ) -> Any:
        token = apigateway._extract_token_from_identity_source(
            authorizer.get("identitySource", []), headers, query_params
        )
        if not token or not _is_documented(token):
            return None, None, apigateway._jwt_unauthorized()
        return await check(route, authorizer, headers, query_params)

    apigateway._validate_jwt_authorizer = checked


def _is_documented(token: str) -> bool:
    """Whether *token* is signed as the documents allow, and has its times."""
    try:
        header, claims = (json.loads(_raw(part)) for part in token.split(".")[:2])
    except (ValueError, RecursionError):
        return False
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") != "RS256":
        return False
    times = [claims.get("exp"), claims.get("nbf", 0), claims.get("iat", 0)]
    return all(type(time) in {int, float} and abs(time) < 2**53 for time in times)


def _raw(part: str) -> str:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True).decode()
    except binascii.Error as fault:
        raise ValueError("not base64url") from fault
