import json

from legato import log


def test_a_line_is_one_json_object_and_hides_what_is_secret(capsys):
    log.info("signed in", listener="usr_1", refresh_token="abc", Authorization="Bearer x")
    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["listener"]) == ("signed in", "usr_1")
    assert line["refresh_token"] == line["Authorization"] == "***"


def test_a_fault_is_logged_with_its_stack(capsys):
    try:
        raise ValueError("no")
    except ValueError as fault:
        log.error("broken", fault)
    line = json.loads(capsys.readouterr().out)
    assert line["exception_name"] == "ValueError"
    assert "test_log.py" in line["exception"]
