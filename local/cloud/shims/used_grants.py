"""Which grants let calls through: ``used-grants.jsonl`` in the cloud's home, a line when one is first used.

ministack decides as before; this only writes down. A grant is a role, an action and a resource as they stand in a
policy, not the object that was asked for: so there are never more lines than grants, and each can be found in a template.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

from ministack.core import iam_evaluator as iam

FILE = "used-grants.jsonl"


def install(home: Path) -> None:
    evaluate = iam.evaluate
    assert evaluate.__code__.co_varnames[:3] == ("ctx", "policies", "limits"), "ministack changed"
    assert iam._first_match.__code__.co_varnames[:3] == ("ctx", "stmts", "effect"), "ministack changed"
    assert callable(iam.fnmatch_iam) and callable(iam.fnmatch_iam_cs), "ministack changed"  # noqa: PT018 -- one promise
    known: set[tuple[str, str, str]] = set()
    one_writes = Lock()

    def noted(ctx: Any, policies: Any, *limits: Any) -> Any:
        result = evaluate(ctx, policies, *limits)
        if result.decision == "Allow" and ctx.principal_type == "AssumedRole":
            for grant in _that_allow(ctx, policies):
                with one_writes:
                    if grant not in known:
                        known.add(grant)
                        with (home / FILE).open("a") as file:
                            file.write(json.dumps(grant) + "\n")
        return result

    iam.evaluate = noted


def _that_allow(ctx: Any, policies: Any) -> Iterator[tuple[str, str, str]]:
    role = ctx.principal_arn.split("/")[1]  # arn:aws:sts::<account>:assumed-role/<role>/<session>
    for statement in (each for statements in policies for each in statements):
        if iam._first_match(ctx, [statement], "Allow"):
            for action in statement.actions:
                for resource in statement.resources:
                    if iam.fnmatch_iam(ctx.action, action) and iam.fnmatch_iam_cs(ctx.resource_arn, resource):
                        yield role, action, resource
