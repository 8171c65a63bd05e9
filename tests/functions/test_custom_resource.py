"""A stack is answered whatever happens, and is told no secret."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from legato import custom_resource
from legato.custom_resource import Made, entry


@pytest.fixture
def stack():
    """A stack that waits for answers at an address of its own; the first ``refuse`` of them are not taken."""

    class Stack(BaseHTTPRequestHandler):
        answers, refuse = [], 0

        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if Stack.refuse:
                Stack.refuse -= 1
                self.send_error(503)
                return
            Stack.answers.append((self.headers["Content-Type"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Stack)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Stack.url = f"http://127.0.0.1:{server.server_port}/answer"
    yield Stack
    server.shutdown()
    server.server_close()


def event(stack, kind="Create", **more):
    return {
        "RequestType": kind,
        "ResponseURL": stack.url,
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "Keys",
        "ResourceProperties": {},
    } | more


def test_a_success_carries_the_id_and_the_attributes(stack):
    entry(lambda request: Made(id="x", attributes={"PublicKey": "p"}))(event(stack), None)
    [(content_type, answer)] = stack.answers
    assert content_type == ""
    assert answer == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "x",
        "Data": {"PublicKey": "p"},
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "Keys",
    }


def test_a_failure_is_an_answer_too_and_quotes_nothing(stack):
    def broken(request):
        raise ValueError("-----BEGIN PRIVATE KEY-----")

    entry(broken)(event(stack, "Update", PhysicalResourceId="kept"), None)
    [(_, answer)] = stack.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "kept")
    assert "ValueError" in answer["Reason"] and "PRIVATE" not in answer["Reason"]


def test_an_answer_that_does_not_arrive_is_sent_again_and_then_the_function_fails(stack):
    serve = entry(lambda request: Made(id="x", attributes={}))
    stack.refuse = custom_resource.ATTEMPTS - 1
    serve(event(stack), None)
    assert len(stack.answers) == 1
    stack.refuse = custom_resource.ATTEMPTS
    with pytest.raises(OSError):
        serve(event(stack), None)
