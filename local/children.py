"""Child processes that never outlive the platform, whatever ends it."""

import os
import signal
import subprocess
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Self

STOP_SECONDS = 8.0
"""How long a child may take to stop after SIGTERM, before it is killed."""


class ChildFailed(Exception):  # noqa: N818 -- what happened, in one line
    """A child ended that should not have, or failed."""


class Children:
    """Every process we started, each leading a session of its own, so that its own children end with it.

    Their stdin is a pipe that closes when we die, even by SIGKILL: those that stay read it and stop.
    """

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def adopt(self, name: str, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        self._running[name] = process
        return process

    def start(self, name: str, command: list[str], *, env: dict[str, str], cwd: Path) -> subprocess.Popen[bytes]:
        """Begin a child that stays; its output is its own affair (read ``stdout``)."""
        return self.adopt(
            name,
            subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ),
        )

    def run(self, name: str, command: list[str], *, env: dict[str, str], cwd: Path) -> None:
        """Run a child to its end. Raises `ChildFailed` with the last lines it wrote."""
        process = self.start(name, command, env=env, cwd=cwd)
        assert process.stdout
        tail = deque((line.decode(errors="replace").rstrip() for line in process.stdout), maxlen=15)
        code = process.wait()
        _end_group(process.pid)
        del self._running[name]
        if code:
            raise ChildFailed("\n".join([f"{name} failed with code {code}", *tail]))

    def check(self) -> None:
        """Raises `ChildFailed` if one that should stay has ended."""
        for name, process in self._running.items():
            if (code := process.poll()) is not None:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
                raise ChildFailed(f"{name} {how}")

    def stop(self) -> None:
        """End them all, the last started first to be told, within `STOP_SECONDS` and a little."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in reversed(self._running.values()):
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _end_group(process.pid)
        self._running.clear()


def drain(process: subprocess.Popen[bytes], log: Path) -> None:
    """Keep what a child writes, so that it never waits for a reader."""

    def copy() -> None:
        assert process.stdout
        with log.open("ab") as file:
            for line in process.stdout:
                file.write(line)
                file.flush()

    Thread(target=copy, daemon=True).start()


def _end_group(leader: int) -> None:
    """What a child left behind in its session (the leader itself has been waited for)."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
