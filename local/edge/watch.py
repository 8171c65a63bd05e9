"""What changes while the edge runs: the distribution, its KeyValueStores, invalidations. One loop, three rhythms in one."""

import asyncio
import sys

from botocore.exceptions import BotoCoreError, ClientError

from .control_plane import ControlPlane
from .edge import Edge
from .function_runtime import FunctionRuntime
from .key_value_store import KeyValueStores
from .model import Distribution
from .upstream import Unreachable

TICK = 0.4
"""Seconds between looks at stores and invalidations: both must be felt within one."""
CONFIGURATION_EVERY = 3
"""Ticks between looks at the distribution and all it refers to."""


class Watch:
    def __init__(self, edge: Edge, plane: ControlPlane, stores: KeyValueStores, functions: FunctionRuntime) -> None:
        self._edge, self._plane, self._stores, self._functions = edge, plane, stores, functions
        self._fault = ""

    async def once(self, *, configuration: bool) -> None:
        """Look now. What cannot be read is told once on stderr, and what was known stays in force."""
        try:
            if configuration:
                distribution = await asyncio.to_thread(self._plane.read)
                await self._look_at_stores(distribution)
                self._edge.distribution = distribution
            elif self._edge.distribution:
                await self._look_at_stores(self._edge.distribution)
            if self._edge.distribution:
                for path in await asyncio.to_thread(self._plane.new_invalidations, self._edge.distribution.id):
                    self._edge.cache.invalidate(path)
        except (BotoCoreError, ClientError) as fault:
            self._tell(str(fault))
        else:
            self._fault = ""

    async def forever(self) -> None:
        tick = 0
        while True:
            await asyncio.sleep(TICK)
            tick += 1
            await self.once(configuration=tick % CONFIGURATION_EVERY == 0)

    async def _look_at_stores(self, distribution: Distribution | None) -> None:
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

    def _tell(self, fault: str) -> None:
        if fault != self._fault:
            print(f"edge: the distribution cannot be read: {fault}", file=sys.stderr, flush=True)
        self._fault = fault
