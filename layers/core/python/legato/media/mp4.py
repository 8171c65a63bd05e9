"""Boxes of the ISO base media file format (ISO/IEC 14496-12), as far as audio files need them."""

from collections.abc import Iterator
from mmap import mmap
from struct import unpack_from
from typing import NamedTuple, TypeAlias

Data: TypeAlias = bytes | bytearray | mmap

# Where a box's children begin, counted from the start of its body.
_CHILDREN_AT = {
    b"moov": 0,
    b"trak": 0,
    b"mdia": 0,
    b"minf": 0,
    b"dinf": 0,
    b"stbl": 0,
    b"edts": 0,
    b"mvex": 0,
    b"moof": 0,
    b"traf": 0,
    b"sinf": 0,
    b"schi": 0,
    b"udta": 0,
    b"stsd": 8,
    b"enca": 28,
    b"mp4a": 28,
    b"fLaC": 28,
}


class Box(NamedTuple):
    """One box: ``data[start:end]`` is all of it, ``data[body:end]`` what follows its header."""

    kind: bytes
    start: int
    body: int
    end: int


def boxes(data: Data, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes side by side in *data*. A box that ends outside *data* is given as its header says."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, kind = unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1 and start + 16 <= end:
            (size,) = unpack_from(">Q", data, body)
            body += 8
        elif size == 0:
            size = end - start
        if size < body - start:
            return
        yield Box(kind, start, body, start + size)
        start += size


def walk(data: Data, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Every box in *data*, parents before their children, in file order."""
    for box in boxes(data, start, end):
        yield box
        if box.kind in _CHILDREN_AT and box.end <= len(data):
            yield from walk(data, box.body + _CHILDREN_AT[box.kind], box.end)


def find(data: Data, kind: bytes, start: int = 0, end: int | None = None) -> Box | None:
    return next((box for box in walk(data, start, end) if box.kind == kind), None)
