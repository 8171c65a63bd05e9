"""Words with their times, out of the LRC that tags and side files carry. Pure."""

import re
from collections.abc import Iterable

from legato.catalog.model import SyncedLine

MOST_LINES = 2000
_TIME = re.compile(r"\[(\d{1,3}):([0-5]?\d)(?:[.:](\d{1,3}))?\]")
_WORD_TIME = re.compile(r"<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>")
_OFFSET = re.compile(r"^\[offset:\s*([+-]?\d{1,6})\s*\]$", re.IGNORECASE | re.MULTILINE)


def synced(text: str) -> tuple[SyncedLine, ...]:
    """The timed lines of an LRC *text* in the order of their times; nothing where no line has one.

    A line may have several times (a refrain). ``[offset:ms]`` moves all of them, positive is earlier.
    The times of single words that the enhanced form knows are left out.
    """
    found = _OFFSET.search(text)
    offset = int(found[1]) if found else 0
    lines = []
    for line in text.splitlines():
        times, rest = [], line.strip()
        while stamp := _TIME.match(rest):
            part = (stamp[3] or "0").ljust(3, "0")
            times.append((int(stamp[1]) * 60 + int(stamp[2])) * 1000 + int(part))
            rest = rest[stamp.end() :]
        words = _WORD_TIME.sub("", rest).strip()
        lines += [SyncedLine(at_ms=max(at - offset, 0), text=words) for at in times]
    return ordered(lines)


def ordered(lines: Iterable[SyncedLine]) -> tuple[SyncedLine, ...]:
    return tuple(sorted(lines, key=lambda line: line.at_ms)[:MOST_LINES])


def plain(lines: Iterable[SyncedLine]) -> str:
    return "\n".join(line.text for line in lines).strip()
