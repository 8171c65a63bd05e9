"""Find a Chromium for the browser tests, or get one: Debian's package, else Playwright's own download.

``python -m tools.chromium`` makes sure and prints the path; `find` never installs.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
MEND = "the browser tests need Chromium: install it (Debian: apt-get install chromium), or name one in LEGATO_CHROMIUM"


def find() -> str | None:
    """The path of a Chromium on this machine. ``LEGATO_CHROMIUM`` names one that is elsewhere."""
    if named := os.environ.get("LEGATO_CHROMIUM"):
        return named if Path(named).exists() else None
    for name in NAMES:
        if found := shutil.which(name):
            return found
    if MAC.exists():
        return str(MAC)
    return _playwrights()


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- half a second that most calls need not pay

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Debian's package where apt and root are there; Playwright's download where not."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        print("setup: installing Debian's chromium", flush=True)
        for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "install", "--yes", "chromium"]):
            if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
                break
        else:
            return
    print("setup: asking Playwright for its Chromium", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    if not find():
        install()
    path = find()
    print(path or MEND, file=sys.stdout if path else sys.stderr)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
