"""``ReservedConcurrentExecutions`` of a template: ministack enforces the setting but does not read it there."""

from pathlib import Path
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners


def install(home: Path) -> None:
    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handler["create"], handler["update"]
    assert callable(lambda_svc._acquire_execution_slot), "ministack enforces concurrency elsewhere now"

    def create_function(logical: str, props: dict[str, Any], stack: str) -> Any:
        made = create(logical, props, stack)
        _reserve(made[0], props)
        return made

    def update_function(id: str, old: dict[str, Any], new: dict[str, Any], stack: str, *rest: Any, **named: Any) -> Any:
        made = update(id, old, new, stack, *rest, **named)
        _reserve(made[0], new)
        return made

    handler |= {"create": create_function, "update": update_function}


def _reserve(name: str, props: dict[str, Any]) -> None:
    reserved = props.get("ReservedConcurrentExecutions")
    lambda_svc._functions[name]["concurrency"] = None if reserved is None else int(reserved)
