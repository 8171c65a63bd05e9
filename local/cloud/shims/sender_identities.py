"""SES: the permission to send is asked of the identity that vouches for the sender.

ministack asks policies about ``*``. AWS asks about the verified identity: the sender's own address, or the nearest
domain above it (Service Authorization Reference, "Actions, resources, and condition keys for Amazon SES v2").
"""

import inspect
import json
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from ministack.core import iam_actions
from ministack.services import ses

SENDING = "/v2/email/outbound-emails"


def install(_home: Path) -> None:
    resource = iam_actions.extract_resource_arn
    known = ["service", "method", "path", "headers", "body"]
    # The shim of key-value stores may stand before us with a signature of its own.
    assert list(inspect.signature(resource).parameters)[:3] == known[:3], "ministack changed"
    assert callable(ses._identity_verified), "ministack changed"

    def resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any, **named: Any) -> Any:
        if service == "ses" and (method, path.rstrip("/")) == ("POST", SENDING):
            region, account = rest[1:3] if len(rest) > 2 else (named["region"], named["account_id"])  # noqa: PLR2004
            return f"arn:aws:ses:{region}:{account}:identity/{_identity(body)}"
        return resource(service, method, path, headers, body, *rest, **named)

    iam_actions.extract_resource_arn = resource_arn


def _identity(body: bytes) -> str:
    """The most specific verified identity of the sender; the address itself where there is none."""
    address = parseaddr(str(json.loads(body).get("FromEmailAddress", "")))[1]
    labels = address.rpartition("@")[2].lower().split(".")
    wider = [".".join(labels[n:]) for n in range(len(labels) - 1)]
    return next((name for name in (address, *wider) if _verified(name)), address)


def _verified(name: str) -> bool:
    return (ses._identities.get(name) or {}).get("VerificationStatus") == "Success"
