"""HTTP/1.1 on the viewer's side: requests read, heads written (RFC 9112)."""

import asyncio
from http import HTTPStatus
from urllib.parse import quote

from .message import Headers, Request

HEAD_LIMIT = 32768
"""Bytes of a request's head: CloudFront's own limit."""
BODY_LIMIT = 20 << 20
_REASONS = {each.value: each.phrase for each in HTTPStatus}


class BadRequest(Exception):  # noqa: N818 -- it becomes an answer
    """The bytes are not a request that CloudFront would take."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request of a connection, or None at its end. Raises `BadRequest`."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest(494, "the request's headers are too large") from None
    lines = raw[:-4].decode("latin-1").split("\r\n")
    try:
        method, target, version = lines[0].split(" ")
        headers, repeated = _headers(lines[1:])
    except ValueError:
        raise BadRequest(400, "not an HTTP request") from None
    if not version.startswith("HTTP/1."):
        raise BadRequest(400, "not HTTP/1.1")
    if len(target) > 8192:  # noqa: PLR2004 -- CloudFront's limit of a URL
        raise BadRequest(414, "the URL is longer than 8,192 bytes")
    if not target.startswith("/"):  # the absolute form, or OPTIONS *
        target = "/" + target.partition("://")[2].partition("/")[2]
    if "host" not in headers:
        raise BadRequest(400, "no Host header")
    path, _, query = target.partition("?")
    request = Request(
        method=method,
        path=path if path.isascii() else quote(path, safe="/%:@!$&'()*+,;=~", encoding="latin-1"),
        query=query,
        headers=headers,
        repeated=repeated,
        version=version.removeprefix("HTTP/"),
    )
    request.body = await _body(reader, writer, headers)
    return request


def _headers(lines: list[str]) -> tuple[Headers, dict[str, list[str]]]:
    headers: Headers = {}
    repeated: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ValueError(line)
        name, value = name.lower(), value.strip()
        if name in headers:
            repeated.setdefault(name, [headers[name]]).append(value)
            headers[name] += ("; " if name == "cookie" else ", ") + value
        else:
            headers[name] = value
    return headers, repeated


async def _body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: Headers) -> bytes:
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    length = headers.get("content-length", "0")
    if chunked == ("content-length" in headers):
        if chunked:
            raise BadRequest(400, "both Content-Length and Transfer-Encoding")
        return b""
    if not chunked and not length.isdigit():
        raise BadRequest(400, "Content-Length is not a number")
    if int(length) > BODY_LIMIT:
        raise BadRequest(413, "the body is too large")
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return await read_chunked(reader) if chunked else await reader.readexactly(int(length))


async def read_chunked(reader: asyncio.StreamReader) -> bytes:
    parts, size = [], 0
    while length := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        size += length
        if size > BODY_LIMIT:
            raise BadRequest(413, "the body is too large")
        parts.append((await reader.readexactly(length + 2))[:-2])
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return b"".join(parts)


def head(status: int, headers: Headers, cookies: list[str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"set-cookie: {value}" for value in cookies]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", errors="replace")
