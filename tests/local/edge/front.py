"""What stands between the edge and the emulator, so that a test can be the origin."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

from tests.local.edge.distribution import API, BUCKET

STAGE = f"/_aws/execute-api/{API}/$default"


class Front(ThreadingHTTPServer):
    """Hands everything on to the emulator, but answers for the API, and for what a test has scripted.

    A script is ``fn(request) -> (status, headers, body)``; a body may be an iterator of chunks (sent in chunks
    unless the headers give a length), and a script that raises breaks the connection off.
    """

    daemon_threads = True

    def __init__(self, behind):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = behind.removeprefix("http://")
        self.scripts, self.seen = {}, []
        self.endpoint = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def script(self, path, answer):
        """Answer *path* (an API's path, or ``/<bucket>/<key>``) so from now on, a callable or a fixed answer."""
        self.scripts[path] = answer if callable(answer) else lambda _: answer

    def asked(self, path):
        """The requests that came for *path*."""
        return [each for each in self.seen if each.name == path]

    def answer(self, request):
        request.name = request.path.partition("?")[0].removeprefix(STAGE)
        ours = request.path.startswith(STAGE)
        if ours or request.name.startswith(f"/{BUCKET}/"):
            self.seen.append(request)
        if request.name in self.scripts:
            return self.scripts[request.name](request)
        if ours:
            return 200, {"content-type": "application/json"}, json.dumps({"path": request.path}).encode()
        return self._hand_on(request)

    def _hand_on(self, request):
        connection = http.client.HTTPConnection(self.behind, timeout=20)
        connection.request(request.method, request.path, request.body or None, request.headers)
        answer = connection.getresponse()
        body = answer.read()
        drop = {"transfer-encoding", "connection", "date"}
        headers = {k.lower(): v for k, v in answer.getheaders() if k.lower() not in drop}
        connection.close()
        return answer.status, headers, body


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            self.send(
                *self.server.answer(SimpleNamespace(method=self.command, path=self.path, headers=headers, body=body))
            )
        except Exception:  # noqa: BLE001 -- a script's way to break off
            self.close_connection = True
            self.connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = serve  # noqa: N815 -- http.server's names

    def send(self, status, headers, body):
        parts = [body] if isinstance(body, bytes) else body
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        chunked = not isinstance(body, bytes) and "content-length" not in headers
        if chunked:
            self.send_header("transfer-encoding", "chunked")
        elif "content-length" not in headers:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        for part in parts if self.command != "HEAD" else ():
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass
