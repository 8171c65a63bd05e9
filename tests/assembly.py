"""The one synthesised cloud that all tests share, made again only when something that it is made from changed."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache/assemblies"
INFRA = ("app.py", "cdk.json", "infra", "tools/bundle.py", "tools/layers.py", "layers", "requirements.lock")
"""What the shape of the data is made from: a change of a handler leaves it alone."""
EVERYTHING = (*INFRA, "functions", "docs/openapi.json")
KEPT = 8


def synthesised(**context: str) -> Path:
    """A folder like ``cdk.out``: the templates of the dev stage, as they would be deployed."""
    made = CACHE / _digest(EVERYTHING, context)
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:  # test processes that start together wait for one synthesis
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "manifest.json").exists():
            _synthesise(made, context)
    return made


def _synthesise(made: Path, context: dict[str, str]) -> None:
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=CACHE))
    away = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    context_json = {"CDK_CONTEXT_JSON": json.dumps(context)} if context else {}
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        env=away | {"CDK_OUTDIR": str(partial)} | context_json,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"synth failed:\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    partial.rename(made)
    _forget_old()


def data_template() -> dict:
    """The Data stack's template. Tests of functions build their tables from it, and need no synth for a new handler."""
    made = CACHE / f"data-{_digest(tuple(s for s in INFRA if s != 'layers'), {})}.json"
    if not made.exists():
        text = (synthesised() / "Data.template.json").read_text()
        made.write_text(text)
    return json.loads(made.read_text())


def _digest(sources: tuple[str, ...], context: dict[str, str]) -> str:
    known = hashlib.sha256(f"{sys.version} {sorted(context.items())}".encode())
    for path in _files(sources):
        known.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return known.hexdigest()[:20]


def _files(sources: tuple[str, ...]) -> Iterator[Path]:
    for source in sources:
        path = ROOT / source
        below = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (p for p in below if p.is_file() and "__pycache__" not in p.parts)


def _forget_old() -> None:
    folders = sorted(CACHE.glob("[0-9a-f]*"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in folders[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
