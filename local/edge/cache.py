"""What the edge keeps: answers by cache key, whole or in parts, the least recently used thrown out first."""

from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .message import Headers
from .patterns import matches

Key = tuple[str, ...]
"""Origin id, path, then whatever the cache policy adds; the path is what an invalidation names."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """One answer. An object's bytes lie in chunks that never overlap, sorted by where they begin."""

    key: Key
    status: int
    headers: Headers
    cookies: list[str]
    stored: float
    lifetime: float
    grace: float = 0
    """Seconds past its lifetime that it may stand in for a failing origin."""
    total: int | None = None
    compressed: bool = False
    """Whether the edge itself compressed it: then byte ranges of it mean nothing to a viewer."""
    held: int = 0
    starts: list[int] = field(default_factory=list)
    chunks: dict[int, bytes] = field(default_factory=dict)

    def fresh(self, now: float) -> bool:
        return now - self.stored < self.lifetime

    def bearable(self, now: float) -> bool:
        """Whether it is still better than an error."""
        return now - self.stored < self.lifetime + self.grace

    def same_as(self, headers: Headers) -> bool:
        """Whether *headers* describe the object that this is a part of."""
        tag = headers.get("etag")
        return tag is not None and tag == self.headers.get("etag")

    def slices(self, start: int, stop: int) -> Sequence[memoryview] | None:
        """The bytes of a half-open interval without copying them, or None where some are missing."""
        found, at = [], start
        index = bisect_right(self.starts, start) - 1
        while at < stop:
            if not 0 <= index < len(self.starts):
                return None
            base = self.starts[index]
            chunk = self.chunks[base]
            if not base <= at < base + len(chunk):
                return None
            found.append(memoryview(chunk)[at - base : stop - base])
            at, index = base + len(chunk), index + 1
        return found

    def add(self, at: int, data: bytes) -> int:
        """Keep the part of *data*, which begins at byte *at*, that is not here yet; the number of bytes kept."""
        kept, end = 0, at + len(data)
        while at < end:
            index = bisect_right(self.starts, at) - 1
            if index >= 0 and (covered := self.starts[index] + len(self.chunks[self.starts[index]])) > at:
                data, at = data[covered - at :], covered
                continue
            following = self.starts[index + 1] if index + 1 < len(self.starts) else end
            piece = data[: following - at]
            insort(self.starts, at)
            self.chunks[at] = piece
            kept, data, at = kept + len(piece), data[len(piece) :], at + len(piece)
        self.held += kept
        return kept


class Cache:
    def __init__(self, limit: int) -> None:
        """At most *limit* bytes of bodies are held."""
        self._limit = limit
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._held = 0

    def get(self, key: Key) -> Entry | None:
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, entry: Entry) -> None:
        self.drop(entry.key)
        self._entries[entry.key] = entry
        self._held += entry.held
        self._make_room()

    def grow(self, entry: Entry, at: int, data: bytes) -> None:
        """Add to *entry*; one that has been thrown out or replaced meanwhile is left to its readers."""
        if self._entries.get(entry.key) is entry:
            self._held += entry.add(at, data)
            self._make_room()

    def drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._held -= entry.held

    def invalidate(self, pattern: str) -> None:
        """Forget every answer whose path matches; ``*`` at the end is CloudFront's only wildcard here."""
        path = pattern if pattern.startswith("/") else f"/{pattern}"
        same: Callable[[str], bool] = (lambda p: matches(path, p)) if path.endswith("*") else (lambda p: p == path)
        for key in [each for each in self._entries if same(each[1])]:
            self.drop(key)

    def _make_room(self) -> None:
        while self._held > self._limit and self._entries:
            self.drop(next(iter(self._entries)))
