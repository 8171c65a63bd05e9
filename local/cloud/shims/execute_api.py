"""Addresses of HTTP APIs as AWS writes them, and a JWT issuer that is looked up when its authorizer is made.

ministack names an API ``<id>.execute-api.localhost:<port>``, which changes with the port and may not resolve.
Here it is ``https://<id>.execute-api.<region>.amazonaws.com``, so that issuers, origins and stored state are what
they are in the cloud; ministack's own requests to such an address (discovery document, key set) stay in this process.
"""

import json
import os
import re
import urllib.request
from pathlib import Path
from typing import Any

from ministack.core.responses import get_region
from ministack.services import apigateway
from ministack.services.cloudformation import provisioners, stacks

_ADDRESS = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(/.*)?")
_open = apigateway._urlopen_sync


def install(home: Path) -> None:
    assert apigateway._urlopen_sync.__code__.co_varnames[:2] == ("request_or_url", "timeout_seconds"), (
        "ministack changed"
    )
    handlers = provisioners._RESOURCE_HANDLERS
    api, authorizer = handlers["AWS::ApiGatewayV2::Api"], handlers["AWS::ApiGatewayV2::Authorizer"]
    create_api, create_authorizer, update_authorizer = api["create"], authorizer["create"], authorizer["update"]

    def named(logical: str, props: dict[str, Any], stack: str) -> Any:
        api_id, attributes = create_api(logical, props, stack)
        endpoint = f"https://{api_id}.execute-api.{get_region()}.amazonaws.com"
        apigateway._apis[api_id]["apiEndpoint"] = endpoint
        return api_id, {**attributes, "ApiEndpoint": endpoint}

    def checked(logical: str, props: dict[str, Any], stack: str) -> Any:
        _discover(props)
        return create_authorizer(logical, props, stack)

    def rechecked(id: str, old: dict[str, Any], new: dict[str, Any], stack: str) -> Any:
        _discover(new)
        return update_authorizer(id, old, new, stack)

    waits = stacks._runs_on_worker_thread
    assert not waits("AWS::ApiGatewayV2::Authorizer"), "ministack changed"
    # The lookup is answered by this very process: it must not hold the loop that serves requests.
    stacks._runs_on_worker_thread = lambda kind: kind == "AWS::ApiGatewayV2::Authorizer" or waits(kind)
    apigateway._urlopen_sync = _request
    api["create"] = named
    authorizer |= {"create": checked, "update": rechecked}


def local_address(url: str) -> str:
    """*url*, or where this process answers for it."""
    if match := _ADDRESS.fullmatch(url):
        return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/_aws/execute-api/{match[1]}/$default{match[2] or '/'}"
    return url


def _request(request_or_url: Any, timeout_seconds: float) -> Any:
    if isinstance(request_or_url, str):
        request_or_url = local_address(request_or_url)
    return _open(request_or_url, timeout_seconds)


def _discover(props: dict[str, Any]) -> None:
    """API Gateway fetches the discovery document when an authorizer is made, and refuses an issuer that has none."""
    issuer = (props.get("JwtConfiguration") or {}).get("Issuer")
    if not issuer:
        return
    where = issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        with urllib.request.urlopen(local_address(where), timeout=60) as answer:  # noqa: S310 -- http only, from the template
            document = json.load(answer)
    except (OSError, ValueError) as fault:
        raise ValueError(
            f"Invalid issuer: {issuer}. Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration' ({fault})"
        ) from fault
    if document.get("issuer") != issuer:
        raise ValueError(f"Invalid issuer: {issuer}. Its discovery document names {document.get('issuer')}")
