"""Loopback ports."""

import socket
from pathlib import Path


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def remembered(memory: Path) -> int:
    """The port of last time, if it is still free: addresses with it may be part of the state."""
    if memory.exists() and is_free(int(memory.read_text())):
        return int(memory.read_text())
    port = free_port()
    memory.write_text(str(port))
    return port
