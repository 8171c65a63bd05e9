"""The control port, open only when asked for: what tests slow the edge down and look at its traffic with.

GET /throttle?bps=&latency_ms=&prefix=   set what is named, answer all of it; bps=0 lifts the limit
GET /log?prefix=/media/&clear=1          the exchanges so far, oldest first
"""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

from .http1 import BadRequest, head, read_request
from .message import Request
from .traffic import Traffic


class Control:
    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    async def listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader, writer)
            if request is not None:
                status, found = self._answer(request)
                body = json.dumps(found).encode()
                headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
                writer.write(head(status, headers, []) + body)
                await writer.drain()
        except (OSError, BadRequest, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, request: Request) -> tuple[int, Any]:
        query = {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items()}
        if request.path == "/throttle":
            return self._throttle(query)
        if request.path == "/log":
            found = self._traffic.log(query.get("prefix", "/media/"))
            if "clear" in query:
                self._traffic.exchanges.clear()
            return 200, found
        return 404, {}

    def _throttle(self, query: dict[str, str]) -> tuple[int, Any]:
        throttle = self._traffic.throttle
        try:
            throttle.bps = float(query.get("bps", throttle.bps))
            throttle.latency_ms = float(query.get("latency_ms", throttle.latency_ms))
        except ValueError as fault:
            return 400, {"fault": str(fault)}
        throttle.prefix = query.get("prefix", throttle.prefix)
        return 200, {"bps": throttle.bps, "latency_ms": throttle.latency_ms, "prefix": throttle.prefix}
