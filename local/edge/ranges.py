"""Byte ranges (RFC 9110 §14). One at a time: several are answered with the whole, as the RFC allows."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d*)-(\d*)", re.IGNORECASE)
_CONTENT = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.IGNORECASE)


class Unsatisfiable(Exception):  # noqa: N818 -- it becomes 416, an answer
    """No byte of the range exists."""


@dataclass(frozen=True, slots=True)
class Range:
    """As asked for: from *first* to *last* inclusive, to the end without *last*; without *first* the final *last* bytes."""

    first: int | None
    last: int | None

    def within(self, total: int) -> tuple[int, int]:
        """The half-open interval of an object of *total* bytes. Raises `Unsatisfiable`."""
        if self.first is None:
            start, stop = max(total - (self.last or 0), 0), total
        else:
            start, stop = self.first, total if self.last is None else min(self.last + 1, total)
        if start >= stop:
            raise Unsatisfiable
        return start, stop

    def __str__(self) -> str:
        return f"bytes={'' if self.first is None else self.first}-{'' if self.last is None else self.last}"


def parse(header: str | None) -> Range | None:
    """The range of a Range header, or None where it is absent or to be ignored (malformed, several)."""
    found = _ONE.fullmatch(header.strip()) if header else None
    if not found or found[0].endswith("=-"):
        return None
    first, last = (int(each) if each else None for each in found.groups())
    if first is not None and last is not None and last < first:
        return None
    return Range(first, last)


def content_range(header: str) -> tuple[int, int, int | None] | None:
    """``bytes 0-99/1234`` as (0, 100, 1234); the total is None where the origin does not know it."""
    found = _CONTENT.fullmatch(header.strip())
    if not found:
        return None
    return int(found[1]), int(found[2]) + 1, None if found[3] == "*" else int(found[3])
