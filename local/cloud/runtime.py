"""The inside of a Lambda execution environment: started with ``python -I -S runtime.py``, fed over stdin.

One JSON object a line. In: ``{handler, path, memory}``, then ``{event, request_id, arn, deadline, trace}`` for each
invocation. Out: ``{"ready": true}`` or an error, then ``{"result": …}`` or ``{"errorType", "errorMessage", "stackTrace"}``.
What the function prints goes to stderr, which ends each invocation with a line that holds `END` alone.

Nothing of this house is importable here but what the function's own archive and layers hold, as in the cloud.
"""

import importlib
import json
import os
import socket
import sys
import time
import traceback
from typing import Any

END = "\x00end"


class Context:
    """What a Python handler gets as its second argument (Lambda developer guide, "Python context object")."""

    identity = None
    client_context = None

    def __init__(self, call: dict[str, Any], memory: int) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.memory_limit_in_mb = memory
        self.invoked_function_arn = call["arn"]
        self.aws_request_id = call["request_id"]
        self._deadline = call["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))


def resolve_below_loopback() -> None:
    """CloudFront's key-value stores are reached at ``<account>.<endpoint>``, which nobody resolves for an address."""
    known = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **named: Any) -> Any:
        return known("127.0.0.1" if str(host).endswith(".127.0.0.1") else host, *rest, **named)

    socket.getaddrinfo = resolve


def main() -> None:
    resolve_below_loopback()
    answers, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    os.dup2(2, 1)  # a child that prints must not speak on our line

    def answer(**content: Any) -> None:
        sys.stderr.write(f"{END}\n")
        sys.stderr.flush()
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    setup = json.loads(sys.stdin.readline())
    sys.path[:0] = setup["path"]
    module, _, name = setup["handler"].replace("/", ".").rpartition(".")
    try:
        handler = getattr(importlib.import_module(module), name)
    except BaseException as fault:  # noqa: BLE001 -- a module may even exit
        answer(**failure(fault, "Runtime.ImportModuleError" if isinstance(fault, ImportError) else None))
        return
    answer(ready=True)
    for line in sys.stdin:
        call = json.loads(line)
        if call["trace"]:
            os.environ["_X_AMZN_TRACE_ID"] = call["trace"]
        try:
            result = handler(call["event"], Context(call, setup["memory"]))
            json.dumps(result)
        except Exception as fault:  # noqa: BLE001 -- every failure of a function is an answer
            answer(**failure(fault, None))
        else:
            answer(result=result)


def failure(fault: BaseException, kind: str | None) -> dict[str, Any]:
    trace = traceback.format_exception(fault)
    sys.stderr.write("[ERROR] " + "".join(trace))
    return {"errorType": kind or type(fault).__name__, "errorMessage": str(fault), "stackTrace": trace[1:-1]}


if __name__ == "__main__":
    main()
