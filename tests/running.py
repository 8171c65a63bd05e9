"""The whole platform, running: started once a test session by the command behind ``make up``, with a state of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.deploy import client
from local.ports import free_port
from tests import records

ROOT = Path(__file__).parents[1]
READY_SECONDS = 420
STOP_SECONDS = 20


@dataclass
class Platform:
    """What ``up.json`` says, and what lies behind the one origin."""

    up: dict[str, Any]
    state: Path

    @property
    def url(self) -> str:
        return self.up["url"]

    @property
    def endpoint(self) -> str:
        """The emulator's address: every AWS API, and each gateway past the edge."""
        return self.up["aws_endpoint"]

    def aws(self, service: str):
        """A client with the operator's credentials."""
        return client(service, self.endpoint)

    def resource(self, kind: str, logical: str) -> str:
        """The physical id of the one resource of that type whose logical id begins so."""
        cloudformation = self.aws("cloudformation")
        [found] = [
            resource["PhysicalResourceId"]
            for stack in cloudformation.describe_stacks()["Stacks"]
            for resource in cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]
            if resource["ResourceType"] == kind and resource["LogicalResourceId"].startswith(logical)
        ]
        return found

    @property
    def api(self) -> str:
        """The guarded API's own address, past the edge."""
        return f"{self.endpoint}/_aws/execute-api/{self.resource('AWS::ApiGatewayV2::Api', 'Gateway')}/$default"


def start(state: Path, log: Path, *, library: Path | None = None, **options: str) -> subprocess.Popen[bytes]:
    """``make up`` without make, in a process group of its own."""
    command = [sys.executable, "-m", "local.up", "--state", str(state)]
    command += ["--port", options.pop("port", None) or str(free_port())]
    command += ["--library", str(library)] if library else []
    command += [word for name, value in options.items() for word in (f"--{name}", value)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers/core/python'}"}
    with log.open("ab") as out:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )


def ready(process: subprocess.Popen[bytes], state: Path, log: Path, *, seconds: float = READY_SECONDS) -> Platform:
    """The platform, once ``up.json`` is there."""
    deadline = time.monotonic() + seconds
    while not (state / "up.json").exists():
        said = log.read_text(errors="replace")[-3000:]
        assert process.poll() is None, f"the platform ended with {process.returncode}:\n{said}"
        assert time.monotonic() < deadline, f"the platform is not ready after {seconds} s:\n{said}"
        time.sleep(0.1)
    return Platform(json.loads((state / "up.json").read_text()), state)


def stop(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM, and the exit code; what does not stop in time is killed, and the test fails."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)
        raise


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    """The platform with the collection of `tests.records`, in Germany."""
    folder = tmp_path_factory.mktemp("platform")
    state, log = folder / "state", folder / "up.log"
    process = start(state, log, library=records.collection(), country="DE")
    try:
        yield ready(process, state, log)
    finally:
        stop(process)
