"""What changes while the edge runs: the distribution and all it refers to, its KeyValueStores, invalidations."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from .control_plane import ControlPlane
from .edge import Edge
from .function_runtime import FunctionFault, FunctionRuntime
from .key_value_store import KeyValueStores
from .model import Distribution
from .upstream import Unreachable

STORES_EVERY = INVALIDATIONS_EVERY = 0.3
"""Seconds between looks at stores, and at invalidations: both must be felt within one."""
CONFIGURATION_EVERY = 1.5


class Watch:
    def __init__(self, edge: Edge, plane: ControlPlane, stores: KeyValueStores, functions: FunctionRuntime) -> None:
        self._edge, self._plane, self._stores, self._functions = edge, plane, stores, functions
        self._faults: dict[str, str] = {}

    async def forever(self) -> None:
        """Each thing in a rhythm of its own: a slow look at one must not delay another."""
        await asyncio.gather(
            self._repeat(self.configuration, CONFIGURATION_EVERY),
            self._repeat(self._look_at_stores, STORES_EVERY),
            self._repeat(self._look_at_invalidations, INVALIDATIONS_EVERY),
        )

    async def configuration(self) -> None:
        """Read the distribution now; one that cannot be read leaves the last one in force."""
        distribution = await asyncio.to_thread(self._plane.read)
        if distribution != self._edge.distribution:
            # First: a function must not meet a store that nobody has read, nor a viewer one that nobody has loaded.
            await self._read_stores(distribution)
            await self._load_functions(distribution)
            self._edge.distribution = distribution

    async def _look_at_stores(self) -> None:
        await self._read_stores(self._edge.distribution)

    async def _read_stores(self, distribution: Distribution | None) -> None:
        behaviours = distribution.behaviours if distribution else ()
        for arn in {each.function.store for each in behaviours if each.function and each.function.store}:
            try:
                items = await self._stores.changed(arn)
            except Unreachable:
                self._stores.forget(arn)
                self._functions.set_store(arn, None)
            else:
                if items is not None:
                    self._functions.set_store(arn, items)

    async def _load_functions(self, distribution: Distribution | None) -> None:
        behaviours = distribution.behaviours if distribution else ()
        for function in {each.function for each in behaviours if each.function}:
            try:
                await self._functions.load(function)
            except FunctionFault as fault:  # viewers get 503, as from CloudFront
                self._tell(function.name, str(fault))

    async def _look_at_invalidations(self) -> None:
        if self._edge.distribution:
            for path in await asyncio.to_thread(self._plane.new_invalidations, self._edge.distribution.id):
                self._edge.cache.invalidate(path)

    async def _repeat(self, look: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await look()
            except Exception as fault:  # noqa: BLE001 -- whatever is wrong now, the next look may find it mended
                self._tell(look.__name__, repr(fault))
            else:
                self._faults.pop(look.__name__, None)

    def _tell(self, what: str, fault: str) -> None:
        if self._faults.get(what) != fault:  # once, not three times a second
            print(f"edge: {what.strip('_').replace('_', ' ')}: {fault}", file=sys.stderr, flush=True)
        self._faults[what] = fault
