"""State on disk is of one moment, survives SIGKILL, and holds what SIGTERM would have written."""

import json
import os
import signal

from local.cloud.shims import snapshots
from local.deploy import client
from local.ports import free_port
from tests.local.conftest import Stack, a_cloud, a_function, a_role, eventually, invoke


def a_table(dynamodb) -> None:
    dynamodb.create_table(
        TableName="songs",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def test_a_cloud_killed_after_a_snapshot_comes_back_with_tables_objects_and_functions(tmp_path):
    port = free_port()
    with a_cloud(tmp_path, port) as cloud:
        dynamodb, s3 = client("dynamodb", cloud.endpoint), client("s3", cloud.endpoint)
        a_table(dynamodb)
        dynamodb.put_item(TableName="songs", Item={"pk": {"S": "So What"}})
        s3.create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="media", Key="a", Body=b"la")
        code = "def handler(event, context):\n    return event\n" + "#" * 20_000
        made = Stack(cloud.endpoint, "s").deploy({"Role": a_role(), "F": a_function(code)}, {"F": {"Ref": "F"}})
        saved = tmp_path / "state.json"
        eventually(lambda: saved.exists() and made.out["F"] in saved.read_text(), snapshots.SECONDS + 20)
        os.kill(cloud.process.pid, signal.SIGKILL)
        cloud.process.wait(5)
    with a_cloud(tmp_path, port) as cloud:
        dynamodb, s3 = client("dynamodb", cloud.endpoint), client("s3", cloud.endpoint)
        assert dynamodb.get_item(TableName="songs", Key={"pk": {"S": "So What"}})["Item"] == {"pk": {"S": "So What"}}
        assert s3.get_object(Bucket="media", Key="a")["Body"].read() == b"la"
        assert invoke(lambda service: client(service, cloud.endpoint), made.out["F"], {"a": 1}).value == {"a": 1}


def test_a_clean_stop_loses_nothing_at_all(tmp_path):
    port = free_port()
    with a_cloud(tmp_path, port) as cloud:
        dynamodb = client("dynamodb", cloud.endpoint)
        a_table(dynamodb)
        dynamodb.put_item(TableName="songs", Item={"pk": {"S": "last"}})
    with a_cloud(tmp_path, port) as cloud:
        found = client("dynamodb", cloud.endpoint).get_item(TableName="songs", Key={"pk": {"S": "last"}})
        assert found["Item"] == {"pk": {"S": "last"}}


def test_the_file_is_replaced_whole_and_long_bytes_lie_once_beside_it(tmp_path):
    snapshot = snapshots.Snapshot(tmp_path)
    archive = b"x" * (snapshots.LONG + 1)
    snapshot.save_now({"lambda": lambda: {"a": archive, "b": archive, "short": b"y"}, "absent": lambda: None})
    assert len(list(snapshot.blobs.iterdir())) == 1
    again = snapshots.Snapshot(tmp_path)
    assert again.load("lambda") == {"a": archive, "b": archive, "short": b"y"}
    assert again.load("absent") is None
    snapshot.save_now({"lambda": dict})
    assert list(snapshot.blobs.iterdir()) == []
    assert json.loads(snapshot.path.read_text()) == {"lambda": {}}
