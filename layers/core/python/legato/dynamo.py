"""DynamoDB without boto3: botocore's client, and the types we store.

Importing boto3 also imports s3transfer and asyncio. No table here needs either,
and a cold start can tell the difference (248 ms of CPU against 220).
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from legato.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item: TypeAlias = dict[str, Any]
BATCH = 100
"""The most keys that one BatchGetItem takes (DynamoDB developer guide, "Quotas")."""
TRANSACTION = 100
"""The most writes of one TransactWriteItems (the same)."""
ATTEMPTS = 5
_PASSING = {"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"}
"""Cancellation reasons that say nothing about the data (API reference, "TransactWriteItems")."""

# Fail fast: the slowest answer that a listener waits for is a quarter of a second, three times.
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 3})


@cache
def client() -> "DynamoDBClient":
    """The one client of this process. Handlers call it while Lambda initialises them."""
    return cast("DynamoDBClient", botocore.session.get_session().create_client("dynamodb", config=_CONFIG))


def get(table: str, key: Mapping[str, Any], *, consistent: bool = False) -> Item | None:
    found = client().get_item(TableName=table, Key=encode(key), ConsistentRead=consistent)
    return decode(found["Item"]) if "Item" in found else None


def get_many(wanted: Mapping[str, Sequence[Mapping[str, Any]]], *, consistent: bool = False) -> dict[str, list[Item]]:
    """Items by table, in one BatchGetItem for up to `BATCH` keys over all tables; order is DynamoDB's.

    Keys that DynamoDB leaves unprocessed are asked for again, twice; then `TryAgain`.
    """
    flat = iter([(table, encode(key)) for table, keys in wanted.items() for key in _unique(keys)])
    found: dict[str, list[Item]] = {table: [] for table in wanted}
    while page := list(islice(flat, BATCH)):
        request: dict[str, Any] = {}
        for table, key in page:
            request.setdefault(table, {"Keys": [], "ConsistentRead": consistent})["Keys"].append(key)
        for _ in range(3):
            answer = client().batch_get_item(RequestItems=request)
            for table, items in answer["Responses"].items():
                found[table] += [decode(item) for item in items]
            request = dict(answer.get("UnprocessedKeys") or {})
            if not request:
                break
        else:
            raise TryAgain(retry_after=1)
    return found


def put(table: str, item: Mapping[str, Any], *, condition: str = "", values: Mapping[str, Any] | None = None) -> bool:
    """Write *item*; False, and nothing written, where *condition* does not hold."""
    more: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
    if values:
        more["ExpressionAttributeValues"] = encode(values)
    try:
        client().put_item(TableName=table, Item=encode(item), **more)
    except ClientError as fault:
        if code(fault) == "ConditionalCheckFailedException":
            return False
        raise
    return True


def query(table: str, expression: str, values: Mapping[str, Any], **options: Any) -> Iterator[Item]:
    """Every item of a key condition, page after page, as the caller consumes them."""
    options |= {"TableName": table, "KeyConditionExpression": expression, "ExpressionAttributeValues": encode(values)}
    while True:
        answer = client().query(**options)
        yield from map(decode, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        options["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def transact(*writes: Any) -> bool:
    """All *writes*, as TransactWriteItems takes them, or none; False where a condition did not hold.

    Who meets others at the same items tries again, `ATTEMPTS` times in all. Raises `TryAgain`.
    """
    for attempt in range(ATTEMPTS):
        try:
            client().transact_write_items(TransactItems=list(writes))
        except ClientError as fault:
            if "ConditionalCheckFailed" in cancellations(fault):
                return False
            if not is_contested(fault):
                raise
        else:
            return True
        time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311 -- spreads writers, guards nothing
    raise TryAgain(retry_after=1)


def code(fault: ClientError) -> str:
    """The AWS name of a failure, ``ConditionalCheckFailedException`` for one."""
    return str(fault.response.get("Error", {}).get("Code", ""))


def cancellations(fault: ClientError) -> frozenset[str]:
    """Why a transaction was cancelled, ``TransactionConflict`` for one; nothing for any other failure."""
    reasons = fault.response.get("CancellationReasons", [])
    return frozenset(str(each.get("Code")) for each in reasons) - {"None"}


def is_contested(fault: ClientError) -> bool:
    """Whether a transaction failed for what passes: others at the same items, or too many at once."""
    reasons = cancellations(fault)
    return code(fault) == "TransactionInProgressException" or (bool(reasons) and reasons <= _PASSING)


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values to DynamoDB attributes. ``None`` and empty sets are left out."""
    return {name: _encode(value) for name, value in item.items() if value is not None and value != frozenset()}


def decode(item: Mapping[str, Any]) -> Item:
    return {name: _decode(attribute) for name, attribute in item.items()}


def _unique(keys: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    # DynamoDB refuses a batch that names a key twice.
    return list({tuple(sorted(key.items())): key for key in keys}.values())


def _encode(value: Any) -> dict[str, Any]:  # noqa: PLR0911 -- one return a type is the table it is
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case float():
            return {"N": repr(value)}
        case bytes():
            return {"B": value}
        case datetime():
            return {"S": value.isoformat()}
        case frozenset():
            return {"SS": sorted(value)}
        case list() | tuple():
            return {"L": [_encode(each) for each in value]}
        case Mapping():
            return {"M": encode(value)}
    message = f"DynamoDB does not hold a {type(value).__name__} in this house"
    raise TypeError(message)


def _decode(attribute: Mapping[str, Any]) -> Any:
    [(kind, value)] = attribute.items()
    match kind:
        case "N":
            return int(value) if value.lstrip("-").isdigit() else float(value)
        case "B":
            return bytes(value)
        case "SS":
            return frozenset(value)
        case "L":
            return [_decode(each) for each in value]
        case "M":
            return decode(value)
    return value
