"""A distribution made through CloudFront's API, an edge that serves it, and an origin that does as it is told."""

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from local.cloud.process import REGION
from local.deploy import client
from local.ports import free_port
from tests.local.edge.distribution import BUCKET, build
from tests.local.edge.front import Front

ROOT = Path(__file__).parents[3]
SONG = bytes(range(256)) * 2000
VERSION = "trk_0001-0123456789abcdef"


class Viewer:
    """An HTTP client that sees everything: status, headers, raw body."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def __call__(self, method, target, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, target, body, headers or {})
        raw = connection.getresponse()
        answer = SimpleNamespace(
            status=raw.status, headers={k.lower(): v for k, v in raw.getheaders()}, body=raw.read()
        )
        answer.all_headers = raw.getheaders()
        connection.close()
        return answer

    def get(self, target, **headers):
        return self("GET", target, {name.replace("_", "-"): value for name, value in headers.items()})


def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def keys():
    """Private keys by what CloudFront knows of them: ``mine`` and ``curve`` in the group, ``outside`` registered only."""
    return {
        "mine": rsa_key(),
        "curve": ec.generate_private_key(ec.SECP256R1()),
        "outside": rsa_key(),
        "stranger": rsa_key(),
    }


@pytest.fixture(scope="session")
def front(cloud):
    front = Front(cloud.endpoint)
    yield front
    front.shutdown()
    front.server_close()


@pytest.fixture(scope="session")
def deployed(cloud, keys):
    pems = {
        name: key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
        for name, key in keys.items()
    }
    clients = {name: client(name, cloud.endpoint) for name in ("cloudfront", "s3")}
    made = build(clients, pems, (ROOT / "infra/edge/viewer_request.js").read_bytes())
    made.s3.put_object(
        Bucket=BUCKET,
        Key=f"media/{VERSION}/aac160.mp4",
        Body=SONG,
        ContentType="audio/mp4",
        CacheControl="max-age=31536000, immutable",
    )
    return made


class EdgeProcess:
    def __init__(self, endpoint, distribution):
        self.port, self.control = free_port(), free_port()
        command = [
            sys.executable,
            "-m",
            "local.edge",
            "--endpoint",
            endpoint,
            "--port",
            str(self.port),
            "--country",
            "DE",
            "--distribution",
            distribution,
            "--control",
            str(self.control),
        ]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"AWS_DEFAULT_REGION": REGION},
        )
        assert self.process.stdout.readline() == b"edge ready\n"
        self.view, self.admin = Viewer(self.port), Viewer(self.control)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(10) == 0


@pytest.fixture(scope="session")
def edge(front, deployed):
    running = EdgeProcess(front.endpoint, deployed.id)
    yield running
    running.stop()


@pytest.fixture
def view(edge):
    return edge.view


@pytest.fixture(autouse=True)
def _no_scripts(request):
    yield
    if "front" in request.fixturenames:
        request.getfixturevalue("front").scripts.clear()
        request.getfixturevalue("front").seen.clear()


class Signer:
    """Signs as the developer guide says, with botocore's signer where it can."""

    def __init__(self, deployed, keys, url):
        self.ids, self.keys, self.url = deployed.key_ids, keys, url

    def sign(self, message, key="mine", digest=None):
        digest, private = digest or hashes.SHA1(), self.keys[key]
        if key == "curve":
            return private.sign(message, ec.ECDSA(digest))
        return private.sign(message, padding.PKCS1v15(), digest)

    def canned(self, path, *, seconds=300, key="mine", named=None):
        signer = CloudFrontSigner(self.ids[named or key], lambda m: self.sign(m, key))
        url = signer.generate_presigned_url(
            self.url + path, date_less_than=datetime.now(UTC) + timedelta(seconds=seconds)
        )
        return url.removeprefix(self.url)

    def policy(self, resource, **condition):
        ends = {"DateLessThan": {"AWS:EpochTime": int(time.time()) + 300}}
        return json.dumps({"Statement": [{"Resource": resource, "Condition": ends | condition}]}).encode()

    def query(self, policy, *, key="mine", named=None, signed=None, digest=None, more=""):
        signature = _safe(self.sign(signed or policy, key, digest))
        return f"Policy={_safe(policy)}&Signature={signature}&Key-Pair-Id={self.ids[named or key]}{more}"

    def cookies(self, policy, **options):
        return "; ".join(f"CloudFront-{each}" for each in self.query(policy, **options).split("&"))


def _safe(raw):
    return base64.b64encode(raw).decode().replace("+", "-").replace("=", "_").replace("/", "~")


@pytest.fixture
def signer(deployed, keys, edge):
    return Signer(deployed, keys, edge.view.url)


def eventually(check, *, within=8.0):
    """The first true value of *check*. It has far longer than the edge needs: the machine may be busy with other suites."""
    deadline = time.monotonic() + within
    while not (found := check()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
    return found


def hang_up_after(port, target, size, headers=""):
    """Ask for *target*, read *size* bytes of the answer, and close the connection."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{headers}\r\n".encode())
        got = b""
        while len(got) < size and (chunk := line.recv(4096)):
            got += chunk
        return got
