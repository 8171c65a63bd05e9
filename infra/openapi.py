"""The routes of the API, out of ``docs/openapi.json``: adding an endpoint touches no infrastructure."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs/openapi.json"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation: what API Gateway must know of it."""

    method: str
    path: str
    function: str
    guarded: bool
    scopes: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


@cache
def routes() -> tuple[Route, ...]:
    """Every operation, in a stable order. Raises `KeyError` where one does not say whose it is."""
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    return tuple(
        Route(
            method=method.upper(),
            path=path,
            function=operation["x-function"],
            guarded=bool(operation.get("security")),
            scopes=tuple(scope for need in operation.get("security", ()) for scope in need.get("bearer", ())),
        )
        for path, item in sorted(paths.items())
        for method, operation in sorted(item.items())
        if method in METHODS
    )
