"""What a listener has in the tables of other contexts: under his own id, or under that of a playlist of his."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.telemetry.table import ERASED


def of(table: str, owner_id: str) -> list[dict[str, Any]]:
    """Every row, as it is stored, without its owner's key; JSON-ready."""
    rows = dynamo.query(table, "pk = :pk", {":pk": owner_id}, ConsistentRead=True)
    return [{name: _plain(value) for name, value in row.items() if name != "pk"} for row in rows]


def erase(table: str, owner_id: str) -> None:
    """May be repeated, and goes on where a broken run stopped."""
    rows = dynamo.query(table, "pk = :pk", {":pk": owner_id}, ConsistentRead=True, ProjectionExpression="sk")
    for row in list(rows):
        dynamo.client().delete_item(TableName=table, Key=dynamo.encode({"pk": owner_id, "sk": row["sk"]}))


def disown(table: str, key: Mapping[str, str], listener_id: str) -> None:
    """Let a row that has to stay forget its listener."""
    try:
        dynamo.client().update_item(
            TableName=table,
            Key=dynamo.encode(key),
            UpdateExpression="SET listener_id = :nobody",
            ConditionExpression="listener_id = :listener",
            ExpressionAttributeValues=dynamo.encode({":nobody": ERASED, ":listener": listener_id}),
        )
    except ClientError as fault:
        if dynamo.code(fault) != "ConditionalCheckFailedException":
            raise


def _plain(value: Any) -> Any:
    match value:
        case frozenset():
            return sorted(value)
        case bytes():
            return value.hex()
        case list():
            return [_plain(each) for each in value]
        case dict():
            return {name: _plain(each) for name, each in value.items()}
    return value
