"""A listener without a browser: the API and the media files over plain HTTP, as a third-party client would."""

import base64
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

DASH = {"": "urn:mpeg:dash:schema:mpd:2011", "cenc": "urn:mpeg:cenc:2013"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The slug of a refusal."""
        return self.json["type"].removeprefix("/problems/")


@dataclass
class Client:
    """One origin, and headers that go with every request."""

    base: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, url: str, content: object = None, **headers: str) -> Answer:
        data = None if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        sent |= self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(urllib.parse.urljoin(self.base, url), data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, {k.lower(): v for k, v in refused.headers.items()}, refused.read())

    def get(self, url: str, **headers: str) -> Answer:
        return self.ask("GET", url, **headers)

    def post(self, url: str, content: object, **headers: str) -> Answer:
        return self.ask("POST", url, content, **headers)

    def abroad(self, country: str) -> "Client":
        """The same client, seen from *country* (the local edge reads this header; CloudFront never would)."""
        return Client(self.base, self.headers | {"x-viewer-country": country})


class Listener(Client):
    """A signed-in account."""

    def __init__(self, base: str, account: dict[str, Any], country: str = "DE") -> None:
        super().__init__(base, {"x-viewer-country": country})
        credentials = {"grant_type": "password", "email": account["email"], "password": account["password"]}
        self.token = self.post("/v1/auth/token", credentials).json
        self.headers["Authorization"] = f"Bearer {self.token['access_token']}"
        self.device = {"id": f"dev-{uuid.uuid4()}", "name": "test rig", "kind": "script"}

    def find(self, title: str) -> dict[str, Any]:
        """The track with exactly this title, by search."""
        found = self.get(f"/v1/search?types=track&q={urllib.parse.quote(title)}").json["tracks"]
        return next(track for track in found if track["title"] == title)

    def play(self, *tracks: str, take_over: bool = True, **more: object) -> Answer:
        return self.post(
            "/v1/playback", {"tracks": list(tracks), "device": self.device, "take_over": take_over, **more}
        )

    def licence(self, grant: dict[str, Any], kids: set[bytes] | None = None, token: str | None = None) -> Answer:
        """Ask for the keys of *kids*, all those of the grant's manifest unless told otherwise."""
        wanted = sorted(Manifest(grant).kids() if kids is None else kids)
        request = {"kids": [base64url(kid) for kid in wanted], "type": "temporary"}
        shown = grant["licence_token"] if token is None else token
        return self.post(grant["drm"]["clearkey"]["licence_url"], request, X_Licence_Token=shown)

    def keys(self, grant: dict[str, Any]) -> dict[bytes, bytes]:
        """Key id → content key."""
        answer = self.licence(grant)
        assert answer.status == 200, answer.body
        return {unbase64url(key["kid"]): unbase64url(key["k"]) for key in answer.json["keys"]}

    def event(
        self, kind: str, session_id: str, grant: dict[str, Any], position_ms: int, at: datetime
    ) -> dict[str, Any]:
        return {
            "event_id": uuid7(at),
            "type": kind,
            "play_id": grant["play_id"],
            "track_id": grant["track_id"],
            "session_id": session_id,
            "at": rfc3339(at),
            "position_ms": position_ms,
        }


@dataclass
class Manifest:
    """What a grant's MPD says, read with the standard library."""

    grant: dict[str, Any]

    def representations(self) -> dict[str, ET.Element]:
        tree = ET.fromstring(self.grant["dash"])
        return {r.get("id", ""): r for r in tree.iterfind(".//Representation", DASH)}

    def names(self) -> set[str]:
        return set(self.representations())

    def kids(self) -> set[bytes]:
        return {bytes.fromhex(kid.replace("-", "")) for kid in re.findall(r'default_KID="([^"]+)"', self.grant["dash"])}

    def kid(self, name: str) -> bytes:
        protection = self.representations()[name].find("ContentProtection[@value]", DASH)
        assert protection is not None
        return bytes.fromhex(protection.get(f"{{{DASH['cenc']}}}default_KID", "").replace("-", ""))

    def url(self, name: str, *, signed: bool = True) -> str:
        base = self.representations()[name].find("BaseURL", DASH)
        assert base is not None
        assert base.text
        assert base.text.endswith(".mp4")
        media = self.grant["media"]
        return urllib.parse.urljoin(media["url"], base.text) + (f"?{media['query']}" if signed else "")


def eventually(check: Any, *, seconds: float = 20) -> Any:
    """What *check* returns once it is true, asked for at most *seconds*."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)
    return found


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def uuid7(at: datetime) -> str:
    """RFC 9562 section 5.7."""
    value = int(at.timestamp() * 1000) << 80 | uuid.uuid4().int & (1 << 80) - 1
    return str(uuid.UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62))


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
