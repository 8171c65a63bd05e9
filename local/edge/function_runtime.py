"""CloudFront Functions, really executed: one Node process, spoken to a line of JSON at a time."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from .model import Function

_SCRIPT = Path(__file__).with_name("runtime.js")
PATIENCE = 5.0
"""Seconds a function may take: only an endless one needs as many. CloudFront counts far stricter, and not in seconds."""


class FunctionFault(Exception):  # noqa: N818 -- named as CloudFront's logs name it
    """The function threw, took too long, or could not be loaded."""


class _RuntimeEnded(FunctionFault):
    """Node is gone, and with it every answer that was still to come."""


class FunctionRuntime:
    def __init__(self, node: Path, patience: float = PATIENCE) -> None:
        self._node, self._patience = node, patience
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = count(1)
        self._loaded: dict[str, Function] = {}
        self._stores: dict[str, Mapping[str, str] | None] = {}
        self._starting = asyncio.Lock()

    async def run(self, function: Function, event: Mapping[str, Any]) -> Any:
        """What ``handler(event)`` answers. Raises `FunctionFault`."""
        try:
            await self.load(function)
            return await self._ask({"run": function.name, "event": event})
        except (
            _RuntimeEnded
        ):  # because of another request, most likely: functions change nothing, so it may be repeated
            await self.load(function)
            return await self._ask({"run": function.name, "event": event})

    async def load(self, function: Function) -> None:
        """Have *function* ready, as `run` does by itself. Raises `FunctionFault`."""
        if self._runs() and self._loaded.get(function.name) == function:
            return
        async with self._starting:
            if not self._runs():
                await self._start()
            if self._loaded.get(function.name) != function:
                await self._ask({"load": function.name, "code": function.code, "store": function.store})
                self._loaded[function.name] = function

    def set_store(self, arn: str, items: Mapping[str, str] | None) -> None:
        """From now on the KeyValueStore *arn* holds *items*; with None it does not answer."""
        self._stores[arn] = items
        if self._runs():
            self._send({"store": arn, "items": items})

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            await self._reader

    def _runs(self) -> bool:
        return self._reader is not None and not self._reader.done()

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            self._node, "--no-warnings", "--experimental-vm-modules", "--max-old-space-size=128", _SCRIPT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 22,
        )  # fmt: skip
        self._loaded.clear()
        self._reader = asyncio.create_task(self._read(self._process))
        for arn, items in self._stores.items():
            self._send({"store": arn, "items": items})

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    async def _ask(self, message: dict[str, Any]) -> Any:
        number = next(self._ids)
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            self._send({"id": number, **message})
            answer = await asyncio.wait_for(reply, self._patience if "run" in message else 10)
        except TimeoutError:
            await self.close()  # an endless loop stops every function: the next request starts anew
            raise FunctionFault("the function took too long") from None
        finally:
            self._waiting.pop(number, None)
        if not answer:
            raise _RuntimeEnded("the runtime ended")
        if "fault" in answer:
            raise FunctionFault(answer["fault"])
        return answer.get("answer")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            answer = json.loads(line)
            if (reply := self._waiting.get(answer["id"])) and not reply.done():
                reply.set_result(answer)
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_result({})
