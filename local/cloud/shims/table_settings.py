"""Expiry and point-in-time recovery of a table: ministack knows both, but does not read them from a template."""

from pathlib import Path
from typing import Any

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners


def install(home: Path) -> None:
    handler = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create, update = handler["create"], handler["update"]
    assert callable(dynamodb._update_ttl), "ministack changed"
    assert callable(dynamodb._update_continuous_backups), "ministack changed"

    def create_table(logical: str, props: dict[str, Any], stack: str) -> Any:
        made = create(logical, props, stack)
        _apply(made[0], props)
        return made

    def update_table(id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> Any:
        made = update(id, old, new, *rest)
        _apply(made[0], new)
        return made

    handler |= {"create": create_table, "update": update_table}


def _apply(name: str, props: dict[str, Any]) -> None:
    if expiry := props.get("TimeToLiveSpecification"):
        dynamodb._update_ttl(
            {"TableName": name, "TimeToLiveSpecification": {**expiry, "Enabled": _true(expiry["Enabled"])}}
        )
    if recovery := props.get("PointInTimeRecoverySpecification"):
        on = _true(recovery["PointInTimeRecoveryEnabled"])
        spec = {"PointInTimeRecoveryEnabled": on}
        dynamodb._update_continuous_backups({"TableName": name, "PointInTimeRecoverySpecification": spec})


def _true(value: Any) -> bool:
    return value in (True, "true")
