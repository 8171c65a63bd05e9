"""The edge writer's store against a data plane that checks every ETag."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from functions.edge_writer import store as stores
from functions.edge_writer.store import Store
from local.cloud.runtime import resolve_below_loopback
from local.deploy import client


@pytest.fixture
def store(cloud, stack, monkeypatch):
    resource = {"Type": "AWS::CloudFront::KeyValueStore", "Properties": {"Name": "exceptions"}}
    made = stack({"Store": resource}, {"Arn": {"Fn::GetAtt": ["Store", "Arn"]}})
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    resolve_below_loopback()  # as inside a function; undone with the line above
    kvs = client("cloudfront-keyvaluestore", cloud.endpoint)
    monkeypatch.setattr(stores, "client", lambda: kvs)
    store = Store(made.out["Arn"])
    store.write(dict.fromkeys(content(store)))  # the store of the test before, under the same name
    return store


def content(store):
    return {key: value for page in store.pages() for key, value in page.items()}


def test_what_is_written_is_read_and_what_is_deleted_is_gone(store):
    many = {f"trk_{number:04}": "X" for number in range(120)}
    store.write(many)
    assert content(store) == many
    store.write(dict.fromkeys(many) | {"ses_1": "R"})
    assert content(store) == {"ses_1": "R"}


def test_writers_that_meet_lose_nothing(store):
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda number: store.write({f"trk_{number}": "X"}), range(12)))
    assert set(content(store)) == {f"trk_{number}" for number in range(12)}


def test_a_write_without_the_etag_of_this_moment_is_refused(store):
    """The positive control: this data plane does check, so that the tests above show something."""
    etag = stores.client().describe_key_value_store(KvsARN=store.arn)["ETag"]
    store.write({"trk_1": "X"})
    with pytest.raises(ClientError, match="ConflictException"):
        stores.client().put_key(KvsARN=store.arn, Key="trk_2", Value="X", IfMatch=etag)
