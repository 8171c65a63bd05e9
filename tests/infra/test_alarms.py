"""Somebody is told when listeners cannot sign in or hear, and when records are set aside."""


def test_server_errors_of_both_apis_ring(cloud):
    rung = {
        dimension["Name"]
        for _, _, alarm in cloud.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm.get("Dimensions", [])
    }
    ids = [
        name
        for _, name, alarm in cloud.resources("AWS::CloudWatch::Alarm")
        if alarm.get("MetricName") == "5xx" and alarm["AlarmActions"]
    ]
    assert "ApiId" in rung
    assert len(ids) == 2


def test_every_alarm_has_somebody_to_tell_and_says_what_is_wrong(cloud):
    alarms = [alarm for _, _, alarm in cloud.resources("AWS::CloudWatch::Alarm")]
    assert alarms
    assert all(alarm["AlarmActions"] and alarm["AlarmDescription"] for alarm in alarms)


def test_a_record_that_is_set_aside_is_told(cloud):
    [(stack, _, rule)] = [r for r in cloud.resources("AWS::Events::Rule") if r[1].startswith("SetAside")]
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    [target] = rule["Targets"]
    assert "topic" in cloud.named(stack, target["Arn"]).lower()


def test_masters_are_kept(cloud):
    [bucket] = [p for _, n, p in cloud.resources("AWS::S3::Bucket") if n.startswith("InboxBucket")]
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert not [rule for rule in rules if "ExpirationInDays" in rule]
    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
