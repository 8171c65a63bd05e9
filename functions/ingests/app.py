"""Uploads by the operator, and what became of them."""

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, NotRequired

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from typing_extensions import TypedDict  # pydantic takes the standard library's from Python 3.12 on only

from legato import ids, pages
from legato.api import ADMIN, new_api
from legato.audit.model import Action, entry
from legato.audit.table import AuditTable
from legato.caller import caller
from legato.config import load
from legato.errors import TryAgain
from legato.ingest import objects
from legato.ingest.model import UPLOAD_BYTES, Ingest, IngestNotFound, State, UploadTooLarge, file_name
from legato.ingest.table import IngestTable

from .settings import Settings

app = new_api()
settings = cache(lambda: load(Settings))
ingests = cache(lambda: IngestTable(settings().ingest_table))
audit = cache(lambda: AuditTable(settings().audit_table))
bus = cache(lambda: boto3.client("events"))

UPLOAD_SECONDS = 3600
POSITION = ("id", "rank")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRequest:
    filename: Annotated[str, Body(min_length=1, max_length=1024)]
    content_type: Annotated[str, Body(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)]
    bytes: Annotated[int, Body(ge=1)]
    sha256: Annotated[str, Body(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Of the bytes, in hexadecimal: S3 refuses others, and so does the first step."""


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


class Step(TypedDict):
    state: str
    attempt: int
    at: datetime
    took_ms: int | None
    """Until the next state; null in the last one."""
    reason: NotRequired[str]


class IngestRow(TypedDict):
    ingest_id: str
    file: str
    state: str
    reason: NotRequired[str]
    track_id: NotRequired[str]
    attempts: int
    started_at: datetime
    finished_at: datetime | None
    duration_ms: int | None
    """From the last attempt's beginning to its end."""
    steps: list[Step]


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
    signed: dict[str, Any] = {"ContentType": request.content_type, "ContentLength": request.bytes}
    headers = {"Content-Type": request.content_type}
    if request.sha256:
        checksum = b64encode(bytes.fromhex(request.sha256)).decode()
        signed["ChecksumSHA256"] = headers["x-amz-checksum-sha256"] = checksum
    key = f"inbox/{ingest_id}/{file}"
    url = objects.client().generate_presigned_url(
        "put_object", Params={"Bucket": settings().inbox_bucket, "Key": key, **signed}, ExpiresIn=UPLOAD_SECONDS
    )
    ingests().expect(ingest_id, file, key=key, now=now, sha256=request.sha256)
    upload = Upload(
        url=url,
        method="PUT",
        headers=headers,
        expires_at=now + timedelta(seconds=UPLOAD_SECONDS),
    )
    return Response(201, "application/json", Uploading(ingest_id=ingest_id, upload=upload))


@app.get(
    "/v1/admin/ingests",
    operation_id="listIngests",
    tags=["operator"],
    summary="What was uploaded and what became of it, newest first; with state=failed the dead-letter list",
    security=ADMIN,
)
def list_ingests(
    cursor: Annotated[str | None, Query(max_length=pages.LONGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    state: Literal["", "failed"] = "",
) -> Ingests:
    page = ingests().failed if state else ingests().newest
    rows, after = page(limit=limit, after=pages.position(cursor, POSITION))
    return {"items": [_shown(row) for row in rows], "cursor": pages.cursor(after) if after else None}


@app.get(
    "/v1/admin/ingests/<ingest_id>",
    operation_id="getIngest",
    tags=["operator"],
    summary="One delivery, with every state it came through",
    security=ADMIN,
)
def get_ingest(ingest_id: str) -> IngestRow:
    return _shown(_one(ingest_id))


@app.post(
    "/v1/admin/ingests/<ingest_id>/redrive",
    operation_id="redriveIngest",
    tags=["operator"],
    summary="Try a delivery again that failed, was refused, or has not moved for two hours",
    security=ADMIN,
    status_code=202,
)
def redrive_ingest(ingest_id: str) -> Response[IngestRow]:
    row = _one(ingest_id)
    row.must_be_redrivable(datetime.now(UTC))
    # The row moves when the first step begins: asked twice, it runs twice, which changes nothing.
    detail = {"bucket": {"name": settings().inbox_bucket}, "object": {"key": row.key, "etag": row.etag}}
    actor, before = caller(app.current_event.raw_event).id, {"state": str(row.state), "attempts": row.attempts}
    audit().append(entry(actor, Action.REDRIVE, ingest_id, at=datetime.now(UTC), before=before, after={}))
    wanted = {"Source": "legato.ingest", "DetailType": "Redrive Requested", "Detail": json.dumps(detail)}
    if bus().put_events(Entries=[wanted])["FailedEntryCount"]:
        raise TryAgain(retry_after=1)
    return Response(202, "application/json", _shown(row))


def _one(ingest_id: str) -> Ingest:
    row = ingests().one(ingest_id) if ids.is_id("ing", ingest_id) else None
    if row is None:
        raise IngestNotFound(ingest_id=ingest_id)
    return row


def _shown(row: Ingest) -> IngestRow:
    shown: IngestRow = {
        "ingest_id": row.ingest_id,
        "file": row.file,
        "state": str(row.state),
        "attempts": row.attempts,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "duration_ms": None,
        "steps": _steps(row),
    }
    begun = [each.at for each in row.passages if each.state is State.RECEIVED]
    if row.finished_at and begun:
        shown["duration_ms"] = _ms(row.finished_at - begun[-1])
    if row.reason:
        shown["reason"] = row.reason
    if row.track_id:
        shown["track_id"] = row.track_id
    return shown


def _steps(row: Ingest) -> list[Step]:
    out: list[Step] = []
    for passage in row.passages:
        if out:
            out[-1]["took_ms"] = _ms(passage.at - out[-1]["at"])
        step: Step = {"state": str(passage.state), "attempt": passage.attempt, "at": passage.at, "took_ms": None}
        if passage.reason:
            step["reason"] = passage.reason
        out.append(step)
    return out


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
