"""Build the web app into ``web/dist`` when its sources changed; ``python -m tools.web test`` runs its own tests."""

import hashlib
import subprocess
import sys
from pathlib import Path

from tools.node import environment, npm

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
IGNORED = {"node_modules", "dist"}


def fingerprint(*, lock_only: bool = False) -> str:
    """A hash of every source file of the app, or of its lock file alone."""
    digest = hashlib.sha256()
    files = [WEB / "package-lock.json"] if lock_only else sorted(p for p in WEB.rglob("*") if p.is_file())
    for path in files:
        if not IGNORED & set(path.relative_to(WEB).parts):
            digest.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def install() -> None:
    """``npm ci``, once for each lock file."""
    stamp = WEB / "node_modules/.legato"
    wanted = fingerprint(lock_only=True)
    if not stamp.exists() or stamp.read_text() != wanted:
        print("setup: npm ci", flush=True)
        _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted)


def build() -> None:
    """``npm run build``, once for each state of the sources."""
    install()
    stamp = WEB / "dist/.legato"
    wanted = fingerprint()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("setup: building the web app", flush=True)
        _npm("run", "--silent", "build")
        stamp.write_text(wanted)


def _npm(*words: str) -> None:
    done = subprocess.run([*npm(), *words], cwd=WEB, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"npm {' '.join(words)} failed:\n{done.stdout}{done.stderr}")


def main() -> int:
    if sys.argv[1:] == ["test"]:
        install()
        for script in ("check", "test"):
            _npm("run", "--silent", script)
        print("web: types and unit tests ok")
    else:
        build()
    return 0


if __name__ == "__main__":
    sys.exit(main())
