"""The consumers: a bad record is found, set aside, and holds up nothing behind it."""

import json

import pytest

from tests.infra.cloud import Cloud


@pytest.fixture(scope="module")
def cloud(assembly):
    return Cloud(assembly)


@pytest.fixture(scope="module")
def mappings(cloud):
    """Of streams; the one of a queue has rules of its own, see below."""
    found = cloud.resources("AWS::Lambda::EventSourceMapping")
    return {name: properties for _, name, properties in found if name != "Payments"}


def test_payments_that_fail_come_again_and_are_set_aside_by_the_queue(cloud):
    [payments] = [p for _, name, p in cloud.resources("AWS::Lambda::EventSourceMapping") if name == "Payments"]
    assert cloud.named("Events", payments["EventSourceArn"]) == "queue BillingQueue"
    assert cloud.named("Events", payments["FunctionName"]) == "function BillingEvents"
    assert payments["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queues = {cloud.named(s, {"Ref": n}): p for s, n, p in cloud.resources("AWS::SQS::Queue")}
    aside = queues["queue BillingQueue"]["RedrivePolicy"]
    assert cloud.named("Data", aside["deadLetterTargetArn"]) == "queue BillingFailed"
    consumer = next(p for _, n, p in cloud.resources("AWS::Lambda::Function") if n.startswith("BillingEvents"))
    assert queues["queue BillingQueue"]["VisibilityTimeout"] >= 6 * consumer["Timeout"], "Lambda's own advice"


def test_who_follows_what(cloud, mappings):
    followed = {
        (cloud.named("Events", p["EventSourceArn"]), cloud.named("Events", p["FunctionName"]))
        for p in mappings.values()
    }
    assert followed == {
        ("stream EventStream", "function History"),
        ("stream of Catalog", "function Indexer"),
        ("stream of Rights", "function EdgeWriter"),
        ("stream of Playback", "function EdgeWriter"),
    }


def test_one_bad_record_is_found_and_set_aside(cloud, mappings):
    for name, properties in mappings.items():
        assert properties["BisectBatchOnFunctionError"] is True, name
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert 0 < properties["MaximumRetryAttempts"] < 100, name
        aside = cloud.named("Events", properties["DestinationConfig"]["OnFailure"]["Destination"])
        assert aside == "bucket FailureBucket", name


def test_nothing_is_skipped_between_two_deployments(mappings):
    assert {p["StartingPosition"] for p in mappings.values()} == {"TRIM_HORIZON"}


def test_a_record_is_set_aside_before_its_stream_forgets_it(cloud, mappings):
    [(_, _, stream)] = cloud.resources("AWS::Kinesis::Stream")
    assert stream["RetentionPeriodHours"] * 3600 > mappings["Plays"]["MaximumRecordAgeInSeconds"]
    assert all(p["MaximumRecordAgeInSeconds"] < 24 * 3600 for p in mappings.values())


def test_of_the_players_stream_only_ended_sessions_wake_the_writer(mappings):
    [only] = mappings["RevokedSessions"]["FilterCriteria"]["Filters"]
    assert json.loads(only["Pattern"])["dynamodb"]["Keys"]["sk"]["S"] == ["REVOKED"]


def test_the_stream_is_encrypted(cloud):
    [(_, _, stream)] = cloud.resources("AWS::Kinesis::Stream")
    assert stream["StreamEncryption"]["EncryptionType"] == "KMS"
