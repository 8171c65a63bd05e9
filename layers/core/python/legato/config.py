"""Typed settings, shared by the function that reads them and the stack that sets them."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


def load(cls: type[T], env: Mapping[str, str] = os.environ) -> T:
    """Read *cls*, a dataclass of ``str``, ``int``, ``float`` and ``bool``, from upper-cased names.

    Raises `LookupError` naming every variable that is missing, not only the first.
    """
    hints = get_type_hints(cls)
    known = {f.name: env[f.name.upper()] for f in fields(cls) if f.name.upper() in env}  # type: ignore[arg-type]
    missing = [f.name.upper() for f in fields(cls) if f.name not in known and f.default is MISSING]  # type: ignore[arg-type]
    if missing:
        message = f"{cls.__module__}.{cls.__name__} needs {', '.join(missing)}"
        raise LookupError(message)
    return cls(**{name: _parse(hints[name], value) for name, value in known.items()})


def dump(settings: Any) -> dict[str, str]:
    """The inverse of `load`: what the stack puts in the function's environment."""
    return {name.upper(): str(value) for name, value in asdict(settings).items()}


def _parse(kind: type, value: str) -> Any:
    return value == "True" if kind is bool else kind(value)
