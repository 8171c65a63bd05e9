"""Functions run as in Lambda: their own role, their own layers, nothing else of this machine."""

from tests.local.conftest import a_function, a_role, allow, invoke, zipped

PROBE = """
import importlib.util, json, os, shutil, subprocess, sys
def handler(event, context):
    return eval(event, globals() | {"context": context})
"""


def in_function(stack, aws, **properties):
    made = stack({"Role": a_role(), "Function": a_function(PROBE, **properties)}, {"Name": {"Ref": "Function"}})
    return lambda code: invoke(aws, made.out["Name"], code)


def test_a_layer_stands_under_opt_with_its_programs_on_path_and_executable(stack, aws):
    aws("s3").create_bucket(Bucket="layers", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    first = zipped({"python/first.py": "A = 1", "bin/sing": "#!/bin/sh\necho la"})
    aws("s3").put_object(Bucket="layers", Key="a.zip", Body=first)
    aws("s3").put_object(Bucket="layers", Key="b.zip", Body=zipped({"python/second.py": "B = 2"}))
    layers = {
        name: {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "layers", "S3Key": f"{name.lower()}.zip"}},
        }
        for name in "AB"
    }
    function = a_function(PROBE, Layers=[{"Ref": "A"}, {"Ref": "B"}])
    made = stack({"Role": a_role(), **layers, "Function": function}, {"Name": {"Ref": "Function"}})
    ask = "[__import__('first').A, __import__('second').B, subprocess.check_output(['sing'], text=True)]"
    assert invoke(aws, made.out["Name"], ask).value == [1, 2, "la\n"]


def test_a_function_sees_boto3_and_no_other_package_of_this_machine(stack, aws):
    ask = in_function(stack, aws)
    assert ask("bool(importlib.util.find_spec('boto3'))").value is True
    assert (
        ask("[n for n in ('legato', 'pydantic', 'ministack', 'local', 'pytest') if importlib.util.find_spec(n)]").value
        == []
    )


def test_a_function_sees_its_settings_and_not_the_environment_of_the_cloud(stack, aws):
    ask = in_function(stack, aws, Environment={"Variables": {"SONG": "So What"}})
    assert ask("os.environ['SONG']").value == "So What"
    assert ask("[n for n in os.environ if n in ('AUTH', 'STATE_DIR', 'PYTHONPATH', 'GATEWAY_PORT')]").value == []


def test_a_function_acts_as_its_own_role_and_may_only_what_that_may(stack, aws):
    code = "import boto3\ndef handler(event, context):\n return boto3.client('s3').list_objects_v2(Bucket=event)['KeyCount']\n"
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {}}
    role = a_role(allow("s3:ListBucket", {"Fn::GetAtt": ["Open", "Arn"]}))
    made = stack(
        {"Open": bucket, "Closed": bucket, "Role": role, "Function": a_function(code)},
        {"Name": {"Ref": "Function"}, "Open": {"Ref": "Open"}, "Closed": {"Ref": "Closed"}},
    )
    assert invoke(aws, made.out["Name"], made.out["Open"]).value == 0
    refused = invoke(aws, made.out["Name"], made.out["Closed"])
    assert refused.failed
    assert "AccessDenied" in refused.value["errorMessage"]


def test_an_exception_keeps_its_type_message_and_stack_and_ends_nothing(stack, aws):
    ask = in_function(stack, aws)
    pid = ask("os.getpid()").value
    failure = ask("int('one')")
    assert failure.failed
    assert (failure.value["errorType"], failure.value["errorMessage"][:15]) == ("ValueError", "invalid literal")
    assert any("index.py" in line for line in failure.value["stackTrace"])
    assert ask("os.getpid()").value == pid


def test_an_import_that_fails_says_so(stack, aws):
    made = stack({"Role": a_role(), "Function": a_function("import nothing_like_it")}, {"Name": {"Ref": "Function"}})
    failure = invoke(aws, made.out["Name"])
    assert failure.value["errorType"] == "Runtime.ImportModuleError"


def test_time_runs_out_and_the_next_call_finds_a_fresh_environment(stack, aws):
    ask = in_function(stack, aws, Timeout=1)
    pid = ask("os.getpid()").value
    assert ask("__import__('time').sleep(5)").value["errorType"] == "Sandbox.Timedout"
    assert ask("os.getpid()").value != pid


def test_the_context_tells_who_is_called_and_how_long_it_may_take(stack, aws):
    ask = in_function(stack, aws)
    told = ask(
        "[context.invoked_function_arn.split(':')[5], context.memory_limit_in_mb, context.get_remaining_time_in_millis() <= 10000]"
    )
    assert told.value == ["function", 128, True]


def test_what_a_function_prints_is_in_its_log_and_a_warm_call_does_not_wait_for_more(stack, aws):
    import time

    made = stack({"Role": a_role(), "Function": a_function(PROBE)}, {"Name": {"Ref": "Function"}})
    name = made.out["Name"]
    invoke(aws, name, "print('con brio')")
    took = []
    for _ in range(20):
        began = time.monotonic()
        invoke(aws, name, "1")
        took.append(time.monotonic() - began)
    assert min(took) < 0.045  # ministack's own wait is 50 ms a call, on the quietest machine too
    found = aws("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="brio")["events"]
    assert [event["message"] for event in found] == ["con brio"]


def test_new_code_and_new_settings_reach_the_next_call(stack, aws):
    code = "import os\ndef handler(event, context):\n    return [1, os.environ['KEY']]\n"
    parts = {"Role": a_role(), "Function": a_function(code, Environment={"Variables": {"KEY": "C"}})}
    made = stack(parts, {"Name": {"Ref": "Function"}})
    assert invoke(aws, made.out["Name"]).value == [1, "C"]
    parts["Function"] = a_function(code.replace("1", "2"), Environment={"Variables": {"KEY": "C"}})
    stack(parts, {"Name": {"Ref": "Function"}}, name=made.name)
    assert invoke(aws, made.out["Name"]).value == [2, "C"]
    parts["Function"] = a_function(code.replace("1", "2"), Environment={"Variables": {"KEY": "D"}})
    stack(parts, {"Name": {"Ref": "Function"}}, name=made.name)
    assert invoke(aws, made.out["Name"]).value == [2, "D"]
