"""A kept answer, given again: conditions, ranges and HEAD (RFC 9110, RFC 9111). Pure."""

from email.utils import parsedate_to_datetime

from .cache import Entry
from .message import Headers, Request, Response
from .ranges import Range, Unsatisfiable


def replay(entry: Entry, request: Request, wanted: Range | None, now: float) -> Response | None:
    """The answer that *entry* gives to *request*, or None where bytes of it are missing."""
    headers = entry.headers | {"age": str(max(int(now - entry.stored), 0))}
    if entry.status < 400 and _unchanged(entry.headers, request.headers):  # noqa: PLR2004 -- where errors begin
        kept = {n: v for n, v in headers.items() if n not in {"content-type", "content-encoding", "accept-ranges"}}
        return Response(status=304, headers=kept, cookies=entry.cookies)
    if entry.total is None:
        return None
    if request.method == "HEAD":
        return Response(status=entry.status, headers=headers, cookies=entry.cookies, length=entry.total)
    if wanted is None or entry.status != 200 or entry.compressed or not _same_range(entry.headers, request.headers):  # noqa: PLR2004
        return _part(entry, headers, entry.status, 0, entry.total)
    try:
        start, stop = wanted.within(entry.total)
    except Unsatisfiable:
        return Response(status=416, headers={"content-range": f"bytes */{entry.total}"})
    headers["content-range"] = f"bytes {start}-{stop - 1}/{entry.total}"
    return _part(entry, headers, 206, start, stop)


def _part(entry: Entry, headers: Headers, status: int, start: int, stop: int) -> Response | None:
    body = entry.slices(start, stop)
    if body is None:
        return None
    return Response(status=status, headers=headers, cookies=entry.cookies, body=body, length=stop - start)


def _unchanged(held: Headers, asked: Headers) -> bool:
    if "if-none-match" in asked:
        tags = {each.strip().removeprefix("W/") for each in asked["if-none-match"].split(",")}
        return "*" in tags or held.get("etag", "?").removeprefix("W/") in tags
    if "if-modified-since" in asked and "last-modified" in held:
        try:
            return parsedate_to_datetime(held["last-modified"]) <= parsedate_to_datetime(asked["if-modified-since"])
        except ValueError:
            return False
    return False


def _same_range(held: Headers, asked: Headers) -> bool:
    condition = asked.get("if-range")
    return condition is None or condition in {held.get("etag"), held.get("last-modified")}
