"""A delivery that came to nothing, tried again by the operator's one command."""

import time

from tests.journeys.listener import Client
from tools.redrive import Operator, redrive


def test_one_command_tries_a_delivery_again(platform, accounts, capsys):
    admin = accounts["admin"]
    operator = Operator(platform.url, admin["email"], admin["password"])
    content = b"no music at all\n" * 20
    announced = {"filename": "notes.flac", "content_type": "audio/flac", "bytes": len(content)}
    made = operator.ask("POST", "/v1/admin/uploads", announced)
    assert Client("").ask("PUT", made["upload"]["url"], content, **made["upload"]["headers"]).status == 200
    first = _ended(operator, made["ingest_id"], attempts=1)
    assert (first["state"], first["reason"]) == ("refused", "not-audio")
    assert redrive(operator, [made["ingest_id"]]) == 0
    assert "1 of 1 started again" in capsys.readouterr().out
    again = _ended(operator, made["ingest_id"], attempts=2)
    states = [(step["state"], step["attempt"]) for step in again["steps"]]
    assert states == [("awaited", 0), ("received", 1), ("refused", 1), ("received", 2), ("refused", 2)]
    assert list(operator.failed()) == []
    assert redrive(operator, ["ing_00000000000000000000000000"]) == 1


def _ended(operator, ingest_id, *, attempts):
    deadline = time.monotonic() + 120
    while True:
        row = operator.ask("GET", f"/v1/admin/ingests/{ingest_id}")
        if row["finished_at"] and row["attempts"] == attempts:
            return row
        assert time.monotonic() < deadline, row
        time.sleep(0.3)
