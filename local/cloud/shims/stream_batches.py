"""Failed batches of a Kinesis or DynamoDB stream, as the Lambda developer guide has them ("Error handling").

ministack repeats a batch for ever if the function raises, and takes it for done if the function reports some of its
records (``ReportBatchItemFailures``): they would be lost. Here a report repeats from its first record on, a batch that
fails whole is halved (``BisectBatchOnFunctionError``) or repeated ``MaximumRetryAttempts`` times, and what then
remains goes to the S3 bucket of ``OnFailure`` with the function's own role.
"""

import json
import os
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from ministack.services import lambda_svc

from local.cloud.shims.service_roles import role_may

Records = list[dict[str, Any]]
Mapping = dict[str, Any]
PAUSES = (0.1, 0.2, 0.4, 0.8)
"""Seconds before the first repetitions; the last also before all others."""
_polling: ContextVar[bool] = ContextVar("a mapping reads its stream", default=False)


def install(home: Path) -> None:
    for name in ("_poll_kinesis", "_poll_dynamodb_streams"):
        setattr(lambda_svc, name, _marked(getattr(lambda_svc, name)))
    execute = lambda_svc._execute_function
    assert execute.__code__.co_varnames[:2] == ("func", "event"), "ministack changed"

    def execute_function(func: dict[str, Any], event: Any) -> Any:
        if not _polling.get():
            return execute(func, event)
        return deliver(
            event["Records"], _mapping(func, event["Records"]), lambda batch: execute(func, {"Records": batch})
        )

    lambda_svc._execute_function = execute_function


def deliver(records: Records, mapping: Mapping, call: Callable[[Records], dict[str, Any]]) -> dict[str, Any]:
    """Bring *records* to their end. An error is returned only if they are to be read again from the stream."""
    limit = int(mapping.get("MaximumRetryAttempts", -1))
    waiting = [(records, 0)]
    result: dict[str, Any] = {"body": None}
    while waiting:
        batch, repeated = waiting.pop(0)
        result = call(batch)
        if result.get("throttle"):
            return result  # it never reached the function, and does not count
        first = _first_failure(batch, mapping, result)
        if first is None:
            continue
        if first:
            waiting.insert(0, (batch[first:], repeated))
        elif mapping.get("BisectBatchOnFunctionError") and len(batch) > 1:
            middle = len(batch) // 2
            waiting[:0] = [(batch[:middle], repeated), (batch[middle:], repeated)]
        elif limit < 0:
            return {**result, "error": True}
        elif repeated >= limit:
            _give_up(batch, mapping, result)
        else:
            time.sleep(PAUSES[min(repeated, len(PAUSES) - 1)])
            waiting.insert(0, (batch, repeated + 1))
    return {"body": None, "log": result.get("log", "")}


def _marked(poll: Any) -> Any:
    def marked() -> Any:
        mark = _polling.set(True)
        try:
            return poll()
        finally:
            _polling.reset(mark)

    return marked


def _mapping(func: dict[str, Any], records: Records) -> Mapping:
    name, source = func["config"]["FunctionName"], records[0]["eventSourceARN"]
    every = (each for _, _, each in lambda_svc._iter_all_esms())
    found: Mapping = next(m for m in every if m["EventSourceArn"] == source and m["FunctionName"] == name)
    return {**found, "Role": func["config"]["Role"]}


def _first_failure(batch: Records, mapping: Mapping, result: dict[str, Any]) -> int | None:
    """Where to go on; None if all went well, 0 if nothing did."""
    if result.get("error"):
        return 0
    body = result.get("body")
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []) or not isinstance(body, dict):
        return None
    failed = [each.get("itemIdentifier") for each in body.get("batchItemFailures") or []]
    if not failed:
        return None
    numbers = [
        (each.get("kinesis") or {}).get("sequenceNumber") or each["dynamodb"]["SequenceNumber"] for each in batch
    ]
    known = [numbers.index(each) for each in failed if each in numbers]
    return min(known) if len(known) == len(failed) else 0


def _give_up(batch: Records, mapping: Mapping, result: dict[str, Any]) -> None:
    place = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", "")
    now = datetime.now(UTC)
    if not place.startswith("arn:aws:s3:::"):
        return
    key = f"aws/lambda/{mapping['UUID']}/shard/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
    if not role_may(mapping["Role"], "s3:PutObject", f"{place}/{key}"):
        return
    record = {
        "requestContext": {"functionArn": mapping["FunctionArn"], "condition": "RetryAttemptsExhausted"},
        "responseContext": {"functionError": "Unhandled", "body": result.get("body")},
        "timestamp": now.isoformat(),
        "payload": json.dumps({"Records": batch}, default=str),
    }
    s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}")
    s3.put_object(Bucket=place.rpartition(":")[2], Key=key, Body=json.dumps(record, default=str))
