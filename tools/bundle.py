"""Fold a folder of our own Python into what Lambda is given: its sources and their bytecode, nothing else.

The hash that names the result depends on those files alone, so that an unchanged function is not deployed again.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

from tools.layers import bytecode_tag, compile_bytecode

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache/bundles"


def bundle(name: str, root: Path, parts: tuple[str, ...], deployed_at: str) -> tuple[Path, str]:
    """The files and folders *parts* below *root*, compiled as if they stood in *deployed_at*. Returns folder and hash."""
    files = sorted(path for part in parts for path in _below(root / part))
    hashed = hashlib.sha256(f"{bytecode_tag()} {deployed_at}".encode())
    for path in files:
        hashed.update(f"\0{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    digest = hashed.hexdigest()
    done = CACHE / f"{name}-{digest[:16]}"
    if not done.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            made = Path(folder) / "made"
            for path in files:
                (made / path.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, made / path.relative_to(root))
            compile_bytecode(made, deployed_at)
            try:
                made.rename(done)
            except OSError:  # another process was quicker, and made the same
                if not done.is_dir():
                    raise
    return done, digest


def _below(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts and not p.name.startswith(".")]
