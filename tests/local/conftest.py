"""A mended ministack for the shims' conformance tests, and the whole platform for those that need it."""

import io
import json
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from local.children import Children
from local.cloud import process
from local.deploy import client
from local.ports import free_port


@contextmanager
def a_cloud(home: Path, port: int, **options):
    """A local cloud with nothing in it."""
    with Children() as children:
        running = children.adopt("cloud", process.start(home, port, **options))
        yield SimpleNamespace(endpoint=process.ready(running, port), process=running, home=home, port=port)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    with a_cloud(tmp_path_factory.mktemp("cloud"), free_port()) as running:
        yield running


class Stack:
    """A small template, deployed; ``out`` holds its outputs."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.endpoint = endpoint
        self.name = name
        self.cloudformation = client("cloudformation", endpoint)
        self.out: dict[str, str] = {}

    def deploy(self, resources: dict, outputs: dict | None = None) -> "Stack":
        body = json.dumps({"Resources": resources, "Outputs": {k: {"Value": v} for k, v in (outputs or {}).items()}})
        request = {
            "StackName": self.name,
            "TemplateBody": body,
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        }
        call = self.cloudformation.update_stack if self._found() else self.cloudformation.create_stack
        call(**request)
        for _ in range(600):
            found = self._found()
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                break
            time.sleep(0.05)
        if "ROLLBACK" in found["StackStatus"] or "FAILED" in found["StackStatus"]:
            events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
            raise RuntimeError(
                "; ".join(e.get("ResourceStatusReason", "") for e in events if "FAILED" in e["ResourceStatus"])
            )
        self.out = {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}
        return self

    def _found(self):
        try:
            return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except self.cloudformation.exceptions.ClientError:
            return None


@pytest.fixture
def stack(cloud, request):
    """``stack(resources, outputs)`` deploys a template; it is deleted after the test."""
    made = []

    def deploy(resources, outputs=None, name=None):
        one = Stack(cloud.endpoint, name or f"t-{abs(hash(request.node.nodeid)) % 10**9}-{len(made)}")
        made.append(one)
        return one.deploy(resources, outputs)

    yield deploy
    for one in reversed(made):
        one.cloudformation.delete_stack(StackName=one.name)


@pytest.fixture
def aws(cloud):
    """``aws("s3")``: a client with the operator's credentials."""
    return lambda service: client(service, cloud.endpoint)


def zipped(files: dict[str, str | bytes]) -> bytes:
    """An archive of *files*, all of which may be executed."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, content)
    return held.getvalue()


def a_role(*statements: dict, service: str = "lambda.amazonaws.com") -> dict:
    """A role that *service* may take, with just these statements."""
    policy = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
            },
            **({"Policies": policy} if statements else {}),
        },
    }


def allow(action: str | list[str], resource) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def a_function(code: str, role: str = "Role", **properties) -> dict:
    """A Python function of one inline file, ``index.handler``."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Code": {"ZipFile": code},
            "Role": {"Fn::GetAtt": [role, "Arn"]},
            "Timeout": 10,
            **properties,
        },
    }


def invoke(aws, name: str, event: object = None) -> SimpleNamespace:
    """Call a function and wait: ``.value`` and ``.failed``."""
    answer = aws("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return SimpleNamespace(value=json.loads(answer["Payload"].read()), failed="FunctionError" in answer)


def eventually(check, seconds: float = 15):
    """What *check* returns, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found
