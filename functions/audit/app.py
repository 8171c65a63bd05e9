"""What operators did, to be read by operators."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from typing_extensions import TypedDict  # pydantic takes the standard library's from Python 3.12 on only

from legato import pages
from legato.api import ADMIN, new_api
from legato.audit.model import Entry
from legato.audit.table import AuditTable
from legato.config import load

from .settings import Settings

app = new_api()
settings = cache(lambda: load(Settings))
audit = cache(lambda: AuditTable(settings().audit_table))

POSITION = ("rank",)


class Done(TypedDict):
    """One action: who did what to which thing, when, and how that was before and after."""

    id: str
    at: datetime
    actor: str
    action: str
    target: str
    before: dict[str, Any]
    after: dict[str, Any]


class Actions(TypedDict):
    items: list[Done]
    cursor: str | None


@app.get(
    "/v1/admin/audit",
    operation_id="listActions",
    tags=["operator"],
    summary="What operators did, newest first; of one track, album or ingest with `target`",
    security=ADMIN,
)
def list_actions(
    target: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[str | None, Query(max_length=pages.LONGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Actions:
    found, after = audit().newest(limit=limit, target=target, after=pages.position(cursor, POSITION))
    return {"items": [_shown(each) for each in found], "cursor": pages.cursor(after) if after else None}


def _shown(entry: Entry) -> Done:
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "before": _plain(entry.before),
        "after": _plain(entry.after),
    }


def _plain(value: Any) -> Any:
    """As JSON has it: sets of territories become lists in order."""
    match value:
        case frozenset():
            return sorted(value)
        case list():
            return [_plain(each) for each in value]
        case dict():
            return {name: _plain(each) for name, each in value.items()}
    return value
