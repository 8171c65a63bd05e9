"""Execution environments of Python functions, closer to Lambda than ministack's.

- An environment sees its own archive, its layers as one ``/opt`` (with ``bin`` on PATH, executable), boto3 as Lambda
  brings it, and nothing else of this machine: ministack lets functions import whatever its own interpreter can.
- It gets the function's settings and its own role's credentials, not ministack's environment.
- An exception keeps its type, message and stack (ministack: always ``Runtime.HandlerError``, so that Step Functions'
  Retry and Catch never match), and does not end the environment.
- Logs end with a mark, so that nothing waits for more of them (ministack: 50 ms a call).
- Archives are unpacked once, not once for each environment.
- What functions print is in ``functions.log`` too.
"""

import inspect
from pathlib import Path
from typing import Any

import boto3
from ministack.core import lambda_runtime
from ministack.services import cloudwatch_logs, lambda_svc

from local.cloud.environment import RUNTIME, Environment, log_group

BROUGHT_BY_LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
"""What Lambda's Python runtime holds beside the standard library."""
STREAMS_KEPT = 100
"""Calls of a function whose log can be asked for."""


def install(home: Path) -> None:
    assert lambda_runtime._worker_class_for({"Runtime": "python3.13"}) is lambda_runtime.Worker, "ministack changed"
    assert "worker.invoke(" in inspect.getsource(lambda_svc._execute_function_warm), "ministack changed"
    stock = lambda_runtime._worker_class_for
    Environment.home = home
    _link_runtime(home / RUNTIME)

    def worker_class(config: dict[str, Any]) -> Any:
        return Environment if str(config.get("Runtime", "")).startswith("python") else stock(config)

    lambda_runtime._worker_class_for = worker_class
    warm = lambda_svc._execute_function_warm

    def execute(func: dict[str, Any], event: Any, request_id: str) -> Any:
        config = func.get("config") or func
        if not str(config.get("Runtime", "")).startswith("python"):
            return warm(func, event, request_id)
        return _execute(func, config, event, request_id)

    lambda_svc._execute_function_warm = execute
    emit = lambda_svc._emit_lambda_logs

    def emit_and_forget(func: dict[str, Any], *rest: Any, **named: Any) -> None:
        emit(func, *rest, **named)
        _forget_old_streams(func.get("config") or func)

    lambda_svc._emit_lambda_logs = emit_and_forget


def _execute(func: dict[str, Any], config: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    lambda_svc._ensure_reaper_thread()
    version = config.get("Version", "$LATEST")
    environment, _ = lambda_runtime.acquire_worker(config["FunctionName"], config, func["code_zip"], qualifier=version)
    try:
        answer, log = environment.run(event, request_id, lambda_svc._xray_trace_id_for_invocation(config))
    finally:
        lambda_runtime.release_worker(environment)
    environment.keep(log)
    if "result" in answer:
        return {"body": answer["result"], "log": log}
    return {"body": {**answer, "requestId": request_id}, "error": True, "log": log}


def _forget_old_streams(config: dict[str, Any]) -> None:
    """Ministack begins a log stream a call and keeps them all, in memory and in every snapshot."""
    group = cloudwatch_logs._log_groups.get(log_group(config))
    while group and len(group["streams"]) > STREAMS_KEPT:
        group["streams"].pop(next(iter(group["streams"])), None)


def _link_runtime(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    packages = Path(boto3.__file__).parents[1]
    for name in BROUGHT_BY_LAMBDA:
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(packages / name)
