"""Ingest, second step: the ladder, encrypted, packaged, read back and stored.

Takes the first step's answer and gives the same to the third, with ``version``.
"""

import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from legato import log, secrets
from legato.config import load
from legato.ingest import inspection, ladder, objects
from legato.ingest.encode import encode
from legato.ingest.inspection import Inspection
from legato.ingest.ladder import Rung
from legato.ingest.model import State
from legato.ingest.package import content_keys, encrypt, package
from legato.ingest.table import IngestTable
from legato.ingest.verify import verify
from legato.licensing import keys
from legato.media import index
from legato.media.model import Package, Rendition

from .settings import Settings

settings = cache(lambda: load(Settings))
ingests = cache(lambda: IngestTable(settings().ingest_table))


def handle(step: Mapping[str, Any]) -> dict[str, Any]:
    if step.get("done"):
        return dict(step)
    work, ingest_id = settings().work_bucket, step["ingest_id"]
    seen = inspection.from_json(objects.get_json(work, inspection.key(ingest_id)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        objects.download(settings().inbox_bucket, step["key"], folder / "master")
        made = _make(folder, seen)
        for rendition in made.renditions:
            objects.upload(
                folder / "encrypted" / rendition.file,
                settings().media_bucket,
                made.prefix + rendition.file,
                content_type="audio/mp4",
            )
    objects.put(work, inspection.package_key(ingest_id), index.pack(made), content_type="application/octet-stream")
    ingests().advance(ingest_id, State.ENCODED, seen.track_id, now=datetime.now(UTC))
    log.info("encoded", ingest_id=ingest_id, version=made.version, renditions=[r.name for r in made.renditions])
    return {**step, "version": made.version}


def _make(folder: Path, seen: Inspection) -> Package:
    """Every rendition of ``<folder>/master`` in ``<folder>/encrypted``, each verified."""
    clear, encrypted = folder / "clear", folder / "encrypted"
    clear.mkdir()
    encrypted.mkdir()
    masters = secrets.read(settings().content_master_secret)
    key_version = keys.current_version(masters)
    version = ladder.version(seen.track_id, seen.sha256, key_version=key_version)
    tier_keys = content_keys(version, masters, key_version)
    rungs = ladder.rungs(seen.source)
    sums = encode(folder / "master", rungs, clear)
    encrypt(clear, rungs, encrypted, tier_keys, fragment_s=ladder.fragment_s(seen.source))
    made = package(
        seen.track_id,
        version,
        folder=encrypted,
        rungs=rungs,
        loudness=seen.loudness,
        duration_ms=seen.source.duration_ms,
        key_version=key_version,
    )

    def read_back(rung: Rung, rendition: Rendition) -> None:
        verify(
            encrypted / rendition.file,
            rung,
            rendition,
            tier_keys[rung.tier],
            duration_s=seen.source.samples / seen.source.sample_rate,
            md5=sums.get(rung.name, ""),
        )

    # Each is a process of its own on one core; the threads only wait.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(read_back, rungs, made.renditions))
    return made
