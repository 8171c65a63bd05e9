"""The cloud assembly for this machine, made again only when something that it is made from changed."""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache/synth"
SOURCES = (
    "app.py",
    "cdk.json",
    "docs/openapi.json",
    "functions",
    "infra",
    "layers",
    "requirements.lock",
    "tools",
    "web/dist",
)
KEPT = 3
SENDER = "hello@legato.example"
CONTEXT = {"stage": "dev", "arch": "host", "mail_from": SENDER}


def assembly(run: Callable[[list[str], dict[str, str]], None]) -> Path:
    """A folder like ``cdk.out``, never changed once it is there: `make synth` beside us writes another.

    *run* runs a command with an environment, and raises if it fails. Platforms that start together wait for
    each other here: two syntheses at once take twice as long, and one would tidy the other's away.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = CACHE / digest()
        if not (made / "manifest.json").exists():
            _synthesise(made, run)
        made.touch()
        folders = [path for path in CACHE.iterdir() if path.is_dir()]
        for old in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
    return made


def _synthesise(made: Path, run: Callable[[list[str], dict[str, str]], None]) -> None:
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=CACHE))
    environment = {
        **os.environ,
        "CDK_CONTEXT_JSON": json.dumps(CONTEXT),
        "CDK_OUTDIR": str(partial),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers/core/python'}",
    }
    try:
        run([sys.executable, str(ROOT / "app.py")], environment)
        shutil.rmtree(made, ignore_errors=True)
        partial.rename(made)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def digest() -> str:
    """Names the state of every source, and what of this machine goes into the layers."""
    known = hashlib.sha256(f"{sys.version} {platform.machine()} {CONTEXT}".encode())
    for path in _files():
        known.update(str(path.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return known.hexdigest()[:24]


def _files() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        if path.is_file():
            yield path
        yield from sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
