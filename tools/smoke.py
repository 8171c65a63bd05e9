"""Walk the listener's whole path against a running platform, local or deployed: ``make smoke URL=https://…``.

Uses the account in EMAIL and PASSWORD, or registers one for the walk and deletes it at the end. A line a
step with its time; the first step that fails ends the walk with exit code 1.
"""

import base64
import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

TIMEOUT_SECONDS = 20
HISTORY_SECONDS = 30


class Failed(Exception):  # noqa: N818 -- it ends the walk with a sentence
    """A step did not do what a listener needs."""


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Walk:
    base: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, content: object = None, **headers: str) -> Answer:
        url = path if path.startswith("http") else self.base + path
        if not url.startswith(("http://", "https://")):
            raise Failed(f"{url} is not an address")
        data = None if content is None else json.dumps(content).encode()
        more = {"Content-Type": "application/json"} if data is not None else {}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, data, self.headers | more | names, method=method)  # noqa: S310 -- checked above
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 -- checked above
                return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, {k.lower(): v for k, v in refused.headers.items()}, refused.read())
        except OSError as fault:
            raise Failed(f"{method} {url}: {fault}") from fault

    def expect(self, status: int, method: str, path: str, content: object = None, **headers: str) -> Answer:
        answer = self.ask(method, path, content, **headers)
        if answer.status != status:
            raise Failed(f"{method} {path} answered {answer.status}, not {status}: {answer.body[:300]!r}")
        return answer


@contextmanager
def step(name: str) -> Iterator[Callable[[str], None]]:
    """Print *name*, what the step found, and its time."""
    found: list[str] = []
    began = time.monotonic()
    yield found.append
    print(f"{(time.monotonic() - began) * 1000:7.0f} ms  {name:28} {' '.join(found)}", flush=True)


def walk(base: str, email: str, password: str) -> None:
    listener = Walk(base)
    with step("discovery") as found:
        issuer = listener.expect(200, "GET", "/.well-known/openid-configuration").json
        keys = listener.expect(200, "GET", "/.well-known/jwks.json").json["keys"]
        found(f"{issuer['issuer']}, {len(keys)} keys")
    own = not email
    if own:
        email, password = f"smoke-{secrets.token_hex(8)}@example.com", secrets.token_urlsafe(18)
        with step("register"):
            account = {"email": email, "password": password, "display_name": "Smoke"}
            listener.expect(201, "POST", "/v1/auth/register", account)
    with step("sign in") as found:
        credentials = {"grant_type": "password", "email": email, "password": password}
        token = listener.expect(200, "POST", "/v1/auth/token", credentials).json
        listener.headers["Authorization"] = f"Bearer {token['access_token']}"
        found(f"expires in {token['expires_in']} s")
    try:
        _listen(listener)
    finally:
        if own:
            with step("delete the account"):
                listener.expect(204, "DELETE", "/v1/me")


def _listen(listener: Walk) -> None:
    with step("browse") as found:
        album = listener.expect(200, "GET", "/v1/albums?sort=new").json["items"][0]
        track = next(
            t for t in listener.expect(200, "GET", f"/v1/albums/{album['id']}").json["tracks"] if t["playable"]
        )
        found(f"{album['title']}: {track['title']}")
    with step("search") as found:
        query = urllib.parse.quote(track["title"])
        tracks = listener.expect(200, "GET", f"/v1/search?q={query}").json["tracks"]
        if track["id"] not in {t["id"] for t in tracks}:
            raise Failed(f"searching for {track['title']!r} does not find it")
        found(f"{len(tracks)} tracks")
    with step("press play") as found:
        device = {"id": f"smoke-{uuid.uuid4()}", "name": "smoke test", "kind": "script"}
        session = listener.expect(
            201, "POST", "/v1/playback", {"tracks": [track["id"]], "device": device, "take_over": True}
        ).json
        grant = session["grants"][0]
        renditions = re.findall(r'<Representation[^>]* id="([^"]+)"', grant["dash"])
        found(", ".join(renditions))
    with step("licence") as found:
        found(f"{len(_licence(listener, grant))} keys")
    with step("media"):
        _media(listener, grant)
    with step("report the play"):
        _report(listener, session["session_id"], grant)
    with step("history") as found:
        found(_history(listener, grant["play_id"]))
    with step("stop"):
        listener.expect(204, "DELETE", f"/v1/playback/{session['session_id']}")


def _licence(listener: Walk, grant: dict[str, Any]) -> list[dict[str, str]]:
    """The content keys for every key id of the manifest (W3C EME, Clear Key licence format)."""
    kids = {bytes.fromhex(kid.replace("-", "")) for kid in re.findall(r'default_KID="([^"]+)"', grant["dash"])}
    request = {
        "kids": [base64.urlsafe_b64encode(kid).rstrip(b"=").decode() for kid in sorted(kids)],
        "type": "temporary",
    }
    url = grant["drm"]["clearkey"]["licence_url"]
    keys: list[dict[str, str]] = listener.expect(
        200, "POST", url, request, X_Licence_Token=grant["licence_token"]
    ).json["keys"]
    if len(keys) != len(kids):
        raise Failed(f"{len(kids)} keys asked for, {len(keys)} given")
    return keys


def _media(listener: Walk, grant: dict[str, Any]) -> None:
    """The first 64 KiB of a rendition come with the signature, and never without it."""
    file = re.findall(r"<BaseURL>([^<]+)</BaseURL>", grant["dash"])[0]
    url = urllib.parse.urljoin(grant["media"]["url"], file)
    anonymous = Walk(listener.base)
    anonymous.expect(403, "GET", url, Range="bytes=0-65535")
    answer = anonymous.expect(206, "GET", f"{url}?{grant['media']['query']}", Range="bytes=0-65535")
    if answer.body[4:8] != b"ftyp":
        raise Failed("the media file is not an MP4")


def _report(listener: Walk, session_id: str, grant: dict[str, Any]) -> None:
    def event(kind: str, position_ms: int) -> dict[str, Any]:
        play = {"play_id": grant["play_id"], "track_id": grant["track_id"], "session_id": session_id}
        return {"event_id": _uuid7(), "type": kind, "at": _now(), "position_ms": position_ms, **play}

    listener.expect(202, "POST", "/v1/events", {"events": [event("play_started", 0), event("play_ended", 1000)]})
    progress = {"play_id": grant["play_id"], "position_ms": 1000, "state": "paused"}
    path = f"/v1/playback/{session_id}/progress"
    answer = listener.ask("PUT", path, progress)
    if answer.status not in (200, 204):
        raise Failed(f"PUT {path} answered {answer.status}: {answer.body[:300]!r}")


def _history(listener: Walk, play_id: str) -> str:
    began = time.monotonic()
    while time.monotonic() - began < HISTORY_SECONDS:
        items = listener.expect(200, "GET", "/v1/me/history").json["items"]
        if play_id in {item["play_id"] for item in items}:
            return f"visible after {time.monotonic() - began:.1f} s"
        time.sleep(0.2)
    raise Failed(f"the play is not in the history after {HISTORY_SECONDS} s")


def _uuid7() -> str:
    """RFC 9562 section 5.7."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return str(uuid.UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main() -> int:
    if len(sys.argv) < 2 or not sys.argv[1]:  # noqa: PLR2004 -- the program and one word
        print("usage: make smoke URL=https://… [EMAIL=… PASSWORD=…]", file=sys.stderr)
        return 2
    try:
        walk(sys.argv[1].rstrip("/"), os.environ.get("EMAIL", ""), os.environ.get("PASSWORD", ""))
    except Failed as failed:
        print(f"FAILED: {failed}", file=sys.stderr)
        return 1
    except (KeyError, IndexError, StopIteration, ValueError) as surprise:
        print(f"FAILED: the answer is not of the contract's shape: {surprise!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
