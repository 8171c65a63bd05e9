"""Publish a folder of music as a label would: presigned uploads, then patience. Nothing here knows how ingest works."""

import hashlib
import json
import mimetypes
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TERMINAL = {"published", "refused", "failed"}
STUCK_SECONDS = 900
"""How long may pass without any file reaching its end."""


class LibraryFailed(Exception):  # noqa: N818 -- what happened, in one line
    """Files remain that were neither published nor refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of the files."""

    tracks: frozenset[str]
    refused: tuple[tuple[str, str], ...]
    """File and reason."""


class Library:
    """One folder and the API it goes into. ``ledger`` remembers which file became which ingest."""

    def __init__(self, *, url: str, token: str, folder: Path, ledger: Path) -> None:
        self.url = url
        self.token = token
        self.folder = folder
        self.ledger = ledger
        self._known: dict[str, Any] = json.loads(ledger.read_text()) if ledger.exists() else {}

    def publish(self, report: Callable[[str], None]) -> Published:
        """Upload what has not been, wait until every file has its end. Raises `LibraryFailed`."""
        files = list(self._files())
        rows = {row["ingest_id"]: row for row in self._rows()}
        began = {name: self._ingest(path, name, rows) for path, name in files}
        self.ledger.write_text(json.dumps(self._known))
        ended = self._wait(set(began.values()), report)
        mine = [(name, ended[id]) for name, id in began.items()]
        tracks = frozenset(row["track_id"] for _, row in mine if row["state"] == "published")
        refused = tuple((name, row.get("reason") or row["state"]) for name, row in mine if row["state"] != "published")
        return Published(tracks=tracks, refused=refused)

    def _files(self) -> Iterator[tuple[Path, str]]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(self.folder).parts):
                yield path, path.relative_to(self.folder).as_posix()

    def _ingest(self, path: Path, name: str, rows: dict[str, Any]) -> str:
        """The ingest of a file: the one it had, if that came to an end; else a new one."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        known = self._known.get(name, {})
        if known.get("sha256") == digest and rows.get(known["ingest_id"], {}).get("state") in TERMINAL:
            return str(known["ingest_id"])
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        body = {"filename": path.name, "content_type": kind, "bytes": path.stat().st_size}
        upload = self._call("POST", "/v1/admin/uploads", body)
        _put(upload, path)
        self._known[name] = {"sha256": digest, "ingest_id": upload["ingest_id"]}
        return str(upload["ingest_id"])

    def _wait(self, wanted: set[str], report: Callable[[str], None]) -> dict[str, Any]:
        ended: dict[str, Any] = {}
        moved = spoke = time.monotonic()
        while True:
            now = {r["ingest_id"]: r for r in self._rows() if r["ingest_id"] in wanted and r["state"] in TERMINAL}
            if len(now) > len(ended):
                moved = time.monotonic()
            ended = now
            if len(ended) == len(wanted):
                return ended
            if time.monotonic() - spoke > 3:  # noqa: PLR2004 -- seconds between lines
                spoke = time.monotonic()
                report(f"published {len(ended)} of {len(wanted)} files …")
            if time.monotonic() - moved > STUCK_SECONDS:
                raise LibraryFailed(f"{len(wanted) - len(ended)} of {len(wanted)} files came to no end")
            time.sleep(0.5)

    def _rows(self) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            page = self._call("GET", f"/v1/admin/ingests?limit=100{cursor}")
            yield from page["items"]
            if not page["cursor"]:
                return
            cursor = f"&cursor={page['cursor']}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 -- our own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- our own
            content: dict[str, Any] = json.load(answer)
        return content


def _put(upload: dict[str, Any], path: Path) -> None:
    with path.open("rb") as file:
        headers = {"Content-Length": str(path.stat().st_size), **upload.get("headers", {})}
        request = urllib.request.Request(upload["url"], data=file, headers=headers, method=upload.get("method", "PUT"))  # noqa: S310
        with urllib.request.urlopen(request, timeout=300):  # noqa: S310 -- presigned by our own API
            pass
