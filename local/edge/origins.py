"""Origins, found on the emulator: an S3 domain is a bucket there, an execute-api domain an HTTP API."""

import re
from collections.abc import AsyncGenerator, Mapping
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from .message import Headers, Request
from .model import Origin
from .upstream import Answer, Unreachable, Upstream

_BUCKET = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]*)\.s3(?:[.-](?P<region>[a-z0-9-]+))?\.amazonaws\.com")
_API = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\..+")


def bucket_of(domain: str) -> str | None:
    found = _BUCKET.fullmatch(domain)
    return found["bucket"] if found else None


class Origins:
    def __init__(self, endpoint: str, credentials: ReadOnlyCredentials, region: str) -> None:
        url = urlsplit(endpoint)
        self._host, self._port = url.hostname or "127.0.0.1", url.port or 80
        self._upstream = Upstream(self._host, self._port)
        self._credentials, self._region = credentials, region

    async def fetch(self, origin: Origin, request: Request, *, query: str, headers: Headers) -> Answer:
        """What *origin* answers to *request*, with the *query* and *headers* that its policies let through.

        Raises `Unreachable`.
        """
        path = origin.path + request.path
        if origin.bucket is not None:
            return await self._from_bucket(origin, origin.bucket, request.method, path, headers)
        found = _API.fullmatch(origin.domain)
        if not found:
            raise Unreachable(502, f"the origin {origin.domain} has no place on this machine")
        target = f"/_aws/execute-api/{found['api']}/$default{path}" + (f"?{query}" if query else "")
        return await self._ask(origin, request.method, target, {"host": origin.domain} | headers, request.body)

    async def close(self) -> None:
        await self._upstream.close()

    async def _from_bucket(self, origin: Origin, bucket: str, method: str, path: str, headers: Headers) -> Answer:
        if method not in {"GET", "HEAD"} or not origin.admits or origin.signing in {None, "never"}:
            return _denied(method)
        target = f"/{bucket}{quote(path, safe='/%~')}"
        # The query string is not S3's to see: there it would choose another operation.
        answer = await self._ask(origin, method, target, self._signed(method, target) | _for_bucket(headers))
        if answer.status == 404 and not origin.lists:  # noqa: PLR2004 -- not found
            await answer.body.aclose()
            return _denied(method)
        for name in [n for n in answer.headers if n.startswith(("access-control-", "x-amz-id-2", "x-amzn-requestid"))]:
            del answer.headers[name]  # the emulator is generous: S3 says nothing of CORS unasked
        return answer

    def _signed(self, method: str, target: str) -> Headers:
        request = AWSRequest(method, f"http://{self._host}:{self._port}{target}")
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        S3SigV4Auth(self._credentials, "s3", self._region).add_auth(request)
        return {name.lower(): value for name, value in request.headers.items()} | {"host": f"{self._host}:{self._port}"}

    async def _ask(
        self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        return await self._upstream.ask(
            method, target, headers, body,
            attempts=origin.attempts, connect_timeout=origin.connect_timeout, read_timeout=origin.read_timeout,
        )  # fmt: skip


def _for_bucket(headers: Headers) -> Headers:
    return {
        n: v for n, v in headers.items() if n not in {"authorization", "host", "cookie"} and not n.startswith("x-amz-")
    }


def _denied(method: str) -> Answer:
    text = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
    headers = {"content-type": "application/xml", "server": "AmazonS3"}
    return Answer(status=403, headers=headers, length=len(text), body=_text(b"" if method == "HEAD" else text))


async def _text(data: bytes) -> AsyncGenerator[bytes, None]:
    if data:
        yield data
