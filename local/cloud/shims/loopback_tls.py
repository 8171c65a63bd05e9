"""Requests over loopback count as TLS (``aws:SecureTransport``): buckets that refuse plain HTTP stay as they are.

The local cloud listens on loopback alone. Bucket policies keep their other statements, deny and allow.
"""

from pathlib import Path

from ministack import app
from ministack.core import iam_evaluator


def install(home: Path) -> None:
    pin = iam_evaluator.pin_request_origin
    assert app.pin_request_origin is pin, "ministack changed"
    assert pin.__code__.co_varnames[:2] == ("source_ip", "secure_transport"), "ministack changed"
    app.pin_request_origin = lambda source_ip, _secure_transport: pin(source_ip, True)
