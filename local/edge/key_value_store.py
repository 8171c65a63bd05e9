"""KeyValueStores, read through their data API: small, whole, and again whenever the store's ETag has moved."""

import json
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from .upstream import Answer, Unreachable, Upstream


class KeyValueStores:
    def __init__(self, endpoint: str, credentials: ReadOnlyCredentials, region: str) -> None:
        url = urlsplit(endpoint)
        self._netloc = url.netloc
        self._upstream = Upstream(url.hostname or "127.0.0.1", url.port or 80)
        # AWS wants SigV4A here; the emulator reads both, and this one needs no native library.
        self._signer = SigV4Auth(credentials, "cloudfront-keyvaluestore", region)
        self._tags: dict[str, str] = {}

    async def changed(self, arn: str) -> Mapping[str, str] | None:
        """Every item, if the store is not as it was at the last call; None if it is. Raises `Unreachable`."""
        root = f"/key-value-stores/{quote(arn, safe='')}"
        described = await self._get(root)
        async for _ in described.body:
            pass
        tag = described.headers.get("etag", "")
        if tag == self._tags.get(arn):
            return None
        items: dict[str, str] = {}
        token = ""
        while True:
            page = await self._get(
                f"{root}/keys?MaxResults=50" + (f"&NextToken={quote(token, safe='')}" if token else "")
            )
            found = json.loads(b"".join([chunk async for chunk in page.body]))
            items |= {each["Key"]: each["Value"] for each in found["Items"]}
            token = found.get("NextToken", "")
            if not token:
                break
        self._tags[arn] = tag
        return items

    def forget(self, arn: str) -> None:
        """Read *arn* whole at the next call, as after an outage."""
        self._tags.pop(arn, None)

    async def close(self) -> None:
        await self._upstream.close()

    async def _get(self, target: str) -> Answer:
        request = AWSRequest("GET", f"http://{self._netloc}{target}")
        self._signer.add_auth(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await self._upstream.ask(
            "GET", target, {"host": self._netloc} | headers, attempts=1, connect_timeout=2, read_timeout=5
        )
        if answer.status != 200:  # noqa: PLR2004 -- the only good answer
            await answer.body.aclose()
            raise Unreachable(503, f"the KeyValueStore answered {answer.status}")
        return answer
