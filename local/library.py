"""Publish a folder of music as a label would: presigned uploads, then patience. Nothing here knows how ingest works."""

import hashlib
import json
import mimetypes
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

SETTLED = {"published", "refused"}
ENDED = SETTLED | {"failed"}
"""A failure is ours: the file is tried again at the next start."""
AT_ONCE = (os.cpu_count() or 1) + 1
"""Files in work at the same time: each keeps a core busy, but for its uploads."""
STUCK_SECONDS = 900
"""How long may pass without any file reaching its end."""
SEARCHABLE_SECONDS = 60
SPEAK_SECONDS = 3
UNAUTHORIZED = 401
AGAIN = {UNAUTHORIZED, 429, 502, 503, 504}
PAUSES = (1, 2, 4, 8)
"""Seconds before each further attempt."""


class LibraryFailed(Exception):  # noqa: N818 -- what happened, in one line
    """Files remain that were neither published nor refused, or cannot be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of the files."""

    tracks: frozenset[str]
    refused: tuple[tuple[str, str], ...]
    """File and reason."""


@dataclass(slots=True, kw_only=True)
class Library:
    """One folder and the API it goes into."""

    url: str
    sign_in: Callable[[], str]
    """A fresh access token of an operator; asked again when it has run out."""
    folder: Path
    ledger: Path
    """Remembers which file became which ingest, so that the next start uploads only what is new."""
    _token: str = ""
    _known: dict[str, Any] = field(default_factory=dict)

    def publish(self, report: Callable[[str], None]) -> Published:
        """Upload what has not been, and wait until every file has its end and what is published can be found.

        Raises `LibraryFailed`.
        """
        self._known = json.loads(self.ledger.read_text()) if self.ledger.exists() else {}
        rows = self._rows()
        files = {name: path for path, name in self._files()}
        digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
        ended = {name: row for name in files if (row := self._before(name, digests[name], rows))}
        new = self._work({n: p for n, p in files.items() if n not in ended}, digests, len(files), report)
        self._await_search(sorted({row["track_id"] for row in new.values() if row["state"] == "published"}))
        outcome = ended | new
        tracks = frozenset(row["track_id"] for row in outcome.values() if row["state"] == "published")
        others = ((name, row) for name, row in sorted(outcome.items()) if row["state"] != "published")
        return Published(tracks=tracks, refused=tuple((n, row.get("reason") or row["state"]) for n, row in others))

    def _files(self) -> Iterator[tuple[Path, str]]:
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder)
            if path.is_file() and not any(part.startswith(".") for part in name.parts):
                yield path, name.as_posix()

    def _before(self, name: str, digest: str, rows: dict[str, Any]) -> dict[str, Any] | None:
        """How the file ended at an earlier start, if that is settled."""
        known = self._known.get(name, {})
        row: dict[str, Any] = rows.get(known.get("ingest_id", ""), known.get("row", {}))
        return row if known.get("sha256") == digest and row.get("state") in SETTLED else None

    def _work(
        self, files: dict[str, Path], digests: dict[str, str], of: int, report: Callable[[str], None]
    ) -> dict[str, dict[str, Any]]:
        waiting = list(files)
        running: dict[str, str] = {}
        ended: dict[str, dict[str, Any]] = {}
        moved = spoke = time.monotonic()
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                name = waiting.pop(0)
                row = self._upload(files[name], name, digests[name])
                if row["state"] in ENDED:
                    ended[name] = row
                else:
                    running[name] = row["ingest_id"]
            time.sleep(0.5)
            rows = self._rows()
            for name, ingest_id in list(running.items()):
                if rows.get(ingest_id, {}).get("state") in ENDED:
                    ended[name] = rows[running.pop(name)]
                    moved = time.monotonic()
            if time.monotonic() - spoke > SPEAK_SECONDS:
                spoke = time.monotonic()
                report(f"  {of - len(waiting) - len(running)} of {of} files …")
            if time.monotonic() - moved > STUCK_SECONDS:
                raise LibraryFailed(f"{len(waiting) + len(running)} of {of} files came to no end: {', '.join(running)}")
        return ended

    def _upload(self, path: Path, name: str, digest: str) -> dict[str, Any]:
        """The ingest as it begins; as it ends, where the API refuses the file outright."""
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        body = {"filename": path.name, "content_type": kind, "bytes": path.stat().st_size}
        try:
            begun = self._call("POST", "/v1/admin/uploads", body)
        except urllib.error.HTTPError as refusal:
            if refusal.code >= 500:  # noqa: PLR2004 -- not the file's fault
                raise LibraryFailed(f"{name}: the upload answered {refusal.code}") from refusal
            row = {"state": "refused", "reason": f"the API answered {refusal.code}: {refusal.read().decode()[:200]}"}
            self._remember(name, sha256=digest, row=row)
            return row
        _put(begun["upload"], path)
        self._remember(name, sha256=digest, ingest_id=begun["ingest_id"])
        return {"state": "begun", "ingest_id": begun["ingest_id"]}

    def _remember(self, name: str, **what: Any) -> None:
        self._known[name] = what
        partial = self.ledger.with_suffix(".new")
        partial.write_text(json.dumps(self._known))
        partial.replace(self.ledger)

    def _await_search(self, tracks: list[str]) -> None:
        deadline = time.monotonic() + SEARCHABLE_SECONDS
        for track_id in tracks:
            title = self._call("GET", f"/v1/tracks/{track_id}")["title"]
            path = f"/v1/search?q={quote(title)}&types=track&limit=50"
            while not any(found["id"] == track_id for found in self._call("GET", path)["tracks"]):
                if time.monotonic() > deadline:
                    raise LibraryFailed(f"{title!r} was published, but the search does not find it")
                time.sleep(0.3)

    def _rows(self) -> dict[str, dict[str, Any]]:
        rows: dict[str, dict[str, Any]] = {}
        cursor = ""
        while True:
            page = self._call("GET", f"/v1/admin/ingests?limit=100{cursor}")
            rows |= {row["ingest_id"]: row for row in page["items"]}
            if not page["cursor"]:
                return rows
            cursor = f"&cursor={quote(page['cursor'])}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer; a token that ran out and a service that is short of breath are asked again."""
        for pause in (*PAUSES, None):
            self._token = self._token or self.sign_in()
            try:
                return self._ask(method, path, body)
            except urllib.error.HTTPError as refusal:
                if pause is None or refusal.code not in AGAIN:
                    raise
                if refusal.code == UNAUTHORIZED:
                    self._token = ""
                else:
                    time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 -- our own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own
            content: dict[str, Any] = json.load(answer)
        return content


def _put(upload: dict[str, Any], path: Path) -> None:
    headers = {**upload["headers"], "Content-Length": str(path.stat().st_size)}
    with path.open("rb") as file:
        request = urllib.request.Request(upload["url"], data=file, headers=headers, method=upload["method"])  # noqa: S310
        with urllib.request.urlopen(request, timeout=300):  # noqa: S310 -- presigned by our own API
            pass
