"""The one writer of the index. It keeps its copy between runs, and throws it away when it may not be the newest."""

from collections.abc import Mapping
from pathlib import Path

from legato.search import index
from legato.search.model import Entry
from legato.search.versions import Pointer, Versions


class Writer:
    def __init__(self, versions: Versions, folder: Path) -> None:
        self._versions = versions
        self._folder = folder
        self._pointer: Pointer | None = None

    def apply(self, changes: Mapping[str, Entry | None]) -> int:
        """Publish the next version, with *changes* by id; None takes away. Returns its number.

        Twice is once. Raises `legato.errors.TryAgain` where another writer was faster.
        """
        newest = self._versions.current(self._pointer)
        if self._pointer is None or newest.version != self._pointer.version:
            self._versions.fetch(newest, self._folder)
            if not newest.version:
                (self._folder / "meta.json").unlink()
                (self._folder / ".managed.json").unlink()
        # Until the pointer is out, the folder is ahead of what anybody else has.
        self._pointer = None
        index.write(self._folder, changes)
        self._pointer = self._versions.publish(self._folder, newest)
        return self._pointer.version
