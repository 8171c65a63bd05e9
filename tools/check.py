"""``make check``: lint, format, types, import rules, generated files. Each prints only what is wrong."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CHECKS: dict[str, tuple[str, list[str]]] = {
    "lint": ("make fix", [str(BIN / "ruff"), "check", "--quiet", "."]),
    "format": ("make fix", [str(BIN / "ruff"), "format", "--quiet", "--check", "."]),
    "types": ("see the lines above", [str(BIN / "mypy"), "--no-error-summary"]),
    "imports": ("CONTRIBUTING.md tells who may import whom", [str(BIN / "lint-imports")]),
    "openapi": ("make openapi", [sys.executable, "-m", "tools.openapi", "--check"]),
    "problems": ("make openapi", [sys.executable, "-m", "tools.problems", "--check"]),
}


def run(name: str) -> tuple[str, float, subprocess.CompletedProcess[str]]:
    began = time.monotonic()
    done = subprocess.run(CHECKS[name][1], cwd=ROOT, capture_output=True, text=True, check=False)
    return name, time.monotonic() - began, done


def main() -> int:
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for name, seconds, done in pool.map(run, CHECKS):
            if done.returncode:
                failed += 1
                print(done.stdout + done.stderr)
            print(f"{name:8} {'ok' if not done.returncode else 'FAILED: ' + CHECKS[name][0]} ({seconds:.1f} s)")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
