"""Places in a list that many people may change at once. Pure.

A rank is a fraction in hexadecimal, compared as text; between any two there is always another, so moving one
item writes one item. Chance in the last digits keeps two who insert at the same spot from meeting.
"""

import secrets

DIGITS = 16
STEP = 1 << 40
"""From an item to the one that is appended after it: room for eight million appends, and 32 halvings in between."""
_MIDDLE = 1 << 63


def between(before: str | None, after: str | None) -> str:
    """A rank after *before* and ahead of *after*; None is the beginning, or the end."""
    if before is None and after is None:
        return _text(_MIDDLE + _chance(STEP), DIGITS)
    if after is None:
        return _text(int(str(before)[:DIGITS], 16) + STEP + _chance(STEP // 2), DIGITS)
    if before is None:
        return _text(int(after[:DIGITS], 16) - STEP - _chance(STEP // 2), DIGITS)
    digits = max(len(before), len(after))
    low, high = _number(before, digits), _number(after, digits)
    while high - low < 1 << 24:
        digits, low, high = digits + 8, low << 32, high << 32
    # Nearer to the one before: who inserts several goes on behind the last of them.
    width = (high - low) // 8
    return _text(low + width + _chance(width // 2), digits)


def several(before: str | None, after: str | None, count: int) -> list[str]:
    """*count* ranks, in order."""
    found: list[str] = []
    for _ in range(count):
        before = between(before, after)
        found.append(before)
    return found


def _number(rank: str, digits: int) -> int:
    return int(rank.ljust(digits, "0"), 16)


def _text(number: int, digits: int) -> str:
    return f"{number:0{digits}x}"


def _chance(width: int) -> int:
    return secrets.randbelow(max(width, 1))
