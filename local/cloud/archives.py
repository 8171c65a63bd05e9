"""Archives of functions and layers, unpacked once for all environments that use them."""

import hashlib
import io
import os
import shutil
import tempfile
import threading
import time
import zipfile
from pathlib import Path

FORGOTTEN_SECONDS = 7 * 86_400
_unpacking = threading.Lock()


class Archives:
    """Folders named by what is in them."""

    def __init__(self, home: Path) -> None:
        self._home = home
        home.mkdir(parents=True, exist_ok=True)

    def folder(self, archives: list[bytes]) -> Path:
        """A folder that holds *archives*, later ones over earlier ones, as Lambda merges layers into ``/opt``."""
        digest = hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in archives)).hexdigest()[:32]
        made = self._home / digest
        with _unpacking:
            if not made.exists():
                self._forget()
                partial = Path(tempfile.mkdtemp(dir=self._home))
                for each in archives:
                    _unpack(each, partial)
                partial.rename(made)
        os.utime(made)
        return made

    def _forget(self) -> None:
        for old in self._home.iterdir():
            if old.stat().st_mtime < time.time() - FORGOTTEN_SECONDS:
                shutil.rmtree(old, ignore_errors=True)


def _unpack(archive: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as held:
        held.extractall(folder)
        # zipfile forgets modes; Lambda keeps them.
        for member in held.infolist():
            if mode := (member.external_attr >> 16) & 0o777:
                (folder / member.filename).chmod(mode | 0o600)
