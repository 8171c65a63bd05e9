"""A local cloud that notes which properties of a template no handler ever looked at: those it ignores, whatever it says.

``python -m tests.local.unread HOME`` writes ``HOME/unread.json`` (type → paths).
A property that was read may still do less than in the cloud.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ministack.services.cloudformation import provisioners

from local.cloud import shims
from local.cloud.__main__ import serve


def watch(home: Path) -> None:
    """Watch every handler, our own included."""
    notes = Notes(home / "unread.json")
    for kind, handler in provisioners._RESOURCE_HANDLERS.items():
        if "create" in handler:
            handler["create"] = _watched(kind, handler["create"], notes)


def _watched(kind: str, create: Any, notes: "Notes") -> Any:
    def create_and_note(logical: str, props: Any, *rest: Any) -> Any:
        read: set[str] = set()
        made = create(logical, watched(props, "", read), *rest)
        notes.add(kind, ignored(set(paths(props)), read))
        return made

    return create_and_note


class Notes:
    """What was never read, by type."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[str]] = json.loads(path.read_text()) if path.exists() else {}

    def add(self, kind: str, unread: set[str]) -> None:
        after = sorted(unread | set(self._known.get(kind, [])))
        if after and after != self._known.get(kind):
            self._known[kind] = after
            self._path.write_text(json.dumps(self._known, indent=1, sort_keys=True))


class Watched(dict[str, Any]):
    """A mapping that notes which of its members are asked for."""

    def __init__(self, content: dict[str, Any], path: str, read: set[str]) -> None:
        super().__init__({k: watched(v, f"{path}.{k}" if path else k, read) for k, v in content.items()})
        self._path, self._read = path, read

    def _note(self, *keys: Any) -> None:
        self._read.update(f"{self._path}.{key}" if self._path else str(key) for key in keys)

    def __getitem__(self, key: str) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:  # type: ignore[override]
        self._note(key)
        return super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:  # type: ignore[override]
        self._note(key)
        return super().pop(key, *default)

    def __iter__(self) -> Iterator[str]:
        for key in super().__iter__():
            self._note(key)
            yield key

    def items(self) -> Any:
        self._note(*super().keys())
        return super().items()

    def values(self) -> Any:
        self._note(*super().keys())
        return super().values()

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        return {key: _plain(value) for key, value in self.items()}

    def __reduce__(self) -> Any:
        return dict, (self.__deepcopy__(None),)

    def copy(self) -> dict[str, Any]:
        return dict(self)


def ignored(written: set[str], read: set[str]) -> set[str]:
    """What was passed over: never read, though its neighbours were. A structure that was taken whole was not."""
    entered = {path.rpartition(".")[0] for path in read} | {""}
    unread = {path for path in written - read if path.rpartition(".")[0] in entered}
    return {path for path in unread if not any(path.startswith(f"{above}.") for above in unread)}


def watched(value: Any, path: str, read: set[str]) -> Any:
    if isinstance(value, dict):
        return Watched(value, path, read)
    if isinstance(value, list):
        return [watched(each, path, read) for each in value]
    return value


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Every member of *value*, with those it stands in; the places in a list count as one."""
    if isinstance(value, dict):
        for key, member in value.items():
            here = f"{path}.{key}" if path else key
            yield here
            yield from paths(member, here)
    elif isinstance(value, list):
        for each in value:
            yield from paths(each, path)


def _plain(value: Any) -> Any:
    if isinstance(value, Watched):
        return value.__deepcopy__(None)
    return [_plain(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    home = Path(sys.argv.pop(1)).resolve()
    shims.install(home)
    watch(home)
    serve()
