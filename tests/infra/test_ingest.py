"""The way in, as data: what starts it, what is tried again, and that no failure is lost."""

import json

import pytest

from infra.ingest_steps import REFUSALS, definition
from legato.ingest import model
from tests.infra.cloud import Cloud


@pytest.fixture(scope="module")
def cloud(assembly):
    return Cloud(assembly)


def test_the_machine_in_the_template_is_the_one_written_down(cloud):
    machines = cloud.resources("AWS::StepFunctions::StateMachine")
    [(stack, properties)] = [(stack, it) for stack, name, it in machines if name.startswith("Machine")]
    assert json.loads(properties["DefinitionString"]) == definition()
    named = {name: cloud.named(stack, arn) for name, arn in properties["DefinitionSubstitutions"].items()}
    steps = {"inspect": "function Inspect", "encode": "function Encode", "publish": "function Publish"}
    assert named == steps | {"dead_letters": "queue Missed"}
    assert properties["LoggingConfiguration"]["Level"] == "ALL"
    assert properties["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_the_refusals_are_those_of_the_model():
    assert set(REFUSALS) == set(model.REFUSALS)


def test_a_file_that_is_refused_is_not_tried_again_and_all_else_is():
    for step in ("Inspect", "Encode", "Publish"):
        first, *_, last = definition()["States"][step]["Retry"]
        assert first["MaxAttempts"] == 0 and set(first["ErrorEquals"]) == set(REFUSALS)
        assert last["ErrorEquals"] == ["States.ALL"] and last["MaxAttempts"] >= 2


def test_every_failure_is_recorded_with_the_step_s_own_input():
    for step in ("Inspect", "Encode", "Publish"):
        [catch] = definition()["States"][step]["Catch"]
        assert catch == {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Record failure"}


def test_every_state_is_reached_and_every_step_has_a_limit():
    states = definition()["States"]
    reached = {definition()["StartAt"]}
    for state in states.values():
        reached |= {state.get("Next"), state.get("Default")} | {
            c["Next"] for c in [*state.get("Catch", []), *state.get("Choices", [])]
        }
        assert state["Type"] != "Task" or state["TimeoutSeconds"] > 0
    assert reached - {None} == set(states)


def test_a_step_is_given_up_on_only_after_its_function_would_be(cloud):
    seconds = {
        properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]: properties["Timeout"]
        for _, _, properties in cloud.resources("AWS::Lambda::Function")
    }
    for state in definition()["States"].values():
        if state["Type"] == "Task" and state["Resource"].startswith("${"):
            assert state["TimeoutSeconds"] > seconds[state["Resource"].strip("${}")]


def test_an_upload_starts_it_and_what_starts_nothing_is_kept(cloud):
    [bucket] = [p for _, n, p in cloud.resources("AWS::S3::Bucket") if n.startswith("InboxBucket")]
    assert bucket["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"] is True
    [(stack, _, rule)] = [
        r for r in cloud.resources("AWS::Events::Rule") if "EventPattern" in r[2] and r[1].startswith("Uploaded")
    ]
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"prefix": "inbox/"}]
    [target] = rule["Targets"]
    assert cloud.named(stack, target["Arn"]) == "machine Machine"
    assert cloud.named(stack, target["DeadLetterConfig"]["Arn"]) == "queue Missed"


def test_a_failure_becomes_a_letter_even_where_nobody_can_record_it():
    states = definition()["States"]
    assert states["Whose fault"]["Default"] == "Dead letter"
    [catch] = states["Record failure"]["Catch"]
    assert catch["Next"] == "Dead letter"
    letter = states["Dead letter"]
    assert letter["Resource"] == "arn:aws:states:::sqs:sendMessage"
    assert letter["Parameters"]["MessageBody"]["event.$"] == "$$.Execution.Input"
    assert letter["Next"] == "Failed"


def test_a_redrive_starts_it_too(cloud):
    [(stack, _, rule)] = [r for r in cloud.resources("AWS::Events::Rule") if r[1].startswith("Redriven")]
    assert rule["EventPattern"]["source"] == ["legato.ingest"]
    assert cloud.named(stack, rule["Targets"][0]["Arn"]) == "machine Machine"
