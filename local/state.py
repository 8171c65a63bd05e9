"""The folder that a platform lives in: one platform at a time, and empty if so wished."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "legato.lock"


class StateTaken(Exception):  # noqa: N818 -- what is wrong, in one line
    """Another platform lives there, or something else does."""


@contextmanager
def claimed(folder: Path, *, reset: bool) -> Iterator[Path]:
    """*folder*, ours until the end. Raises `StateTaken`, above all for a folder that holds something else."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / LOCK).exists():
        raise StateTaken(f"{folder} holds other things: STATE= names a folder of its own")
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StateTaken(f"another platform runs with the state in {folder}") from None
        for each in folder.iterdir():
            if each.name == "up.json" or (reset and each.name != LOCK):  # one that was killed could not tidy up
                _remove(each)
        yield folder


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
