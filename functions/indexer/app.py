"""The indexer: the catalogue table's stream in, versions of the search index out."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from legato import dynamo, log
from legato.catalog.table import album_of, artist_of, track_of
from legato.config import load
from legato.search.index import SCHEMA
from legato.search.model import Entry
from legato.search.versions import Versions
from legato.search.writer import Writer

from .settings import Settings

settings = cache(lambda: load(Settings))
writer = cache(lambda: Writer(Versions(bucket=settings().index_bucket, schema=SCHEMA), Path(mkdtemp(prefix="search-"))))


def handle(event: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Index a batch of the stream. All of it or nothing: a failure raises, and Lambda brings it again."""
    changes: dict[str, Entry | None] = {}
    for record in event["Records"]:
        changes |= _change(record["dynamodb"])
    if changes:
        log.info("indexed", changes=len(changes), version=writer().apply(changes))
    return {"batchItemFailures": []}


def _change(record: Mapping[str, Any]) -> dict[str, Entry | None]:
    """The id that a record changes and what is to be found under it now; nothing for rows that are not searched."""
    key = dynamo.decode(record["Keys"])
    read = {"TRACK": _track, "ALBUM": _album, "ARTIST": _artist}.get(key["sk"])
    if read is None:
        return {}
    if "NewImage" not in record:
        return {key["pk"]: None}
    try:
        return {key["pk"]: read(dynamo.decode(record["NewImage"]))}
    except (KeyError, TypeError, ValueError) as fault:
        # One row that nobody can read must not keep the others from being found.
        log.error("row not indexed", fault, id=key["pk"])
        return {}


def _track(row: Mapping[str, Any]) -> Entry:
    song = track_of(row)
    return Entry(id=song.id, title=song.title, artists=tuple(ref.name for ref in song.artists), album=song.album_title)


def _album(row: Mapping[str, Any]) -> Entry:
    album = album_of(row)
    return Entry(id=album.id, title=album.title, artists=tuple(ref.name for ref in album.artists))


def _artist(row: Mapping[str, Any]) -> Entry:
    artist = artist_of(row)
    return Entry(id=artist.id, title=artist.name)
