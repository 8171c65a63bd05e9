"""Ingest, first step: is it music, is it whole, and what does it say of itself?

Takes S3's "Object Created" event as EventBridge delivers it. Answers with ``{ingest_id, key, track_id, sha256}``
for the next step, or ``{ingest_id, track_id, done: true}`` where there is nothing left to do.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from legato import ids, log
from legato.catalog.model import Art
from legato.config import load
from legato.ingest import art, inspection, integrity, objects, tags
from legato.ingest.inspection import Inspection
from legato.ingest.ladder import RECIPE
from legato.ingest.measure import measure
from legato.ingest.model import ChecksumMismatch, State, arrival
from legato.ingest.probe import probe
from legato.ingest.table import IngestTable

from .settings import Settings

settings = cache(lambda: load(Settings))
ingests = cache(lambda: IngestTable(settings().ingest_table))


def handle(event: Mapping[str, Any]) -> dict[str, Any]:
    """Raises a refusal of `legato.ingest.model` where the file is at fault."""
    found = event["detail"]["object"]
    came = arrival(found["key"], found.get("etag", ""))
    row = ingests().begin(came, now=datetime.now(UTC))
    if row is None:
        return {"ingest_id": came.ingest_id, "done": True}
    with tempfile.TemporaryDirectory() as folder:
        # No extension: what the file is called must not decide what it is taken for.
        master = Path(folder, "master")
        objects.download(settings().inbox_bucket, came.key, master)
        integrity.check(master)
        with master.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if row.sha256 and row.sha256 != sha256:
            raise ChecksumMismatch(f"announced {row.sha256}, arrived {sha256}")
        known = ingests().content(sha256)
        if known and known.recipe == RECIPE:
            reason = f"the same bytes as {known.ingest_id}" if known.ingest_id != came.ingest_id else ""
            ingests().publish(came.ingest_id, known.track_id, now=datetime.now(UTC), reason=reason)
            return {"ingest_id": came.ingest_id, "track_id": known.track_id, "done": True}
        seen = _inspect(master, sha256, received_at=inspection.rfc3339(row.started_at))
    objects.put_json(settings().work_bucket, inspection.key(came.ingest_id), seen.to_json())
    ingests().advance(came.ingest_id, State.INSPECTED, seen.track_id, now=datetime.now(UTC))
    log.info("inspected", ingest_id=came.ingest_id, track_id=seen.track_id, codec=seen.source.codec)
    return {
        "ingest_id": came.ingest_id,
        "key": came.key,
        "file": came.file,
        "track_id": seen.track_id,
        "sha256": sha256,
    }


def _inspect(master: Path, sha256: str, *, received_at: str) -> Inspection:
    probed = probe(master)
    measured = measure(master, probed.source)
    tagged = tags.read(master, probed.source, probed.tags)
    track_id = ids.of("trk", sha256)
    objects.put_json(
        settings().art_bucket,
        f"art/{track_id}/peaks.json",
        {"columns": len(measured.peaks) // 2, "low_high": measured.peaks},
    )
    return Inspection(
        sha256=sha256,
        track_id=track_id,
        received_at=received_at,
        source=replace(probed.source, samples=measured.samples),
        tags=tagged.tags,
        loudness=measured.loudness,
        range_lu=measured.range_lu,
        art=_art(tagged.picture),
    )


def _art(picture: bytes) -> Art | None:
    made = art.variants(picture) if picture else None
    if made is None:
        return None
    for name, body in made.files.items():
        kind = "image/webp" if name.endswith(".webp") else "image/jpeg"
        objects.put(
            settings().art_bucket, f"art/{made.art.key}/{name}", body, content_type=kind, cache=objects.FOR_EVER
        )
    return made.art
