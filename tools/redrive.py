"""Try again what failed: every delivery in the dead-letter list, or those named (docs/runbooks/redrive.md).

    EMAIL=… PASSWORD=… python -m tools.redrive https://listen.example [ing_… ing_…]

Prints a line for each, with the reason it failed for; ends with 1 where one could not be started again.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote


class Operator:
    """The API with an operator's token."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.url, self.token = url.rstrip("/"), ""
        credentials = {"grant_type": "password", "email": email, "password": password}
        self.token = self.ask("POST", "/v1/auth/token", credentials)["access_token"]

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Raises `urllib.error.HTTPError`."""
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 -- the operator's own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- the same
            content: dict[str, Any] = json.load(answer)
        return content

    def failed(self) -> Iterator[dict[str, Any]]:
        """The dead-letter list, newest first."""
        cursor = ""
        while True:
            page = self.ask("GET", f"/v1/admin/ingests?state=failed&limit=100{cursor}")
            yield from page["items"]
            if not page["cursor"]:
                return
            cursor = f"&cursor={quote(page['cursor'])}"


def redrive(operator: Operator, named: list[str]) -> int:
    """How many could not be started again."""
    # Read to the end first: what is on its way again leaves the list.
    wanted = named or [row["ingest_id"] for row in operator.failed()]
    refused = 0
    for ingest_id in wanted:
        try:
            row = operator.ask("POST", f"/v1/admin/ingests/{quote(ingest_id)}/redrive")
        except urllib.error.HTTPError as refusal:
            refused += 1
            print(f"{ingest_id}: the API answered {refusal.code}")
        else:
            print(f"{ingest_id} {row['file']}: again, after {row.get('reason', row['state'])}")
    print(f"{len(wanted) - refused} of {len(wanted)} started again")
    return refused


def main(arguments: list[str]) -> int:
    email, password = os.environ.get("EMAIL", ""), os.environ.get("PASSWORD", "")
    if not arguments or not email or not password:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return min(redrive(Operator(arguments[0], email, password), arguments[1:]), 1)
    except (urllib.error.URLError, OSError) as fault:
        print(f"redrive: {fault}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
