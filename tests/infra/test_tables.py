"""The tables that the tests stand on are those of the template."""

import boto3

NAMES = {"Identity", "Catalog", "Rights", "Media", "Playback", "Billing", "Library", "Telemetry", "Ingest", "Audit"}


def test_every_context_has_its_table_in_the_house_shape(tables):
    assert set(tables) == NAMES
    for name in tables.values():
        found = boto3.client("dynamodb").describe_table(TableName=name)["Table"]
        assert [(k["AttributeName"], k["KeyType"]) for k in found["KeySchema"]] == [("pk", "HASH"), ("sk", "RANGE")]


def test_listings_and_streams_are_where_the_access_patterns_need_them(tables):
    described = {n: boto3.client("dynamodb").describe_table(TableName=t)["Table"] for n, t in tables.items()}
    indexed = {n: {i["IndexName"] for i in d.get("GlobalSecondaryIndexes", [])} for n, d in described.items()}
    assert {n: i for n, i in indexed.items() if i} == {
        "Catalog": {"listing"},
        "Ingest": {"listing"},
        "Audit": {"listing"},
    }
    assert {n for n, d in described.items() if "LatestStreamArn" in d} == {"Catalog", "Rights", "Playback", "Telemetry"}
