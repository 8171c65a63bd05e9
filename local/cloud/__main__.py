"""``python -m local.cloud HOME``: the mended ministack, until SIGTERM. Its settings come by environment (process.py)."""

import os
import signal
import sys
import threading
from pathlib import Path

from ministack.app import main

from local.cloud import shims


def serve() -> None:
    """Until SIGTERM, or until whoever started us is gone; the state is saved either way."""
    threading.Thread(target=_follow, daemon=True).start()
    main()


def _follow() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    shims.install(Path(sys.argv.pop(1)).resolve())
    serve()
