"""A small HTTP/1.1 client with a pool: what the edge asks the emulator with, streaming."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field

from .message import Headers

_PIECE = 1 << 17
_IDLE = 2.0
"""Seconds after which an idle connection is not trusted any more; the emulator closes its own after five."""


class Unreachable(Exception):  # noqa: N818 -- it becomes 502 or 504, an answer
    """No answer came from the origin: *status* is what CloudFront would tell the viewer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True, kw_only=True)
class Answer:
    status: int
    headers: Headers
    cookies: list[str] = field(default_factory=list)
    length: int | None = None
    body: "Body | AsyncGenerator[bytes, None]"
    """Bytes as they arrive; closing it early (``aclose``) ends the exchange."""


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    idle_since: float = 0


class Upstream:
    """Connections to one host and port."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._idle: list[_Connection] = []

    async def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"", *,
        attempts: int = 3, connect_timeout: float = 10, read_timeout: float = 30,
    ) -> Answer:  # fmt: skip
        """The answer's head; its body streams. Raises `Unreachable`."""
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        if body or method not in {"GET", "HEAD", "OPTIONS"}:
            lines.append(f"content-length: {len(body)}")
        raw = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
        repeatable = method in {"GET", "HEAD", "OPTIONS"}
        # A kept connection may have been closed meanwhile: only what may be repeated is sent over one.
        while repeatable and (kept := self._take()):
            try:
                return await self._exchange(kept, method, raw, read_timeout)
            except (OSError, asyncio.IncompleteReadError):
                kept.writer.close()
        connection = await self._connect(attempts, connect_timeout)
        try:
            return await self._exchange(connection, method, raw, read_timeout)
        except (OSError, asyncio.IncompleteReadError, ValueError, asyncio.LimitOverrunError) as fault:
            connection.writer.close()
            raise Unreachable(502, f"the origin broke off: {fault!r}") from None

    async def close(self) -> None:
        for each in self._idle:
            each.writer.close()
        self._idle.clear()

    def _take(self) -> _Connection | None:
        while self._idle:
            kept = self._idle.pop()
            if time.monotonic() - kept.idle_since < _IDLE and not kept.reader.at_eof():
                return kept
            kept.writer.close()
        return None

    async def _connect(self, attempts: int, patience: float) -> _Connection:
        status, reason = 502, ""
        for _ in range(attempts):
            try:
                opening = asyncio.open_connection(self._host, self._port, limit=1 << 18)
                return _Connection(*await asyncio.wait_for(opening, patience))
            except TimeoutError:
                status, reason = 504, "timed out"
            except OSError as fault:
                status, reason = 502, str(fault)
        raise Unreachable(status, f"no connection to the origin: {reason}")

    async def _exchange(self, connection: _Connection, method: str, raw: bytes, patience: float) -> Answer:
        connection.writer.write(raw)
        reader = connection.reader
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), patience)
            while head.startswith(b"HTTP/1.1 1"):
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), patience)
        except TimeoutError:
            connection.writer.close()
            raise Unreachable(504, "the origin did not answer in time") from None
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        headers: Headers = {}
        cookies = []
        for name, _, value in (line.partition(":") for line in lines):
            if name.lower() == "set-cookie":
                cookies.append(value.strip())
            else:
                headers[name.lower()] = value.strip()
        chunked = headers.pop("transfer-encoding", "").lower() == "chunked"
        told = headers.pop("content-length", None)
        length = int(told) if told is not None and not chunked else None
        reusable = headers.pop("connection", "").lower() != "close" and (chunked or length is not None)
        headers.pop("keep-alive", None)
        bare = method == "HEAD" or status in {204, 304}
        body = Body(
            self, connection, patience, left=0 if bare else length, chunked=chunked and not bare, reusable=reusable
        )
        if bare or length == 0:
            await body.aclose()
        return Answer(status=status, headers=headers, cookies=cookies, length=length, body=body)

    def give_back(self, connection: _Connection) -> None:
        connection.idle_since = time.monotonic()
        self._idle.append(connection)


class Body(AsyncIterator[bytes]):
    """The rest of an answer; closed early, it takes its connection along."""

    def __init__(
        self, upstream: Upstream, connection: _Connection, timeout: float, *, left: int | None, chunked: bool, reusable: bool,
    ) -> None:  # fmt: skip
        self._upstream, self._connection, self._timeout = upstream, connection, timeout
        self._left, self._chunked, self._reusable = left, chunked, reusable
        self._in_chunk = 0
        self._open = True

    async def __anext__(self) -> bytes:
        if not self._open:
            raise StopAsyncIteration
        try:
            data = await asyncio.wait_for(self._next_chunk() if self._chunked else self._next(), self._timeout)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as fault:
            self._finish(whole=False)
            raise Unreachable(502, f"the origin broke off: {fault!r}") from None
        if not data:
            self._finish(whole=True)
            raise StopAsyncIteration
        if self._left == 0 and not self._chunked:
            self._finish(whole=True)
        return data

    async def aclose(self) -> None:
        if self._open:
            self._finish(whole=self._left == 0 and not self._chunked)

    async def _next(self) -> bytes:
        reader = self._connection.reader
        data = await reader.read(_PIECE if self._left is None else min(self._left, _PIECE))
        if self._left is not None:
            if not data:
                raise asyncio.IncompleteReadError(data, self._left)
            self._left -= len(data)
        return data

    async def _next_chunk(self) -> bytes:
        reader = self._connection.reader
        if not self._in_chunk:
            self._in_chunk = int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16)
            if not self._in_chunk:
                while await reader.readuntil(b"\r\n") != b"\r\n":
                    pass
                return b""
        data = await reader.read(min(self._in_chunk, _PIECE))
        if not data:
            raise asyncio.IncompleteReadError(data, self._in_chunk)
        self._in_chunk -= len(data)
        if not self._in_chunk:
            await reader.readexactly(2)
        return data

    def _finish(self, *, whole: bool) -> None:
        self._open = False
        if whole and self._reusable:
            self._upstream.give_back(self._connection)
        else:
            self._connection.writer.close()
