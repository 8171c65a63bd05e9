"""The erasure workflow: at once, and again when whatever was under way has arrived."""

from infra.erasure import LATE_SECONDS, RETRY, definition
from infra.stage import STAGES
from legato.identity.model import ACCESS_SECONDS


def test_it_erases_twice_with_a_wait_longer_than_anything_that_opens_a_door():
    states = definition()["States"]
    order, name = [], definition()["StartAt"]
    while name:
        order.append(states[name])
        name = states[name].get("Next")
    assert [state["Type"] for state in order] == ["Task", "Wait", "Task"]
    assert order[1]["Seconds"] == LATE_SECONDS > ACCESS_SECONDS
    assert all(stage.grant_seconds <= LATE_SECONDS for stage in STAGES.values())


def test_a_step_that_fails_is_tried_again():
    tasks = [state for state in definition()["States"].values() if state["Type"] == "Task"]
    assert all(task["Retry"] == RETRY for task in tasks)
    assert RETRY[0]["MaxAttempts"] >= 3
