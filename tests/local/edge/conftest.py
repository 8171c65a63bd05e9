"""A distribution made through CloudFront's API, an edge that serves it, and an origin that does as it is told."""

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from local.cloud.process import REGION
from local.deploy import client
from local.up import free_port
from tests.local.edge.distribution import API, BUCKET, SECRET, build

ROOT = Path(__file__).parents[3]
SONG = bytes(range(256)) * 2000
VERSION = "trk_0001-0123456789abcdef"


class Front:
    """Stands before the emulator and hands everything on, but answers for the API, and for what a test has scripted.

    A script is ``fn(request) -> (status, headers, body)``; a body may be an iterator of chunks (sent without
    a length unless the headers give one), and a script that raises breaks the connection off.
    """

    def __init__(self, behind: str) -> None:
        self.behind = behind.removeprefix("http://")
        self.scripts, self.seen = {}, []
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                path = self.path.partition("?")[0]
                headers = {k.lower(): v for k, v in self.headers.items()}
                request = SimpleNamespace(method=self.command, path=self.path, headers=headers, body=body)
                ours = path.startswith(f"/_aws/execute-api/{API}/")
                name = path.removeprefix(f"/_aws/execute-api/{API}/$default")
                if ours or name in front.scripts or path.startswith(f"/{BUCKET}/"):
                    front.seen.append(SimpleNamespace(name=name, **vars(request)))
                try:
                    if name in front.scripts:
                        self.answer(*front.scripts[name](request))
                    elif ours:
                        self.answer(200, {"content-type": "application/json"}, json.dumps({"path": self.path}).encode())
                    else:
                        self.answer(*front.hand_on(request))
                except Exception:
                    self.close_connection = True
                    self.connection.close()

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_any

            def answer(self, status, headers, body):
                self.send_response_only(status)
                whole = isinstance(body, bytes)
                names = {name.lower() for name in headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                if whole and "content-length" not in names:
                    self.send_header("content-length", str(len(body)))
                chunked = not whole and "content-length" not in names
                if chunked:
                    self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                if self.command == "HEAD":
                    return
                for part in [body] if whole else body:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
                if chunked:
                    self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def hand_on(self, request):
        connection = http.client.HTTPConnection(self.behind, timeout=20)
        connection.request(request.method, request.path, request.body or None, request.headers)
        answer = connection.getresponse()
        body = answer.read()
        drop = {"transfer-encoding", "connection", "date"}
        headers = {k.lower(): v for k, v in answer.getheaders() if k.lower() not in drop}
        connection.close()
        return answer.status, headers, body

    def script(self, path, answer):
        """Answer *path* (an API's path, or ``/<bucket>/<key>``) so from now on, a callable or a fixed answer."""
        self.scripts[path] = answer if callable(answer) else lambda _: answer

    def asked(self, path):
        """The requests that came for *path*."""
        return [each for each in self.seen if each.name == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


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
    front.close()


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


def eventually(check, *, within=2.0):
    """The first true value of *check*; it has *within* seconds."""
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


@pytest.fixture
def stores(deployed):
    return deployed.store


__all__ = ["SECRET"]
