"""State on disk that a crash cannot halve.

ministack writes a file per service, only on a clean stop: after a crash its tables are gone and its S3 objects are not.
Here one file holds every service as of one moment between two requests, written beside the old one and renamed, every
few seconds while requests come in, and on a clean stop. Long byte strings (function archives) lie once, by their hash.
S3 objects are files of their own that ministack writes at once; so after a crash the tables may lack the last
`SECONDS`, but never name an object that is not there.
"""

import asyncio
import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import lambda_svc

SECONDS = 5
LONG = 4096
_log = logging.getLogger("legato.snapshots")
States = dict[str, Callable[[], Any]]


def install(home: Path) -> None:
    assert app.load_state is persistence.load_state, "ministack changed"
    assert app.save_all is persistence.save_all, "ministack changed"
    assert callable(lambda_svc._externalize_code_zip), "ministack changed"
    assert callable(lambda_svc._prune_orphan_code_blobs), "ministack changed"
    # Archives stay in the state as bytes: what they are kept in must not be pruned before the state is replaced.
    lambda_svc._externalize_code_zip = lambda _func, _referenced: None
    lambda_svc._prune_orphan_code_blobs = lambda _referenced: None
    snapshot = Snapshot(home)
    app.load_state = snapshot.load
    app.save_all = snapshot.save_now
    serve = app.app

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            snapshot.requests += 1
        await serve(scope, receive, send)

    app.app = counted
    threading.Thread(target=snapshot.keep_saving, daemon=True).start()


class Snapshot:
    """The state of every service, in one file."""

    def __init__(self, home: Path) -> None:
        self.path = home / "state.json"
        self.blobs = home / "blobs"
        self.requests = 0
        self._lock = threading.Lock()
        self._loaded: dict[str, Any] | None = None
        self._written = b""

    def load(self, service: str) -> Any:
        if self._loaded is None:
            self._loaded = {}
            if self.path.exists():
                self._loaded = json.loads(self.path.read_bytes(), object_hook=self._revive)
        return self._loaded.pop(service, None)

    def keep_saving(self) -> None:
        seen = 0
        while True:
            time.sleep(SECONDS)
            if app._MAIN_LOOP is None or (now := self.requests) == seen:
                continue
            try:
                self._write(asyncio.run_coroutine_threadsafe(self._at_one_moment(), app._MAIN_LOOP).result(60))
                seen = now
            except Exception:  # noqa: BLE001 -- the next one will do; what is on disk stays whole
                _log.exception("state not saved")

    def save_now(self, states: States) -> None:
        self._write(self._capture(states))

    async def _at_one_moment(self) -> bytes:
        # On the loop that serves requests, so that none is half done.
        return self._capture(app._build_persistence_save_dict())

    def _capture(self, states: States) -> bytes:
        captured = {name: state for name, get in states.items() if (state := get()) is not None}
        return json.dumps(captured, default=self._plain, separators=(",", ":")).encode()

    def _write(self, content: bytes) -> None:
        digest = hashlib.sha256(content).digest()
        with self._lock:
            if digest == self._written:
                return
            partial = self.path.with_suffix(".new")
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
            self._written = digest
            for blob in self.blobs.glob("*"):
                if blob.name.encode() not in content:
                    blob.unlink()

    def _plain(self, value: Any) -> Any:
        if isinstance(value, bytes | bytearray) and len(value) > LONG:
            name = hashlib.sha256(value).hexdigest()
            blob = self.blobs / name
            if not blob.exists():
                self.blobs.mkdir(parents=True, exist_ok=True)
                partial = blob.with_suffix(".new")
                partial.write_bytes(value)
                partial.replace(blob)
            return {"__blob__": name}
        return persistence._json_default(value)

    def _revive(self, value: dict[str, Any]) -> Any:
        if "__blob__" in value:
            return (self.blobs / value["__blob__"]).read_bytes()
        return persistence._json_object_hook(value)
