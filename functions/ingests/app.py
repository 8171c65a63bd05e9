"""Uploads by the operator, and what became of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, NotRequired

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from typing_extensions import TypedDict  # pydantic takes the standard library's from Python 3.12 on only

from legato import ids, pages
from legato.api import ADMIN, new_api
from legato.audit.model import Action, entry
from legato.audit.table import AuditTable
from legato.caller import caller
from legato.config import load
from legato.ingest import objects
from legato.ingest.model import UPLOAD_BYTES, Ingest, UploadTooLarge, file_name
from legato.ingest.table import IngestTable

from .settings import Settings

app = new_api()
settings = cache(lambda: load(Settings))
ingests = cache(lambda: IngestTable(settings().ingest_table))
audit = cache(lambda: AuditTable(settings().audit_table))

UPLOAD_SECONDS = 3600
POSITION = ("id", "rank")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRequest:
    filename: Annotated[str, Body(min_length=1, max_length=1024)]
    content_type: Annotated[str, Body(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)]
    bytes: Annotated[int, Body(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One PUT of exactly the announced bytes, with exactly these headers."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploading:
    ingest_id: str
    upload: Upload


class IngestRow(TypedDict):
    ingest_id: str
    file: str
    state: str
    reason: NotRequired[str]
    track_id: NotRequired[str]
    attempts: int
    started_at: datetime
    finished_at: datetime | None


class Ingests(TypedDict):
    items: list[IngestRow]
    cursor: str | None


@app.post(
    "/v1/admin/uploads",
    operation_id="createUpload",
    tags=["operator"],
    summary="An address to upload one master to",
    security=ADMIN,
    status_code=201,
)
def create_upload(request: Annotated[UploadRequest, Body()]) -> Response[Uploading]:
    if request.bytes > UPLOAD_BYTES:
        raise UploadTooLarge(limit_bytes=UPLOAD_BYTES)
    now = datetime.now(UTC)
    ingest_id, file = ids.new("ing"), file_name(request.filename)
    actor, about = caller(app.current_event.raw_event).id, {"file": file, "bytes": request.bytes}
    audit().append(entry(actor, Action.CREATE_UPLOAD, ingest_id, at=now, before={}, after=about))
    # Type and length are signed too: S3 refuses any other bytes than those announced.
    signed = {"ContentType": request.content_type, "ContentLength": request.bytes}
    url = objects.client().generate_presigned_url(
        "put_object",
        Params={"Bucket": settings().inbox_bucket, "Key": f"inbox/{ingest_id}/{file}", **signed},
        ExpiresIn=UPLOAD_SECONDS,
    )
    ingests().expect(ingest_id, file, now=now)
    upload = Upload(
        url=url,
        method="PUT",
        headers={"Content-Type": request.content_type},
        expires_at=now + timedelta(seconds=UPLOAD_SECONDS),
    )
    return Response(201, "application/json", Uploading(ingest_id=ingest_id, upload=upload))


@app.get(
    "/v1/admin/ingests",
    operation_id="listIngests",
    tags=["operator"],
    summary="What was uploaded and what became of it, newest first",
    security=ADMIN,
)
def list_ingests(
    cursor: Annotated[str | None, Query(max_length=pages.LONGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Ingests:
    rows, after = ingests().newest(limit=limit, after=pages.position(cursor, POSITION))
    return {"items": [_shown(row) for row in rows], "cursor": pages.cursor(after) if after else None}


def _shown(row: Ingest) -> IngestRow:
    shown: IngestRow = {
        "ingest_id": row.ingest_id,
        "file": row.file,
        "state": str(row.state),
        "attempts": row.attempts,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
    }
    if row.reason:
        shown["reason"] = row.reason
    if row.track_id:
        shown["track_id"] = row.track_id
    return shown
