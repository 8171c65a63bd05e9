"""Ingest, last step: into the catalogue; or, after a failure, into the list of what failed and why.

Takes the second step's answer; or, from the state machine's Catch, any step's input with
``failure: {Error, Cause}``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from legato import log
from legato.catalog.table import CatalogTable
from legato.config import load
from legato.ingest import catalogue, inspection, objects
from legato.ingest.ladder import RECIPE
from legato.ingest.model import State, arrival, outcome
from legato.ingest.table import Content, IngestTable
from legato.ingest.verify import NotVerified
from legato.media import index
from legato.media.table import MediaTable
from legato.rights.table import RightsTable

from .settings import Settings

settings = cache(lambda: load(Settings))
ingests = cache(lambda: IngestTable(settings().ingest_table))


def handle(step: Mapping[str, Any]) -> dict[str, Any]:
    if "failure" in step:
        return _give_up(step)
    if not step.get("done"):
        _publish(step["ingest_id"], step["file"])
    return {"ingest_id": step["ingest_id"], "track_id": step.get("track_id"), "state": str(State.PUBLISHED)}


def _publish(ingest_id: str, file: str) -> None:
    work = settings().work_bucket
    seen = inspection.from_json(objects.get_json(work, inspection.key(ingest_id)))
    package = index.unpack(objects.get(work, inspection.package_key(ingest_id)))
    entry = catalogue.entry(
        seen.tags,
        file=file,
        track_id=seen.track_id,
        duration_ms=seen.source.duration_ms,
        art=seen.art,
        added_at=seen.received_at,
    )
    for rendition in package.renditions:
        stored = objects.length(settings().media_bucket, package.prefix + rendition.file)
        if stored != rendition.first + sum(rendition.sizes):
            raise NotVerified(f"{package.prefix}{rendition.file} has {stored} bytes, its index tells others")
    # Media before the catalogue: what can be found can be played. Rights last: until then nobody hears it.
    MediaTable(settings().media_table).put(package)
    CatalogTable(settings().catalog_table).publish(entry.album, [entry.track])
    RightsTable(settings().rights_table).open_by_default(entry.track.id, entry.album.id)
    ingests().remember(seen.sha256, Content(track_id=seen.track_id, ingest_id=ingest_id, recipe=RECIPE))
    ingests().publish(ingest_id, seen.track_id, now=datetime.now(UTC))
    log.info("published", ingest_id=ingest_id, track_id=seen.track_id, version=package.version)


def _give_up(step: Mapping[str, Any]) -> dict[str, Any]:
    if "ingest_id" in step:
        ingest_id = step["ingest_id"]
    else:  # the first step fell over its own input, S3's event
        found = step["detail"]["object"]
        ingest_id = arrival(found["key"], found.get("etag", "")).ingest_id
    state, reason = outcome(step["failure"]["Error"], step["failure"].get("Cause", ""))
    ingests().give_up(ingest_id, state, reason, now=datetime.now(UTC))
    log.warning("not published", ingest_id=ingest_id, state=str(state), reason=reason)
    return {"ingest_id": ingest_id, "state": str(state), "reason": reason}
