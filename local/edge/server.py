"""Viewers' connections: HTTP/1.1 with keep-alive, answers streamed with back pressure, hang-ups taken calmly."""

import asyncio
import contextlib
import socket
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from email.utils import formatdate

from .edge import Edge
from .http1 import HEAD_LIMIT, BadRequest, head, read_request
from .message import Request, Response, refusal
from .traffic import PIECE, Exchange, Traffic
from .upstream import Unreachable

_IDLE = 60
"""Seconds that a connection may stay silent."""
_SEND_BUFFER = 1 << 18
"""Small enough for the log to tell what a viewer got, large enough to cost nothing."""
_FRAMING = frozenset({"connection", "transfer-encoding", "content-length"})


class Server:
    def __init__(self, edge: Edge, traffic: Traffic) -> None:
        self._edge, self._traffic = edge, traffic

    async def listen(self, port: int) -> list[asyncio.Server]:
        """Listen on both loopback addresses: in many a browser "localhost" is [::1] first. Raises `OSError`."""
        first = _bound(socket.AF_INET, "127.0.0.1", port)
        listeners = [first]
        with contextlib.suppress(OSError):  # a machine without IPv6
            listeners.append(_bound(socket.AF_INET6, "::1", first.getsockname()[1]))
        return [await asyncio.start_server(self._serve, sock=each, limit=HEAD_LIMIT) for each in listeners]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername") or ("127.0.0.1", 0)
        writer.transport.set_write_buffer_limits(high=PIECE)
        try:
            while await self._exchange(reader, writer, peer):
                pass
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the viewer is gone
        except Exception:  # noqa: BLE001 -- one broken connection must not be the end of the edge
            traceback.print_exc(file=sys.stderr)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: tuple[str, int]
    ) -> bool:
        """Serve one request; whether the connection can take another."""
        try:
            request = await asyncio.wait_for(read_request(reader, writer), _IDLE)
        except BadRequest as fault:
            await self._write(writer, Request(method="GET", path=""), refusal(fault.status, str(fault)), last=True)
            return False
        if request is None:
            return False
        request.address, request.port = peer[0], peer[1]
        last = request.headers.get("connection", "").lower() == "close" or request.version == "1.0"
        log = Exchange(
            at=time.time(),
            method=request.method,
            path=request.path,
            range=request.headers.get("range", ""),
            aborted=True,
        )
        self._traffic.exchanges.append(log)
        throttle = self._traffic.throttle_for(request.path)
        if throttle:
            await throttle.delay()
        response = await self._edge.answer(request)
        log.status, log.x_cache = response.status, response.headers["x-cache"]
        try:
            whole = await self._write(writer, request, response, last=last, log=log)
            log.aborted = not whole
        finally:
            log.ms = round((time.time() - log.at) * 1000, 2)
            await response.close()
        return whole and not last

    async def _write(
        self, writer: asyncio.StreamWriter, request: Request, response: Response, *, last: bool, log: Exchange | None = None
    ) -> bool:  # fmt: skip
        """Whether the viewer got everything that the head promises."""
        bare = request.method == "HEAD" or response.status in {204, 304}
        chunked = response.length is None and not bare and request.version != "1.0"
        start = _head(response, chunked=chunked, last=last)
        if bare:
            writer.write(start)
            await writer.drain()
            return True
        throttle = self._traffic.throttle_for(request.path) if log else None
        try:
            async for data in _pieces(response.body, throttle.piece if throttle else lambda: PIECE):
                if throttle:
                    await throttle.pay(len(data))
                parts = [start, b"%x\r\n" % len(data), data, b"\r\n"] if chunked else [start, data]
                _send(writer, parts)
                start = b""
                await writer.drain()
                if log:
                    log.bytes += len(data)
        except Unreachable as fault:
            if start:  # nothing was said yet
                await self._write(writer, request, refusal(fault.status, str(fault)), last=True)
            return False  # the origin broke off in mid-body: all one can do is hang up
        _send(writer, [start, b"0\r\n\r\n" if chunked else b""])
        await writer.drain()
        return chunked or response.length is not None


def _send(writer: asyncio.StreamWriter, parts: Sequence[bytes | memoryview]) -> None:
    # `writelines` does not ask whether the connection is lost, as `write` does, but waits for its socket to take
    # more: a number that the next connection may have by then.
    if writer.transport.is_closing():
        raise ConnectionResetError("the viewer is gone")
    # An empty part would stay in asyncio's buffer (CPython 3.12 and later), keep it spinning and never close.
    writer.writelines([each for each in parts if each])


def _head(response: Response, *, chunked: bool, last: bool) -> bytes:
    headers = {n: v for n, v in response.headers.items() if n not in _FRAMING}
    if chunked:
        headers["transfer-encoding"] = "chunked"
    elif response.length is not None and response.status not in {204, 304}:
        headers["content-length"] = str(response.length)
    headers.setdefault("date", formatdate(usegmt=True))
    if last:
        headers["connection"] = "close"
    return head(response.status, headers, response.cookies)


async def _pieces(
    body: AsyncIterator[bytes] | Sequence[bytes | memoryview], piece: Callable[[], int]
) -> AsyncIterator[bytes | memoryview]:
    if isinstance(body, AsyncIterator):
        async for chunk in body:
            for each in _cut(chunk, piece):
                yield each
        return
    for kept in body:
        for each in _cut(kept, piece):
            yield each


def _cut(chunk: bytes | memoryview, piece: Callable[[], int]) -> Iterator[bytes | memoryview]:
    view, at = memoryview(chunk), 0
    while at < len(view):
        size = piece()
        yield view[at : at + size]
        at += size


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
