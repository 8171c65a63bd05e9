"""Start the local cloud as a process of its own, in a clean environment: what is in ours must not leak into functions."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tools.node import links

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"
ACCOUNT = "000000000000"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
"""The operator's: ministack takes them for the account's root."""


class CloudFailed(Exception):  # noqa: N818 -- what happened, in one line
    """The local cloud did not come up."""


def start(home: Path, port: int, *, module: str = "local.cloud") -> subprocess.Popen[bytes]:
    """Begin the cloud whose state is in *home*, listening on loopback *port*; wait with `ready`."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        **CREDENTIALS,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": "unix:///nowhere",
        "GATEWAY_PORT": str(port),
        "HOME": str(home),
        "IOT_MTLS_ENABLED": "0",
        "LANG": "en_US.UTF-8",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "PATH": f"{links()}{os.pathsep}{os.defpath}",
        "PERSIST_STATE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
        "S3_DATA_DIR": str(home / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(home / "ministack"),
        "TMPDIR": str(home / "tmp"),
    }
    shutil.rmtree(home / "tmp", ignore_errors=True)  # of functions that were killed
    (home / "tmp").mkdir()
    (home / "functions.log").unlink(missing_ok=True)
    log = (home / "cloud.log").open("wb")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(home)],
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,  # closes when we die, and then it stops
            stdout=log,
            stderr=log,
            start_new_session=True,  # its functions stop with it, and Ctrl-C is for us alone
        )


def ready(process: subprocess.Popen[bytes], port: int, *, seconds: float = 60) -> str:
    """The endpoint, once it answers. Raises `CloudFailed`."""
    endpoint = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CloudFailed(f"the local cloud stopped with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2):  # noqa: S310 -- loopback
                return endpoint
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CloudFailed(f"the local cloud did not answer within {seconds:.0f} s")
