"""What an operator does to one account, from the command line with AWS credentials.

    python -m tools.operator grant-admin EMAIL [--stage dev] [--endpoint-url URL] [--table NAME]

The first admin can only be made here; the listener has the role from the next token on.
"""

import argparse
import os
import sys

import boto3

from legato.errors import MalformedRequest
from legato.identity.inputs import address
from legato.identity.model import AccountNotFound, Role
from legato.identity.table import IdentityTable


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.operator", description="Operate one account")
    parser.add_argument("command", choices=["grant-admin"])
    parser.add_argument("email")
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--endpoint-url", help="of a cloud that is not AWS's own: up.json names the laptop's")
    parser.add_argument("--table", help="the identity table; found in the stage's data stack where not given")
    given = parser.parse_args(arguments)
    if given.endpoint_url:
        os.environ["AWS_ENDPOINT_URL"] = given.endpoint_url
    table = IdentityTable(given.table or identity_table(given.stage))
    try:
        listener_id = table.grant_role(address(given.email).key, Role.ADMIN)
    except (AccountNotFound, MalformedRequest):
        print(f"{given.email} has no account: register first", file=sys.stderr)
        return 1
    print(f"{listener_id} is an admin from the next token on (within ten minutes)")
    return 0


def identity_table(stage: str) -> str:
    """The physical name of the table whose logical id is ``Identity`` in the stage's data stack."""
    stack = boto3.client("cloudformation")
    found = stack.describe_stack_resource(StackName=f"legato-{stage}-data", LogicalResourceId="Identity")
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
