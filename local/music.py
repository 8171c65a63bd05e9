"""The music that a platform without a LIBRARY starts with: composed once for each state of the composer's code."""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from local.children import Children, Task

ROOT = Path(__file__).parents[1]
COMPOSER = ROOT / "local/demo"


class DemoMusic:
    """``folder`` is there once `finish` has returned; composing runs beside whatever else starts."""

    def __init__(self, children: Children, environment: dict[str, str]) -> None:
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(COMPOSER.glob("*.py")))).hexdigest()
        self.folder = ROOT / ".cache/demo" / digest[:16]
        self._task: Task | None = None
        if not self.folder.exists():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._partial = Path(tempfile.mkdtemp(dir=self.folder.parent))
            command = [sys.executable, "-m", "local.demo", str(self._partial)]
            self._task = children.begin("the demo music", command, env=environment, cwd=ROOT)

    def finish(self) -> None:
        """Raises `ChildFailed`."""
        if self._task is None:
            return
        self._task.finish()
        try:
            self._partial.rename(self.folder)
        except OSError:  # another platform was quicker
            shutil.rmtree(self._partial)
