"""What is written down is the statement that let a call through: once, as it stands in the policy, and nothing else."""

import json

from local.cloud.shims.used_grants import FILE
from tests.local.conftest import a_function, a_role, allow, invoke

ASK = """
import boto3
def handler(event, context):
    s3 = boto3.client("s3")
    for key in ("a/1", "a/2", "b/1"):
        try:
            s3.put_object(Bucket=event["bucket"], Key=key, Body=b"x")
        except s3.exceptions.ClientError as fault:
            last = fault.response["Error"]["Code"]
    return last
"""


def test_a_grant_is_written_down_when_it_is_first_used_and_a_refusal_never(stack, aws, cloud):
    below = {"Fn::Sub": "${Bucket.Arn}/a/*"}
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Role": a_role(allow(["s3:PutObject", "s3:GetObject"], [below, {"Fn::Sub": "${Bucket.Arn}/c/*"}])),
        "Function": a_function(ASK),
    }
    made = stack(resources, {"Bucket": {"Ref": "Bucket"}, "Function": {"Ref": "Function"}, "Role": {"Ref": "Role"}})
    for _ in range(2):
        assert invoke(aws, made.out["Function"], {"bucket": made.out["Bucket"]}).value == "AccessDenied"
    written = [json.loads(line) for line in (cloud.home / FILE).read_text().splitlines()]
    own = [grant for grant in written if grant[0] == made.out["Role"]]
    assert own == [[made.out["Role"], "s3:PutObject", f"arn:aws:s3:::{made.out['Bucket']}/a/*"]]


def test_what_the_operator_does_is_no_grant(aws, cloud):
    before = (cloud.home / FILE).read_text() if (cloud.home / FILE).exists() else ""
    aws("s3").list_buckets()
    assert ((cloud.home / FILE).read_text() if (cloud.home / FILE).exists() else "") == before
