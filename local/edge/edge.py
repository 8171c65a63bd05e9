"""One request through the edge, in CloudFront's order: behaviour, method, signature, function, cache, origin, headers."""

import secrets
from collections.abc import Callable

from . import function_event
from .cache import Cache
from .delivery import Delivery
from .dressing import dress
from .forwarding import arrive, cloudfront_headers
from .function_event import InvalidAnswer
from .function_runtime import FunctionFault, FunctionRuntime
from .message import Request, Response, refusal
from .model import Behaviour, Distribution
from .origins import Origins
from .patterns import normalised
from .signatures import Refused, admit, without_signature


class Edge:
    def __init__(
        self, *, origins: Origins, functions: FunctionRuntime, cache_bytes: int, country: str, clock: Callable[[], float]
    ) -> None:  # fmt: skip
        self.distribution: Distribution | None = None
        """None until the first one is deployed; whole and new after every change."""
        self.cache = Cache(cache_bytes)
        self._delivery = Delivery(self.cache, origins, clock, largest=cache_bytes // 4)
        self._functions, self._country, self._clock = functions, country, clock

    async def answer(self, request: Request) -> Response:
        request.id = secrets.token_urlsafe(16)
        request.country = self._country
        response = await self._answer(self.distribution, request)
        response.headers["via"] = "1.1 local-edge (CloudFront)"
        response.headers["x-amz-cf-id"] = request.id
        response.headers["x-cache"] = f"{response.x_cache} from local edge"
        return response

    async def _answer(self, distribution: Distribution | None, request: Request) -> Response:
        if distribution is None:
            return refusal(503, "no distribution is deployed yet")
        if not distribution.enabled:
            return refusal(403, "the distribution is disabled")
        behaviour = distribution.behaviour(normalised(request.path))
        response = await self._behave(distribution, behaviour, request)
        if response.x_cache == "Error" and distribution.error(response.status).path:
            response = await self._error_page(distribution, request, response)
        dress(response.headers, behaviour.respond, request)
        return response

    async def _behave(self, distribution: Distribution, behaviour: Behaviour, request: Request) -> Response:
        if request.method not in behaviour.methods:
            return refusal(403, f"this distribution does not allow {request.method} here")
        if request.body and request.method in {"GET", "HEAD"}:
            return refusal(403, f"{request.method} has no body")
        arrive(request)
        if behaviour.keys is not None:
            try:
                self._admit(behaviour, request)
            except Refused as reason:
                return refusal(403, str(reason), code=reason.code)
        request.headers |= cloudfront_headers(behaviour, request)
        if behaviour.function and (made := await self._run(distribution, behaviour, request)):
            return made
        if request.path == "/" and distribution.root_object:
            request.path = f"/{distribution.root_object}"
        return await self._delivery.serve(distribution, behaviour, request)

    def _admit(self, behaviour: Behaviour, request: Request) -> None:
        url = f"http://{request.headers['host']}{request.path}"
        cookies = request.headers.get("cookie", "")
        admit(url, request.query, cookies, behaviour.keys or {}, address=request.address, now=self._clock())
        request.query = without_signature(request.query)
        if "CloudFront-" in cookies:
            kept = [each for each in cookies.split("; ") if not each.startswith("CloudFront-")]
            request.headers["cookie"] = "; ".join(kept)

    async def _run(self, distribution: Distribution, behaviour: Behaviour, request: Request) -> Response | None:
        assert behaviour.function is not None
        event = function_event.event(request, distribution)
        try:
            answer = await self._functions.run(behaviour.function, event)
            return function_event.read(answer, event["request"], request)
        except FunctionFault as fault:
            return refusal(503, f"the CloudFront function failed: {fault}")
        except InvalidAnswer as fault:
            return refusal(502, f"the CloudFront function's answer is not valid: {fault}")

    async def _error_page(self, distribution: Distribution, request: Request, failed: Response) -> Response:
        wanted = distribution.error(failed.status)
        page = Request(
            method="GET",
            path=wanted.path,
            headers={"host": request.headers["host"]},
            address=request.address,
            id=request.id,
        )
        behaviour = distribution.behaviour(normalised(page.path))
        found = await self._delivery.serve(distribution, behaviour, page)
        if found.status >= 400:  # noqa: PLR2004 -- the page is missing too: say what was wrong
            return failed
        await failed.close()
        found.status, found.x_cache = wanted.status, "Error"
        return found
