"""HTTP/1.1 as it comes off the wire, and the control port."""

import socket
import time

import pytest

from tests.local.edge.conftest import SONG, VERSION, eventually, hang_up_after
from tests.local.edge.distribution import BUCKET


def talk(port, raw, *, host="127.0.0.1"):
    with socket.create_connection((host, port), timeout=5) as line:
        line.sendall(raw)
        got = b""
        try:
            while chunk := line.recv(65536):
                got += chunk
        except TimeoutError:
            raise AssertionError(f"no end after {got[-600:]}") from None
        return got


def test_a_connection_is_kept_and_requests_may_come_in_one_piece(edge):
    one = b"GET /v1/a HTTP/1.1\r\nhost: x\r\n\r\n"
    last = b"GET /v1/b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    got = talk(edge.port, one * 3 + last)
    assert got.count(b"HTTP/1.1 200") == 4
    assert got.count(b"connection: close") == 1


def test_http_1_0_gets_an_end_instead_of_chunks(edge, front):
    front.script("/v1/stream", lambda _: (200, {}, iter([b"one", b"two"])))
    got = talk(edge.port, b"GET /v1/stream HTTP/1.0\r\nhost: x\r\n\r\n")
    assert got.endswith(b"\r\n\r\nonetwo")
    assert b"chunked" not in got


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost : x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ten\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n", 413),
        (b"GET /" + b"a" * 8200 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 40000 + b"\r\n\r\n", 494),
    ],
)
def test_what_is_no_good_request_is_refused_and_the_connection_closed(edge, raw, status):
    assert talk(edge.port, raw).startswith(b"HTTP/1.1 %d" % status)


def test_a_hundred_viewers_that_hang_up_do_no_harm(edge, view, signer):
    target = f"/media/ses_9.DE/{VERSION}/aac160.mp4?{signer.query(signer.policy('*'))}"
    for _ in range(100):
        hang_up_after(edge.port, target, 100)
    assert view.get(target).body == SONG


@pytest.fixture
def control(edge):
    yield edge.admin
    edge.admin.get("/throttle?bps=0&latency_ms=0")


def test_the_log_tells_the_bytes_that_were_really_sent(edge, view, signer, control, deployed):
    deployed.s3.put_object(Bucket=BUCKET, Key=f"media/{VERSION}/log.mp4", Body=SONG * 20)
    target = f"/media/ses_9.DE/{VERSION}/log.mp4?{signer.query(signer.policy('*'))}"
    control.get("/log?clear=1")
    view.get(target, range="bytes=0-999")
    hang_up_after(edge.port, target, 1000)
    view.get("/v1/me")

    def both():
        import json

        found = json.loads(control.get("/log").body)
        return found if len(found) == 2 and found[1]["aborted"] else None

    whole, part = eventually(both)
    assert (whole["bytes"], whole["range"], whole["status"], whole["x_cache"]) == (
        1000,
        "bytes=0-999",
        206,
        "Miss from local edge",
    )
    assert not whole["aborted"]
    assert 0 < part["bytes"] < len(SONG) * 20
    assert "?" not in part["path"]


def test_the_throttle_holds_for_media_alone(view, signer, control):
    target = f"/media/ses_9.DE/{VERSION}/aac160.mp4?{signer.query(signer.policy('*'))}"
    view.get(target)
    assert control.get("/throttle?bps=800000&latency_ms=100").status == 200
    started = time.monotonic()
    view.get(target, range="bytes=0-39999")
    assert time.monotonic() - started > 0.45
    control.get("/throttle?bps=100&latency_ms=9000")
    started = time.monotonic()
    assert view.get("/v1/me").status == 200
    assert time.monotonic() - started < 9
    assert control.get("/throttle?bps=fast").status == 400
