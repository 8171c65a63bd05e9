"""What templates say, and ministack would have dropped: secrets, expiry, concurrency, imports, TLS, custom resources."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import a_function, a_role, allow, invoke, zipped


def a_secret(**properties) -> dict:
    return {"Type": "AWS::SecretsManager::Secret", "Properties": properties}


READ = "import boto3\ndef handler(event, context):\n return boto3.client('secretsmanager').get_secret_value(SecretId=event)['SecretString']\n"


def test_the_reference_of_a_secret_is_its_arn_and_a_policy_that_names_it_opens_it_alone(stack, aws):
    generate = {
        "PasswordLength": 20,
        "ExcludePunctuation": True,
        "ExcludeCharacters": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    }
    made = stack(
        {
            "Mine": a_secret(GenerateSecretString=generate),
            "Other": a_secret(SecretString="hush"),
            "Role": a_role(allow("secretsmanager:GetSecretValue", {"Ref": "Mine"})),
            "Function": a_function(READ),
        },
        {"Function": {"Ref": "Function"}, "Mine": {"Ref": "Mine"}, "Other": {"Ref": "Other"}},
    )
    assert made.out["Mine"].startswith("arn:aws:secretsmanager:eu-west-1:000000000000:secret:")
    value = invoke(aws, made.out["Function"], made.out["Mine"]).value
    assert value.isalnum()
    assert len(value) == 20
    assert "AccessDenied" in invoke(aws, made.out["Function"], made.out["Other"]).value["errorMessage"]


def test_a_secret_keeps_its_value_when_its_description_changes(stack, aws):
    made = stack({"S": a_secret(SecretString="hush")}, {"S": {"Ref": "S"}})
    again = stack({"S": a_secret(SecretString="hush", Description="quiet")}, {"S": {"Ref": "S"}}, name=made.name)
    assert again.out == made.out
    assert aws("secretsmanager").get_secret_value(SecretId=made.out["S"])["SecretString"] == "hush"


def test_a_secret_without_a_value_has_none_until_one_is_put(stack, aws):
    made = stack({"S": a_secret(Description="empty")}, {"S": {"Ref": "S"}})
    secrets = aws("secretsmanager")
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=made.out["S"])
    secrets.put_secret_value(SecretId=made.out["S"], SecretString="now")
    assert secrets.get_secret_value(SecretId=made.out["S"])["SecretString"] == "now"


def test_a_secret_read_by_a_dynamic_reference_reaches_a_setting(stack, aws):
    made = stack(
        {
            "S": a_secret(SecretString="hush"),
            "Role": a_role(),
            "Function": a_function(
                "import os\ndef handler(event, context):\n return os.environ['SECRET']\n",
                Environment={"Variables": {"SECRET": {"Fn::Sub": "{{resolve:secretsmanager:${S}}}"}}},
            ),
        },
        {"Function": {"Ref": "Function"}},
    )
    assert invoke(aws, made.out["Function"]).value == "hush"


def test_expiry_and_recovery_of_a_table_are_switched_on(stack, aws):
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        },
    }
    settings = {
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }
    set_up = {**table, "Properties": table["Properties"] | settings}
    made = stack({"Plain": table, "SetUp": set_up}, {"Plain": {"Ref": "Plain"}, "SetUp": {"Ref": "SetUp"}})

    def told(name):
        dynamodb = aws("dynamodb")
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        return expiry, backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]

    assert told(made.out["SetUp"]) == ({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}, "ENABLED")
    assert told(made.out["Plain"]) == ({"TimeToLiveStatus": "DISABLED"}, "DISABLED")


@pytest.mark.parametrize(("reserved", "turned_away"), [(1, 1), (2, 0)])
def test_reserved_concurrency_turns_away_what_is_too_much(stack, aws, reserved, turned_away):
    slow = "import time\ndef handler(event, context):\n time.sleep(1)\n"
    made = stack(
        {"Role": a_role(), "Function": a_function(slow, ReservedConcurrentExecutions=reserved)},
        {"Name": {"Ref": "Function"}},
    )

    def call(_):
        try:
            invoke(aws, made.out["Name"])
        except ClientError as refusal:
            assert refusal.response["Error"]["Code"] == "TooManyRequestsException"
            return 1
        return 0

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(call, range(2))) == turned_away


LIST = """
import boto3
def handler(event, context):
    items = boto3.client("cloudfront-keyvaluestore").list_keys(KvsARN=event)["Items"]
    return {item["Key"]: item["Value"] for item in items}
"""


def test_a_key_value_store_holds_what_it_imports_and_a_function_reaches_it(stack, aws):
    import awscrt

    aws("s3").create_bucket(Bucket="imports", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    rows = {"data": [{"key": "trk_1", "value": "X"}, {"key": "trk_2", "value": "DE,FR"}]}
    aws("s3").put_object(Bucket="imports", Key="store.json", Body=json.dumps(rows))
    held = {
        f"python/{p.relative_to(Path(awscrt.__file__).parents[1])}": p for p in Path(awscrt.__file__).parent.rglob("*")
    }
    native = {f"python/{p.name}": p for p in Path(awscrt.__file__).parents[1].glob("_awscrt*")}
    files = {name: path.read_bytes() for name, path in {**held, **native}.items() if path.is_file()}
    aws("s3").put_object(Bucket="imports", Key="crt.zip", Body=zipped(files))
    source = {"SourceType": "S3", "SourceArn": "arn:aws:s3:::imports/store.json"}
    arns = {"Full": {"Fn::GetAtt": ["Full", "Arn"]}, "Empty": {"Fn::GetAtt": ["Empty", "Arn"]}}
    made = stack(
        {
            "Full": {"Type": "AWS::CloudFront::KeyValueStore", "Properties": {"Name": "full", "ImportSource": source}},
            "Empty": {"Type": "AWS::CloudFront::KeyValueStore", "Properties": {"Name": "empty"}},
            "Closed": {"Type": "AWS::CloudFront::KeyValueStore", "Properties": {"Name": "closed"}},
            "Crt": {
                "Type": "AWS::Lambda::LayerVersion",
                "Properties": {"Content": {"S3Bucket": "imports", "S3Key": "crt.zip"}},
            },
            "Role": a_role(allow("cloudfront-keyvaluestore:ListKeys", list(arns.values()))),
            "Function": a_function(LIST, Layers=[{"Ref": "Crt"}]),
        },
        {**arns, "Closed": {"Fn::GetAtt": ["Closed", "Arn"]}, "Function": {"Ref": "Function"}},
    )
    assert invoke(aws, made.out["Function"], made.out["Full"]).value == {"trk_1": "X", "trk_2": "DE,FR"}
    assert invoke(aws, made.out["Function"], made.out["Empty"]).value == {}
    assert "not authorized" in invoke(aws, made.out["Function"], made.out["Closed"]).value["errorMessage"]


def test_loopback_is_as_good_as_tls_and_other_statements_of_a_bucket_still_refuse(stack, aws):
    def policy(bucket: str, condition: dict) -> dict:
        everything = {"Fn::Sub": f"arn:aws:s3:::${{{bucket}}}/*"}
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": everything,
            "Condition": condition,
        }
        document = {"Version": "2012-10-17", "Statement": [deny]}
        return {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": bucket}, "PolicyDocument": document}}

    put = (
        "import boto3\ndef handler(event, context):\n boto3.client('s3').put_object(Bucket=event, Key='a', Body=b'')\n"
    )
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {}}
    made = stack(
        {
            "Tls": bucket,
            "TlsPolicy": policy("Tls", {"Bool": {"aws:SecureTransport": "false"}}),
            "Far": bucket,
            "FarPolicy": policy("Far", {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
            "Role": a_role(allow("s3:PutObject", "*")),
            "Function": a_function(put),
        },
        {"Function": {"Ref": "Function"}, "Tls": {"Ref": "Tls"}, "Far": {"Ref": "Far"}},
    )
    assert not invoke(aws, made.out["Function"], made.out["Tls"]).failed
    assert "explicit deny" in invoke(aws, made.out["Function"], made.out["Far"]).value["errorMessage"]


ANSWER = """
import json, urllib.request
def handler(event, context):
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "song", "Data": {"Key": "C"}}
    answer |= {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request).close()
"""


def test_a_custom_resource_that_answers_is_made_and_one_that_breaks_fails_at_once(stack):
    custom = {"Type": "Custom::Song", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}}
    made = stack(
        {"Role": a_role(), "Function": a_function(ANSWER), "Song": custom}, {"Key": {"Fn::GetAtt": ["Song", "Key"]}}
    )
    assert made.out == {"Key": "C"}
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="ZeroDivisionError: division by zero"):
        stack({"Role": a_role(), "Function": a_function("def handler(event, context):\n 1 / 0\n"), "Song": custom})
    assert time.monotonic() - began < 15
