"""Put the tables of a stage back to how they were at a moment (docs/runbooks/restore.md).

    python -m tools.restore --stage dev --to 2026-01-31T12:00:00Z [--tables Catalog,Rights] [--prune] [--dry-run]

DynamoDB restores into a new table only, and CloudFormation owns the name of the live one. So each table is restored
beside it, and the rows that differ are put back into it. Running the same command again goes on where it stopped: the
restored tables are named by their moment and kept until everything is back, and a row that is back differs no more.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tools.restored_table import ATTEMPTS, RestoredTable, RestoreFailed


def restore(tables: Sequence[RestoredTable], moment: datetime, *, prune: bool, write: bool) -> None:
    """All copies are asked for first, because DynamoDB makes them side by side; none goes before every table is back."""
    begun: list[str] = []
    try:
        for table in tables:
            table.begin(moment)
            begun.append(table.restored)
        for table in tables:
            table.wait(moment)
            table.put_rows_back(write=write)
            if prune:
                table.prune(write=write)
            print(f"{table.name}: {table.count}{'' if write else ' — not really: --dry-run'}", flush=True)
        if write:
            for table in tables:
                table.dynamodb.delete_table(TableName=table.restored)
                begun.remove(table.restored)
    finally:
        if begun:
            print(f"kept, for the same command to go on with: {', '.join(begun)}", file=sys.stderr)


def tables_of(stage: str, wanted: Sequence[str], moment: datetime, endpoint: str | None) -> list[RestoredTable]:
    """The tables of the stage's data stack by the names in the code, all of them where none is *wanted*."""
    pages = boto3.client("cloudformation", endpoint_url=endpoint).get_paginator("list_stack_resources")
    live = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages.paginate(StackName=f"legato-{stage}-data")
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::DynamoDB::Table"
    }
    if unknown := set(wanted) - set(live):
        raise RestoreFailed(f"no table {', '.join(sorted(unknown))}: there are {', '.join(sorted(live))}")
    config = Config(retries={"mode": "standard", "max_attempts": ATTEMPTS})
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint, config=config)
    suffix = f"-at-{moment:%Y%m%dT%H%M%SZ}"
    return [RestoredTable(name, live[name], live[name] + suffix, dynamodb) for name in (wanted or sorted(live))]


def moment_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.microsecond or moment >= datetime.now(UTC):
        raise argparse.ArgumentTypeError(f"{text} is not a whole second of the past with its time zone")
    return moment.astimezone(UTC)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.restore", description="Tables as they were at a moment")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--to", required=True, type=moment_of, metavar="TIME", help="2026-01-31T12:00:00Z")
    parser.add_argument("--tables", default="", help="Catalog,Rights: all of the stage where not given")
    parser.add_argument("--prune", action="store_true", help="remove the rows that did not exist then")
    parser.add_argument(
        "--dry-run", action="store_true", help="restore beside the live tables, count, put nothing back"
    )
    parser.add_argument("--endpoint-url", help="of a cloud that is not AWS's own")
    given = parser.parse_args(arguments)
    try:
        wanted = list(dict.fromkeys(filter(None, given.tables.split(","))))
        tables = tables_of(given.stage, wanted, given.to, given.endpoint_url)
        restore(tables, given.to, prune=given.prune, write=not given.dry_run)
    except (RestoreFailed, ClientError, BotoCoreError, KeyboardInterrupt) as fault:
        print(f"restore: {str(fault) or 'stopped'}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
