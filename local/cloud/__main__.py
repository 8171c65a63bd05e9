"""``python -m local.cloud HOME``: the mended ministack, until SIGTERM. Its settings come by environment (process.py)."""

import os
import signal
import sys
import threading
from pathlib import Path

from ministack.app import main

from local.cloud import shims


def follow() -> None:
    """Stop, with the state saved, when whoever started us is gone: then stdin ends."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


shims.install(Path(sys.argv.pop(1)).resolve())
threading.Thread(target=follow, daemon=True).start()
main()
