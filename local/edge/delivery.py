"""An answer from the cache if it can be, from the origin if it must, and kept on the way through."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass

from . import ranges
from .cache import Cache, Entry, Key
from .dressing import compressed, worth_compressing
from .forwarding import cache_key, conditions, encodings, origin_headers, origin_query
from .freshness import lifetime, stale_if_error
from .message import Headers, Request, Response, refusal
from .model import Behaviour, Distribution
from .origins import Origins
from .ranges import Range
from .replay import replay
from .upstream import Answer, Unreachable

_ERROR_LIMIT = 1 << 20
"""Bytes of an error's body that are worth keeping."""


class Delivery:
    def __init__(self, cache: Cache, origins: Origins, clock: Callable[[], float], *, largest: int) -> None:
        """Objects above *largest* bytes pass through without being kept."""
        self._cache, self._origins, self._clock, self._largest = cache, origins, clock, largest

    async def serve(self, distribution: Distribution, behaviour: Behaviour, request: Request) -> Response:
        kept = request.method in {"GET", "HEAD"} or request.method in behaviour.cached_methods & {"OPTIONS"}
        if not kept:
            return await self._pass(behaviour, request)
        key = cache_key(behaviour, request)
        wanted = ranges.parse(request.headers.get("range")) if request.method == "GET" else None
        entry = self._cache.get(key)
        held = replay(entry, request, wanted, self._clock()) if entry else None
        if entry and held and entry.fresh(self._clock()):
            held.x_cache = "Error" if _failed(entry.status) else "Hit"
            return held
        turn = _Turn(
            distribution=distribution, behaviour=behaviour, request=request, wanted=wanted, key=key, entry=entry, held=held
        )  # fmt: skip
        return await self._refill(turn)

    async def _pass(self, behaviour: Behaviour, request: Request) -> Response:
        try:
            return _through(await self._fetch(behaviour, request, conditions(request)))
        except Unreachable as fault:
            return refusal(fault.status, str(fault))

    async def _refill(self, turn: "_Turn") -> Response:
        fallback = turn.fallback(self._clock())
        try:
            answer = await self._fetch(turn.behaviour, turn.request, turn.questions())
        except Unreachable as fault:
            return fallback or await self._unreachable(turn, fault)
        if answer.status >= 500 and fallback:  # noqa: PLR2004 -- where the origin's own errors begin
            await answer.body.aclose()
            return fallback
        if answer.status == 304 and turn.entry and turn.held:  # noqa: PLR2004 -- not modified
            await answer.body.aclose()
            self._renew(turn.entry, turn, 200, turn.entry.headers | answer.headers)
            turn.held.x_cache = "RefreshHit"
            return turn.held
        return await self._keep(turn, answer)

    async def _fetch(self, behaviour: Behaviour, request: Request, questions: Headers) -> Answer:
        headers = origin_headers(behaviour, request) | questions
        query = origin_query(behaviour, request)
        return await self._origins.fetch(behaviour.origin, request, query=query, headers=headers)

    def _lifetime(self, turn: "_Turn", status: int, headers: Headers) -> float:
        error_ttl = turn.distribution.error(status).ttl
        return lifetime(status, headers, turn.behaviour.cache, error_ttl=error_ttl, now=self._clock())

    def _renew(self, entry: Entry, turn: "_Turn", status: int, headers: Headers) -> None:
        entry.stored, entry.lifetime = self._clock(), self._lifetime(turn, status, headers)

    async def _unreachable(self, turn: "_Turn", fault: Unreachable) -> Response:
        response = refusal(fault.status, str(fault))
        self._put(turn, response, await response.read())
        return response

    async def _keep(self, turn: "_Turn", answer: Answer) -> Response:
        life = self._lifetime(turn, answer.status, answer.headers)
        accepted = encodings(turn.behaviour.cache, turn.request)
        squeeze = turn.behaviour.compress and worth_compressing(answer.status, answer.headers, answer.length, accepted)
        failed, size = _failed(answer.status), answer.length or 0
        if turn.request.method == "GET" and (squeeze or (failed and life and size <= _ERROR_LIMIT)):
            return await self._whole(turn, answer, squeeze=squeeze)
        if not life or failed or size > self._largest:
            return _through(answer)
        part = self._part(turn, answer, life)
        if part is None:
            return _through(answer)
        entry, at, ready = part
        if entry is turn.entry:
            self._renew(entry, turn, answer.status, answer.headers)
        elif ready:
            self._cache.put(entry)
        return _through(answer, self._tee(answer, entry, at, ready=ready, whole=turn.request.method == "GET"))

    async def _whole(self, turn: "_Turn", answer: Answer, *, squeeze: bool) -> Response:
        try:
            body = b"".join([chunk async for chunk in answer.body])
        except Unreachable as fault:
            return refusal(fault.status, str(fault))
        if squeeze:
            body = await asyncio.to_thread(compressed, body, answer.headers)
        self._put(turn, answer, body, compressed=squeeze)
        answer.length = len(body)
        response = _through(answer)
        response.body = (body,)
        return response

    def _put(self, turn: "_Turn", answer: Answer | Response, body: bytes, *, compressed: bool = False) -> None:
        life = self._lifetime(turn, answer.status, answer.headers)
        if life:
            entry = self._entry(turn, answer, life, total=len(body), compressed=compressed)
            entry.add(0, body)
            self._cache.put(entry)

    def _entry(
        self, turn: "_Turn", answer: Answer | Response, life: float, *, total: int | None, compressed: bool = False
    ) -> Entry:
        headers = {name: value for name, value in answer.headers.items() if name != "content-range"}
        return Entry(
            key=turn.key,
            status=200 if answer.status == 206 else answer.status,  # noqa: PLR2004 -- a part of what a 200 would be
            headers=headers,
            cookies=answer.cookies,
            stored=self._clock(),
            lifetime=life,
            grace=stale_if_error(headers),
            total=total,
            compressed=compressed,
        )

    def _part(self, turn: "_Turn", answer: Answer, life: float) -> tuple[Entry, int, bool] | None:
        """The entry that the answer's bytes belong to, where they begin, and whether it may be used before its end."""
        at, total = 0, answer.length
        strong = answer.headers.get("etag", "W/")[:2] != "W/"
        if answer.status == 206:  # noqa: PLR2004 -- partial content
            found = ranges.content_range(answer.headers.get("content-range", ""))
            if found is None or not strong:  # parts can only be put together under a strong validator
                return None
            at, _, total = found
        if turn.entry and strong and turn.entry.same_as(answer.headers) and not turn.entry.compressed:
            return turn.entry, at, True
        return self._entry(turn, answer, life, total=total), at, strong and total is not None

    async def _tee(
        self, answer: Answer, entry: Entry, at: int, *, ready: bool, whole: bool
    ) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in answer.body:
                if ready:
                    self._cache.grow(entry, at, chunk)
                else:
                    entry.add(at, chunk)
                at += len(chunk)
                yield chunk
            if not ready and whole:
                entry.total = at
                self._cache.put(entry)
        finally:
            await answer.body.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A request that the cache alone could not serve, and what the cache has of it."""

    distribution: Distribution
    behaviour: Behaviour
    request: Request
    wanted: Range | None
    key: Key
    entry: Entry | None
    held: Response | None
    """The answer, out of date, that `entry` would give."""

    def fallback(self, now: float) -> Response | None:
        """What may stand in for an error of the origin."""
        if self.entry and self.held and not _failed(self.entry.status) and self.entry.bearable(now):
            self.held.x_cache = "RefreshHit"
            return self.held
        return None

    def questions(self) -> Headers:
        """Range and conditions of the origin request: the cache's own where it has the bytes, else the viewer's."""
        asked = {"range": str(self.wanted)} if self.wanted else {}
        if self.entry is None or self.held is None:
            viewers = conditions(self.request)
            viewers.pop("range", None)
            return viewers | asked
        known = self.entry.headers
        if "etag" in known:
            return asked | {
                "if-none-match": known["etag"].removeprefix("W/") if self.entry.compressed else known["etag"]
            }
        return asked | ({"if-modified-since": known["last-modified"]} if "last-modified" in known else {})


def _through(answer: Answer, body: AsyncIterator[bytes] | None = None) -> Response:
    return Response(
        status=answer.status, headers=dict(answer.headers), cookies=answer.cookies, body=body or answer.body, length=answer.length,
        x_cache="Error" if _failed(answer.status) else "Miss", release=answer.body.aclose,
    )  # fmt: skip


def _failed(status: int) -> bool:
    return status >= 400  # noqa: PLR2004 -- where errors begin
