"""Tables go back to a moment. moto restores a table as it is now, whatever time is asked for: `past` gives it a memory."""

import copy
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import RestoredPITTable
from moto.dynamodb.responses import DynamoHandler

from legato import dynamo
from tests.assembly import data_template
from tools import restore, restored_table

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MOTOS_OWN = DynamoHandler.restore_table_to_point_in_time
TO = ["--stage", "dev", "--to", "2026-01-31T12:00:00Z"]
ARTIST = {"pk": "art_1", "sk": "ARTIST", "name": "Björk", "plays": 3, "genres": frozenset({"pop", "trip hop", "jazz"})}
ALBUM = {"pk": "alb_1", "sk": "ALBUM", "shelf": "albums/title", "rank": "debut", "art": b"\x00\xff", "year": 1993}


@pytest.fixture
def live(aws):
    """The tables of a deployed data stack: their names in the code → in AWS."""
    tables = {n: r for n, r in data_template()["Resources"].items() if r["Type"] == "AWS::DynamoDB::Table"}
    stack = boto3.client("cloudformation")
    stack.create_stack(StackName="legato-dev-data", TemplateBody=json.dumps({"Resources": tables}))
    found = stack.list_stack_resources(StackName="legato-dev-data")["StackResourceSummaries"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}


class Past:
    """Point-in-time recovery as AWS documents it, for moto's tables: a copy is of the newest moment not after the one asked."""

    def __init__(self) -> None:
        self.tables = dynamodb_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].tables
        self.moments = {}
        self.asked = []

    def remember(self, moment):
        """What the tables hold now is what they held at *moment*."""
        self.moments[moment] = {name: copy.deepcopy(table.items) for name, table in self.tables.items()}

    def restore(self, handler):
        self.asked.append(request := dict(handler.body))
        answer = MOTOS_OWN(handler)
        moment = request["RestoreDateTime"].replace(tzinfo=UTC)
        made = self.tables[request["TargetTableName"]]
        made.items = copy.deepcopy(
            self.moments[max(each for each in self.moments if each <= moment)][request["SourceTableName"]]
        )
        made.restore_date_time = moment
        return answer


@pytest.fixture
def past(live, monkeypatch):
    memory = Past()
    # moto finds actions by looking for functions: a bound method is none.
    monkeypatch.setattr(DynamoHandler, MOTOS_OWN.__name__, lambda handler: memory.restore(handler))  # noqa: PLW0108
    return memory


def rows(table):
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    found = (dynamo.decode(row) for page in pages for row in page["Items"])
    return {(row["pk"], row["sk"]): row for row in found}


def copies():
    return [name for name in boto3.client("dynamodb").list_tables()["TableNames"] if "-at-" in name]


@pytest.fixture
def damaged(live, past):
    """A catalogue that lost a row, has one changed and got one since noon."""
    table = live["Catalog"]
    past.remember(NOON - timedelta(days=1))
    for row in (ARTIST, ALBUM, {"pk": "alb_2", "sk": "ALBUM"}):
        dynamo.put(table, row)
    past.remember(NOON)
    dynamo.put(table, ARTIST | {"name": "", "genres": frozenset()})
    dynamo.client().delete_item(TableName=table, Key=dynamo.encode({"pk": "alb_1", "sk": "ALBUM"}))
    dynamo.put(table, {"pk": "alb_3", "sk": "ALBUM"})
    past.remember(NOON + timedelta(seconds=1))
    return table


def test_what_was_changed_or_lost_is_back_to_the_attribute_and_what_came_since_stays(damaged, capsys):
    assert restore.main([*TO, "--tables", "Catalog"]) == 0
    assert rows(damaged) == {
        ("art_1", "ARTIST"): ARTIST,
        ("alb_1", "ALBUM"): ALBUM,
        ("alb_2", "ALBUM"): {"pk": "alb_2", "sk": "ALBUM"},
        ("alb_3", "ALBUM"): {"pk": "alb_3", "sk": "ALBUM"},
    }
    assert "Catalog: 3 rows compared, 2 put back, 0 removed" in capsys.readouterr().out
    assert not copies()


def test_what_came_since_goes_only_where_it_is_asked_for(damaged, capsys):
    assert restore.main([*TO, "--tables", "Catalog", "--prune"]) == 0
    assert set(rows(damaged)) == {("art_1", "ARTIST"), ("alb_1", "ALBUM"), ("alb_2", "ALBUM")}
    assert "3 rows compared, 2 put back, 1 removed" in capsys.readouterr().out


def test_the_moment_is_the_one_that_was_asked_for_in_whatever_zone(damaged, past, live):
    assert restore.main(["--stage", "dev", "--to", "2026-01-30T13:00:00+01:00", "--tables", "Catalog", "--prune"]) == 0
    assert rows(damaged) == {}
    assert past.asked == [
        {
            "SourceTableName": live["Catalog"],
            "TargetTableName": f"{live['Catalog']}-at-20260130T120000Z",
            "RestoreDateTime": (NOON - timedelta(days=1)).replace(tzinfo=None),
            "GlobalSecondaryIndexOverride": [],
        }
    ]


def test_a_table_that_is_as_it_was_is_not_written_to(damaged, monkeypatch, capsys):
    restore.main([*TO, "--tables", "Catalog"])
    sent = []
    monkeypatch.setattr(DynamoHandler, "batch_write_item", lambda handler: sent.append(handler.body))
    assert restore.main([*TO, "--tables", "Catalog"]) == 0
    assert "3 rows compared, 0 put back, 0 removed" in capsys.readouterr().out
    assert not sent


def test_a_dry_run_counts_and_leaves_everything(damaged, capsys):
    before = rows(damaged)
    assert restore.main([*TO, "--tables", "Catalog", "--prune", "--dry-run"]) == 0
    assert rows(damaged) == before
    said = capsys.readouterr()
    assert "3 rows compared, 2 put back, 1 removed — not really: --dry-run" in said.out
    assert copies() == [f"{damaged}-at-20260131T120000Z"]
    assert f"kept, for the same command to go on with: {copies()[0]}" in said.err


def test_every_table_of_the_stack_is_restored_where_none_is_named(live, past):
    for name in live.values():
        dynamo.put(name, {"pk": "1", "sk": "1", "of": name})
    past.remember(NOON)
    for name in live.values():
        dynamo.put(name, {"pk": "1", "sk": "1"})
    assert restore.main(TO) == 0
    assert all(rows(name) == {("1", "1"): {"pk": "1", "sk": "1", "of": name}} for name in live.values())
    assert {each["SourceTableName"] for each in past.asked} == set(live.values())
    assert len(live) == 10


def test_many_rows_come_back_page_by_page_and_batch_by_batch(live, past):
    table, many = live["Library"], {(f"usr_{n % 7}", f"{n:04}") for n in range(260)}
    with boto3.resource("dynamodb").Table(table).batch_writer() as batch:
        for pk, sk in many:
            batch.put_item(Item={"pk": pk, "sk": sk, "words": "x" * 8000})  # two pages of a scan
    past.remember(NOON)
    past.tables[table].items.clear()
    for number in range(130):
        dynamo.put(table, {"pk": "since", "sk": str(number)})
    assert restore.main([*TO, "--tables", "Library", "--prune"]) == 0
    assert set(rows(table)) == many


def test_what_is_left_undone_is_asked_for_again(damaged, monkeypatch):
    put, half = DynamoHandler.batch_write_item, []

    def throttled(handler):
        [(table, changes)] = handler.body["RequestItems"].items()
        half.append(len(changes))
        handler.body["RequestItems"] = {table: changes[:1]}
        put(handler)
        return {"UnprocessedItems": {table: changes[1:]} if changes[1:] else {}}

    monkeypatch.setattr(DynamoHandler, "batch_write_item", as_json(throttled))
    assert restore.main([*TO, "--tables", "Catalog"]) == 0
    assert half == [2, 1]
    assert rows(damaged)["alb_1", "ALBUM"] == ALBUM


def test_a_run_that_failed_keeps_the_copy_says_so_and_the_next_goes_on_with_it(damaged, past, monkeypatch, capsys):
    with monkeypatch.context() as broken:
        broken.setattr(restored_table.time, "sleep", lambda seconds: None)
        broken.setattr(
            DynamoHandler, "batch_write_item", as_json(lambda h: {"UnprocessedItems": h.body["RequestItems"]})
        )
        assert restore.main([*TO, "--tables", "Catalog"]) == 1
    said = capsys.readouterr().err
    assert "DynamoDB is throttling; the same command goes on from here" in said
    assert f"kept, for the same command to go on with: {damaged}-at-20260131T120000Z" in said
    past.moments.clear()  # nothing could be restored anew
    assert restore.main([*TO, "--tables", "Catalog"]) == 0
    assert f"Catalog: going on with {damaged}-at-20260131T120000Z" in capsys.readouterr().out
    assert rows(damaged)["art_1", "ARTIST"] == ARTIST
    assert not copies()


def test_nothing_is_put_back_from_a_copy_of_another_moment(damaged, past, capsys):
    restore.main([*TO, "--tables", "Catalog", "--dry-run"])
    before = rows(damaged)
    past.tables[f"{damaged}-at-20260131T120000Z"].restore_date_time = NOON - timedelta(hours=1)
    assert restore.main([*TO, "--tables", "Catalog"]) == 1
    assert "so nothing of it was put back" in capsys.readouterr().err
    assert rows(damaged) == before
    assert copies()


def test_nothing_is_put_back_by_a_cloud_that_knows_no_past(damaged, monkeypatch, capsys):
    monkeypatch.setattr(DynamoHandler, MOTOS_OWN.__name__, MOTOS_OWN)  # which copies what is there now
    before = rows(damaged)
    assert restore.main([*TO, "--tables", "Catalog"]) == 1
    assert "so nothing of it was put back" in capsys.readouterr().err
    assert rows(damaged) == before


def test_it_waits_for_the_copy_and_says_so(damaged, past, monkeypatch, capsys):
    arriving, slept = iter([{"TableStatus": "CREATING"}]), []
    known = RestoredPITTable.describe

    def describe(table, base_key="TableDescription"):
        late = next(arriving, {}) if base_key == "Table" else {}
        return {base_key: known(table, base_key)[base_key] | late}

    monkeypatch.setattr(RestoredPITTable, "describe", describe)
    monkeypatch.setattr(restored_table.time, "sleep", slept.append)
    monkeypatch.setattr(restored_table, "SAY_SECONDS", 0)
    assert restore.main([*TO, "--tables", "Catalog"]) == 0
    assert slept == [20]
    assert "Catalog: still being restored (0 s)" in capsys.readouterr().out
    assert rows(damaged)["alb_1", "ALBUM"] == ALBUM


def test_a_table_or_a_stage_that_is_not_there_is_told_in_a_line(live, capsys):
    assert restore.main([*TO, "--tables", "Catalogue"]) == 1
    assert restore.main(["--stage", "prod", "--to", "2026-01-31T12:00:00Z"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("restore: no table Catalogue: there are Audit, Billing, Catalog, ")
    assert "legato-prod-data" in second


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-01-31T12:00:00", "2026-01-31T12:00:00.5Z", "2999-01-01T00:00:00Z"]
)
def test_a_moment_is_a_second_of_the_past_with_its_zone(moment, capsys):
    with pytest.raises(SystemExit):
        restore.main(["--stage", "dev", "--to", moment])
    assert "--to" in capsys.readouterr().err


def test_sets_have_no_order_and_everything_else_has():
    settled = restored_table.settled
    assert settled({"a": {"M": {"b": {"SS": ["x", "y"]}}}}) == settled({"a": {"M": {"b": {"SS": ["y", "x"]}}}})
    assert settled({"a": {"L": [{"S": "x"}, {"S": "y"}]}}) != settled({"a": {"L": [{"S": "y"}, {"S": "x"}]}})
    assert settled({"SS": {"S": "an attribute of that name"}}) != settled({"SS": {"S": "and another value"}})


def test_the_runbook_names_every_option():
    written = Path("docs/runbooks/restore.md").read_text(encoding="utf-8")
    known = set(re.findall(r'"(--[a-z-]+)"', Path(restore.__file__).read_text(encoding="utf-8")))
    assert known
    assert {option for option in known if option not in written} == set()


def as_json(handle):
    """A handler of moto's, answered by *handle*."""
    return lambda handler: ActionResult(handle(handler))
