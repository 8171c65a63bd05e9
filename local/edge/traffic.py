"""Traffic, seen and slowed: a log of what was really sent, and a throttle, both for tests of adaptation."""

import asyncio
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

PIECE = 1 << 16
"""Bytes written at a time where nothing is slowed."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    at: float
    """Epoch seconds of the request."""
    method: str
    path: str
    """As the viewer sent it, without the query string, which carries signatures."""
    range: str = ""
    status: int = 0
    x_cache: str = ""
    bytes: int = 0
    """Of the body, handed to the network; fewer than asked for where the viewer hung up."""
    ms: float = 0
    aborted: bool = False


@dataclass(slots=True)
class Throttle:
    """One bottleneck for all viewers, as a slow access line is: *bps* bits a second (0: no limit), *latency_ms* a request."""

    bps: float = 0
    latency_ms: float = 0
    prefix: str = "/media/"
    """Only paths that begin so are slowed."""
    _free: float = 0

    async def delay(self) -> None:
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)

    async def pay(self, size: int) -> None:
        """Wait until *size* bytes have passed the bottleneck."""
        if self.bps:
            self._free = max(self._free, time.monotonic()) + size * 8 / self.bps
            await asyncio.sleep(self._free - time.monotonic())

    def piece(self) -> int:
        """Bytes that pass at a time: about 20 ms' worth, so that a change of speed is felt at once."""
        return min(max(int(self.bps / 8 / 50), 256), PIECE) if self.bps else PIECE


@dataclass(slots=True)
class Traffic:
    throttle: Throttle = field(default_factory=Throttle)
    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=20_000))

    def throttle_for(self, path: str) -> Throttle | None:
        throttle = self.throttle
        return throttle if (throttle.bps or throttle.latency_ms) and path.startswith(throttle.prefix) else None

    def log(self, prefix: str) -> list[dict[str, Any]]:
        return [asdict(each) for each in self.exchanges if each.path.startswith(prefix)]
