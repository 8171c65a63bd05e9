"""What the platform says while it starts: a line for each step, at once if it takes over a second."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer


@contextmanager
def step(name: str) -> Iterator[None]:
    """``name …`` after a second, and ``name (3.2 s)`` when a long step is done."""
    began = time.monotonic()
    patience = Timer(1, say, [f"{name} …"])
    patience.daemon = True
    patience.start()
    try:
        yield
    finally:
        patience.cancel()
    seconds = time.monotonic() - began
    if seconds > 1:
        say(f"{name} ({seconds:.1f} s)")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
