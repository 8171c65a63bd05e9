"""Somebody is told when listeners cannot sign in or hear, and when records are set aside."""

import pytest

from tests.infra.cloud import Cloud


@pytest.fixture(scope="module")
def cloud(assembly):
    return Cloud(assembly)


def test_server_errors_of_both_apis_ring(cloud):
    watched = [
        dimension["Value"]["Fn::ImportValue"]
        for _, _, alarm in cloud.resources("AWS::CloudWatch::Alarm")
        if alarm.get("MetricName") == "5xx"
        for dimension in alarm["Dimensions"]
    ]
    assert {name.partition(":")[0] for name in watched} == {"legato-dev-api", "legato-dev-identity"}


def test_every_alarm_has_somebody_to_tell_and_says_what_is_wrong(cloud):
    alarms = [alarm for _, _, alarm in cloud.resources("AWS::CloudWatch::Alarm")]
    assert alarms
    assert all(alarm["AlarmActions"] and alarm["AlarmDescription"] for alarm in alarms)


def test_a_record_that_is_set_aside_is_told(cloud):
    [(stack, _, rule)] = [r for r in cloud.resources("AWS::Events::Rule") if r[1].startswith("SetAside")]
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    [target] = rule["Targets"]
    assert cloud.templates[stack]["Resources"][target["Arn"]["Ref"]]["Type"] == "AWS::SNS::Topic"


def test_masters_are_kept(cloud):
    [bucket] = [p for _, n, p in cloud.resources("AWS::S3::Bucket") if n.startswith("InboxBucket")]
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert not [rule for rule in rules if "ExpirationInDays" in rule]
    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
