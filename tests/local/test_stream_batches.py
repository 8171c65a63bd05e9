"""Records of a stream that fail come again, alone, or end in the bucket of failures; what is beside them goes on."""

import json

import pytest

from local.cloud.shims.stream_batches import deliver
from tests.local.conftest import a_function, a_role, allow, eventually

SEEN = """
import base64, boto3, json, os
def handler(event, context):
    songs = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    print(json.dumps(songs))
    if "poison" in songs:
        if os.environ["REPORT"] == "no":
            raise ValueError("poison")
        number = event["Records"][songs.index("poison")]["kinesis"]["sequenceNumber"]
        return {"batchItemFailures": [{"itemIdentifier": number}]}
"""


def a_record(number: int) -> dict:
    return {"kinesis": {"sequenceNumber": str(number)}}


def told(mapping: dict, answers) -> tuple[list[list[int]], dict]:
    """What the function was given, batch by batch, and what the stream's reader is told."""
    given = []

    def call(batch):
        numbers = [int(each["kinesis"]["sequenceNumber"]) for each in batch]
        given.append(numbers)
        return answers(numbers)

    base = {"UUID": "m", "Role": "r", "FunctionArn": "f"}
    return given, deliver([a_record(n) for n in range(4)], base | mapping, call)


def report(*failed: int):
    return {"body": {"batchItemFailures": [{"itemIdentifier": str(n)} for n in failed]}}


def test_a_batch_that_succeeds_is_given_once():
    given, result = told({}, lambda _: {"body": None})
    assert (given, result.get("error")) == ([[0, 1, 2, 3]], None)


def test_a_report_repeats_from_its_first_record_on():
    once = iter([report(2, 3), {"body": None}])
    given, result = told({"FunctionResponseTypes": ["ReportBatchItemFailures"]}, lambda _: next(once))
    assert (given, result.get("error")) == ([[0, 1, 2, 3], [2, 3]], None)


def test_a_report_is_not_read_where_the_mapping_does_not_ask_for_it():
    assert told({}, lambda _: report(2))[0] == [[0, 1, 2, 3]]


def test_a_report_of_what_was_not_in_the_batch_fails_it_whole():
    once = iter([report(9), {"body": None}])
    mapping = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 1}
    assert told(mapping, lambda _: next(once))[0] == [[0, 1, 2, 3], [0, 1, 2, 3]]


def test_a_failing_batch_is_halved_until_the_poison_is_alone_and_then_given_up():
    mapping = {"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 1}
    given, result = told(mapping, lambda numbers: {"error": True} if 2 in numbers else {"body": None})
    assert given == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [2], [3]]
    assert not result.get("error")


def test_without_a_limit_the_stream_is_read_again():
    assert told({}, lambda _: {"error": True})[1]["error"] is True


def test_a_throttled_batch_is_read_again_and_does_not_count():
    throttled = {"error": True, "throttle": True}
    assert told({"MaximumRetryAttempts": 0}, lambda _: throttled)[1] == throttled


@pytest.mark.parametrize("reports", ["yes", "no"])
def test_poison_ends_in_the_bucket_and_every_other_record_arrives(stack, aws, reports):
    stream, bucket = {"Fn::GetAtt": ["Stream", "Arn"]}, {"Fn::GetAtt": ["Failures", "Arn"]}
    reading = ["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"]
    mapping = {
        "EventSourceArn": stream,
        "FunctionName": {"Ref": "Function"},
        "StartingPosition": "TRIM_HORIZON",
        "MaximumRetryAttempts": 2,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": bucket}},
    }
    made = stack(
        {
            "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}},
            "Failures": {"Type": "AWS::S3::Bucket", "Properties": {}},
            "Role": a_role(allow(reading, stream), allow("s3:PutObject", {"Fn::Sub": "${Failures.Arn}/*"})),
            "Function": a_function(SEEN, Environment={"Variables": {"REPORT": reports}}),
            "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
        },
        {"Stream": {"Ref": "Stream"}, "Failures": {"Ref": "Failures"}, "Function": {"Ref": "Function"}},
    )
    songs = ["one", "two", "poison", "three"]
    entries = [{"Data": song.encode(), "PartitionKey": "p"} for song in songs]
    aws("kinesis").put_records(StreamName=made.out["Stream"], Records=entries)

    def failures():
        return aws("s3").list_objects_v2(Bucket=made.out["Failures"]).get("Contents")

    [failure] = eventually(failures, 30)
    held = json.loads(aws("s3").get_object(Bucket=made.out["Failures"], Key=failure["Key"])["Body"].read())
    assert held["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert [r["kinesis"]["data"] for r in json.loads(held["payload"])["Records"]] == ["cG9pc29u"]

    def arrived():
        events = aws("logs").filter_log_events(logGroupName=f"/aws/lambda/{made.out['Function']}")["events"]
        lines = [json.loads(e["message"]) for e in events if e["message"].startswith('["')]
        return {song for line in lines if "poison" not in line for song in line}

    eventually(lambda: arrived() == {"one", "two", "three"} or (reports == "yes" and "three" in arrived()))
