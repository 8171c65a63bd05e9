"""CloudFormation custom resources: whatever happens, the stack gets an answer, and soon.

Protocol: AWS CloudFormation User Guide, "Custom resource request objects" and "… response objects". A stack
that is not answered waits for an hour.
"""

import json
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from legato import log

TIMEOUT_SECONDS = 10
ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the stack asks for. ``properties`` hold text only: CloudFormation turns numbers into it."""

    kind: Literal["Create", "Update", "Delete"]
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """``id`` must stay the same while the thing does: another id makes CloudFormation delete the old one.
    ``attributes`` end in templates and in plain sight.
    """

    id: str
    attributes: Mapping[str, str]


def entry(serve: Callable[[Request], Made]) -> Callable[[dict[str, Any], Any], None]:
    """The Lambda handler around *serve*, which must do no harm when it is called twice."""

    def handler(event: dict[str, Any], context: Any) -> None:
        named = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
        try:
            made = serve(Request(kind=event["RequestType"], properties=event["ResourceProperties"]))
            answer = {"Status": "SUCCESS", "PhysicalResourceId": made.id, "Data": dict(made.attributes)}
        except Exception as fault:  # noqa: BLE001 -- a stack without an answer hangs for an hour
            log.error("custom resource failed", fault, kind=event["RequestType"], resource=event["LogicalResourceId"])
            # The name only: a message may quote what it could not read, and stack events are shown to many.
            reason = f"{type(fault).__name__}; see {getattr(context, 'log_stream_name', 'the log')}"
            kept = event.get("PhysicalResourceId", event["LogicalResourceId"])
            answer = {"Status": "FAILED", "PhysicalResourceId": kept, "Reason": reason}
        _put(event["ResponseURL"], json.dumps(answer | named).encode())

    return handler


def _put(url: str, body: bytes) -> None:
    # S3 signed the address for an empty content type.
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    for attempt in range(1, ATTEMPTS + 1):
        try:
            urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()  # noqa: S310 -- CloudFormation's own address
        except OSError:
            if attempt == ATTEMPTS:
                raise
        else:
            return
