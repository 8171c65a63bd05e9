"""The index as the search function holds it: the newest version it could get, checked once a second."""

import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from legato import log
from legato.errors import TryAgain
from legato.search.index import Index
from legato.search.versions import Pointer, Versions

CHECK_SECONDS = 1.0
"""How old the last look at the pointer may be."""
AWAY_SECONDS = 5.0
"""How long the bucket is left alone after it failed: every look costs the listener a timeout."""


class Reader:
    def __init__(self, versions: Versions, folder: Path) -> None:
        self._versions = versions
        self._folder = folder
        self._pointer: Pointer | None = None
        self._index = Index()
        self._look_again = float("-inf")

    def index(self, *, now: float | None = None) -> Index:
        """The index to answer from. *now* is a monotonic clock's. Raises `TryAgain` where there never was one."""
        now = time.monotonic() if now is None else now
        if now >= self._look_again:
            try:
                self._refresh()
                self._look_again = now + CHECK_SECONDS
            except (ClientError, BotoCoreError, OSError, TryAgain) as fault:
                log.error("search index not refreshed", fault, version=self._pointer and self._pointer.version)
                self._look_again = now + AWAY_SECONDS
        if self._pointer is None:
            raise TryAgain(retry_after=1)
        return self._index

    def _refresh(self) -> None:
        pointer = self._versions.current(self._pointer)
        if self._pointer and pointer.version == self._pointer.version:
            return
        if pointer.version:
            old = self._place(self._pointer) if self._pointer and self._pointer.version else None
            self._versions.fetch(pointer, self._place(pointer), have=old)
            self._index = Index(self._place(pointer))
            if old:
                # What is still mapped stays readable until its last reader lets go of it.
                for path in old.iterdir():
                    path.unlink()
                old.rmdir()
        self._pointer = pointer

    def _place(self, pointer: Pointer) -> Path:
        return self._folder / str(pointer.version)
