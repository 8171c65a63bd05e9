"""Child processes that never outlive the platform, whatever ends it."""

import os
import signal
import subprocess
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Self

STOP_SECONDS = 8.0
"""How long a child may take to stop after SIGTERM, before it is killed."""
TAIL = 15
"""Lines of a failed child's output that are shown."""


class ChildFailed(Exception):  # noqa: N818 -- what happened, in one line
    """A child ended that should not have, or failed."""


@dataclass(frozen=True, slots=True)
class Task:
    """A child that comes to an end by itself."""

    name: str
    process: subprocess.Popen[bytes]
    said: deque[str]
    reader: Thread

    def finish(self) -> None:
        """Wait for the end. Raises `ChildFailed` with the last lines it wrote."""
        code = self.process.wait()
        _end_group(self.process.pid)
        self.reader.join(1)
        if code:
            raise ChildFailed("\n".join([f"{self.name} failed with code {code}", *self.said]))


class Children:
    """Every process we started, each leading a session of its own, so that its own children end with it.

    Their stdin is a pipe that closes when we die, even by SIGKILL: those that stay read it and stop.
    """

    def __init__(self) -> None:
        self._staying: dict[str, subprocess.Popen[bytes]] = {}
        self._tasks: list[Task] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def adopt(self, name: str, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """Look after a child that stays and that somebody else began."""
        self._staying[name] = process
        return process

    def start(self, name: str, command: list[str], *, env: dict[str, str], cwd: Path) -> subprocess.Popen[bytes]:
        """Begin a child that stays; its output waits in ``stdout``."""
        return self.adopt(name, _begin(command, env, cwd))

    def begin(self, name: str, command: list[str], *, env: dict[str, str], cwd: Path) -> Task:
        """Begin a child that comes to an end by itself."""
        process = _begin(command, env, cwd)
        said: deque[str] = deque(maxlen=TAIL)
        reader = Thread(target=_remember, args=(process, said), daemon=True)
        task = Task(name, process, said, reader)
        self._tasks.append(task)
        reader.start()
        return task

    def check(self) -> None:
        """Raises `ChildFailed` if one that should stay has ended."""
        for name, process in self._staying.items():
            if (code := process.poll()) is not None:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
                raise ChildFailed(f"{name} {how}")

    def stop(self) -> None:
        """End them all within `STOP_SECONDS` and a little."""
        everyone = [task.process for task in self._tasks] + list(reversed(self._staying.values()))
        for process in everyone:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in everyone:
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _end_group(process.pid)
        self._staying.clear()
        self._tasks.clear()


def drain(process: subprocess.Popen[bytes], log: Path) -> None:
    """Keep what a child writes, so that it never waits for a reader."""

    def copy() -> None:
        assert process.stdout
        with log.open("ab") as file:
            for line in process.stdout:
                file.write(line)
                file.flush()

    Thread(target=copy, daemon=True).start()


def _begin(command: list[str], env: dict[str, str], cwd: Path) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=cwd, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, start_new_session=True
    )


def _remember(process: subprocess.Popen[bytes], said: deque[str]) -> None:
    assert process.stdout
    for line in process.stdout:
        said.append(line.decode(errors="replace").rstrip())


def _end_group(leader: int) -> None:
    """What a child left behind in its session (the leader itself has been waited for)."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
