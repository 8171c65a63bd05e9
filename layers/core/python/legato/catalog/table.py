"""The catalogue at rest. The only module that knows its rows.

::

    pk           sk            shelf                    rank
    <track id>   TRACK         <album id>               <disc>#<position>#<track id>    a song
    <track id>   LYRICS                                                                 its words and their times, which lists need not read
    <track id>   ON#<shelf>    tracks/popular           <plays>#<added at>              its place in the charts
    <album id>   ALBUM         <album id>               !                               sorts before its songs
    <album id>   ON#<shelf>    albums/<sort>[/<genre>]  see `legato.catalog.shelves`
    <album id>   ON#<shelf>    artist/<artist id>       <release date>                  albums this artist is heard on
    <artist id>  ARTIST        artists                  <folded name>#<artist id>
    genre/<id>   GENRE         genres                   <id, which is its folded name>
    shelf/<id>   SHELF         shelves                  <position>#<id>                 what an operator puts together

The index ``listing`` (``shelf``, ``rank``) answers every list; a place on a shelf (``ON#``) holds no content,
so an edit of an album writes its title once.
"""

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from legato import dynamo, ids
from legato.catalog import shelves
from legato.catalog.model import (
    Album,
    AlbumNotFound,
    AlbumPage,
    Art,
    Artist,
    ArtistNotFound,
    ArtistRef,
    Credit,
    Feature,
    Genre,
    SyncedLine,
    Track,
    TrackNotFound,
)
from legato.errors import TryAgain

LISTING = "listing"
ATTEMPTS = 12
"""How often `publish` tries again when the other songs of an album are published at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One page of ids in the order of a shelf; ``after`` goes into the next request, None at the end."""

    ids: tuple[str, ...]
    after: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class CatalogTable:
    name: str

    @staticmethod
    def track_key(track_id: str) -> dict[str, str]:
        """For readers that batch songs with the rows of other tables."""
        return {"pk": track_id, "sk": "TRACK"}

    @staticmethod
    def album_key(album_id: str) -> dict[str, str]:
        return {"pk": album_id, "sk": "ALBUM"}

    @staticmethod
    def artist_key(artist_id: str) -> dict[str, str]:
        return {"pk": artist_id, "sk": "ARTIST"}

    @classmethod
    def key(cls, id: str) -> dict[str, str]:
        """Of a song, an album or an artist, by the id's prefix."""
        return {"trk": cls.track_key, "alb": cls.album_key, "art": cls.artist_key}[id[:3]](id)

    def track(self, track_id: str) -> Track:
        """The song with its lyrics, in one read. Raises `TrackNotFound`."""
        if not ids.is_id("trk", track_id):
            raise TrackNotFound(track_id=track_id)
        rows = {row["sk"]: row for row in dynamo.query(self.name, "pk = :pk", {":pk": track_id})}
        if "TRACK" not in rows:
            raise TrackNotFound(track_id=track_id)
        words = rows.get("LYRICS", {})
        synced = tuple(SyncedLine(**line) for line in words.get("synced", ()))
        return replace(track_of(rows["TRACK"]), lyrics=words.get("lyrics", ""), synced=synced)

    def tracks(self, track_ids: Iterable[str]) -> dict[str, Track]:
        """Songs by id, without lyrics; what is not there is left out."""
        rows = dynamo.get_many({self.name: [self.track_key(each) for each in track_ids]})[self.name]
        return {row["pk"]: track_of(row) for row in rows}

    def albums(self, album_ids: Iterable[str]) -> dict[str, Album]:
        rows = dynamo.get_many({self.name: [self.album_key(each) for each in album_ids]})[self.name]
        return {row["pk"]: album_of(row) for row in rows}

    def artists(self, artist_ids: Iterable[str]) -> dict[str, Artist]:
        rows = dynamo.get_many({self.name: [self.artist_key(each) for each in artist_ids]})[self.name]
        return {row["pk"]: artist_of(row) for row in rows}

    def album_page(self, album_id: str) -> AlbumPage:
        """The album and its songs in order, in one read a megabyte. Raises `AlbumNotFound`."""
        if not ids.is_id("alb", album_id):
            raise AlbumNotFound(album_id=album_id)
        rows = dynamo.query(self.name, "shelf = :shelf", {":shelf": album_id}, IndexName=LISTING)
        first = next(rows, None)
        if first is None or first["sk"] != "ALBUM":
            raise AlbumNotFound(album_id=album_id)
        return AlbumPage(album=album_of(first), tracks=tuple(track_of(row) for row in rows))

    def artist(self, artist_id: str) -> Artist:
        row = dynamo.get(self.name, self.artist_key(artist_id)) if ids.is_id("art", artist_id) else None
        if row is None:
            raise ArtistNotFound(artist_id=artist_id)
        return artist_of(row)

    def shelf(
        self, shelf: str, *, limit: int, after: Mapping[str, str] | None = None, backwards: bool = False
    ) -> Shelf:
        """The next *limit* ids on *shelf*, in one read. *after* is a ``{id, sk, rank}`` that came from here."""
        options: dict[str, Any] = {"Limit": limit, "ScanIndexForward": not backwards, "IndexName": LISTING}
        if after:
            start = {"pk": after["id"], "sk": after["sk"], "shelf": shelf, "rank": after["rank"]}
            options["ExclusiveStartKey"] = dynamo.encode(start)
        answer = dynamo.client().query(
            TableName=self.name,
            KeyConditionExpression="shelf = :shelf",
            ExpressionAttributeValues=dynamo.encode({":shelf": shelf}),
            **options,
        )
        last = dynamo.decode(answer["LastEvaluatedKey"]) if "LastEvaluatedKey" in answer else None
        return Shelf(
            ids=tuple(item["pk"]["S"] for item in answer["Items"]),
            after={"id": last["pk"], "sk": last["sk"], "rank": last["rank"]} if last else None,
        )

    def genres(self) -> tuple[Genre, ...]:
        rows = dynamo.query(self.name, "shelf = :shelf", {":shelf": shelves.GENRES}, IndexName=LISTING)
        return tuple(Genre(id=row["rank"], name=row["name"]) for row in rows)

    def features(self) -> tuple[Feature, ...]:
        """The operator's own shelves, in their order."""
        rows = dynamo.query(self.name, "shelf = :shelf", {":shelf": shelves.FEATURES}, IndexName=LISTING)
        return tuple(feature_of(row) for row in rows)

    def publish(self, album: Album, tracks: Sequence[Track]) -> None:
        """Write *album* and these of its songs; twice is once, and its other songs stay.

        Songs of one album may be published at the same moment: the album's own rows go together or not at all.
        Raises `TryAgain` where others kept coming in between.
        """
        self._put_tracks(album, tracks)
        for attempt in range(ATTEMPTS):
            if self._put_album(album):
                return
            time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311 -- spreads writers, guards nothing
        raise TryAgain(retry_after=1)

    def _put_tracks(self, album: Album, tracks: Sequence[Track]) -> None:
        holders: tuple[Album | Track, ...] = (album, *tracks)
        for track in tracks:
            self._put_track(track)
            stand = place(track.id, shelves.TRACKS_POPULAR, shelves.popularity(0, album.added_at))
            # Only the first time: the counters move it from then on.
            dynamo.put(self.name, stand, condition="attribute_not_exists(pk)")
        artists = {ref.id: ref.name for holder in holders for ref in holder.artists}
        for artist_id, name in artists.items():
            row = {"name": name, "shelf": shelves.ARTISTS, "rank": shelves.by_name(name, artist_id)}
            # The spelling that came first stays, or songs that differ in case would rename the artist back and forth.
            dynamo.put(self.name, self.artist_key(artist_id) | row, condition="attribute_not_exists(pk)")
        for genre in {holder.genre for holder in holders if shelves.genre_id(holder.genre)}:
            key = {"pk": f"genre/{shelves.genre_id(genre)}", "sk": "GENRE"}
            row = {"name": genre, "shelf": shelves.GENRES, "rank": shelves.genre_id(genre)}
            dynamo.put(self.name, key | row, condition="attribute_not_exists(pk)")
        for ref in {ref for holder in holders for ref in holder.artists if ref.role in shelves.PERFORMING}:
            # Never taken back here: songs that are not among these may be the artist's.
            dynamo.put(self.name, place(album.id, shelves.of_artist(ref.id), shelves.by_date(album)))

    def _put_track(self, track: Track) -> None:
        """As it was delivered, but for what an operator has set. Raises `TryAgain` where edits kept coming."""
        for _ in range(ATTEMPTS):
            rows = {
                row["sk"]: row for row in dynamo.query(self.name, "pk = :pk", {":pk": track.id}, ConsistentRead=True)
            }
            row, old = _track_row(track), rows.get("TRACK")
            edited = old.get("edited", frozenset()) if old else frozenset()
            if old:
                row |= {name: old[name] for name in edited if name in old} | {"edited": edited}
                row["rank"] = shelves.on_album(row["disc"], row["position"], track.id)
            words = row_of_lyrics(track)
            if words and not edited & {"lyrics", "synced"} and rows.get("LYRICS") != words:
                dynamo.put(self.name, words)
            if old and {**row, "version": old.get("version", 1)} == {"version": 1, **old}:
                return
            if self._replace(row, old):
                return
        raise TryAgain(retry_after=1)

    def _replace(self, row: dict[str, Any], old: Mapping[str, Any] | None) -> bool:
        """Write *row* as the next version after *old*; False where there is another by now."""
        condition, values = as_read(old)
        return dynamo.put(self.name, row | {"version": _version(old) + 1}, condition=condition, values=values)

    def _put_album(self, album: Album) -> bool:
        """False where somebody else wrote the album since it was read."""
        rows = {row["sk"]: row for row in dynamo.query(self.name, "pk = :pk", {":pk": album.id}, ConsistentRead=True)}
        known = rows.pop("ALBUM", None)
        album = album_of(known).updated(album) if known else album
        wanted = {row["sk"]: row for shelf, rank in shelves.places(album) for row in [place(album.id, shelf, rank)]}
        # A place among the popular is the counters' to move.
        new = [row for sk, row in wanted.items() if rows.get(sk) != row and not (sk in rows and shelves.is_popular(sk))]
        stale = [sk for sk in rows if sk.startswith(f"ON#{shelves.ALBUMS}/") and sk not in wanted]
        if known and not new and not stale and album_of(known) == album:
            return True
        return self._write_album(album, known, new, stale)

    def _write_album(
        self, album: Album, known: Mapping[str, Any] | None, new: Sequence[Mapping[str, Any]], stale: Sequence[str]
    ) -> bool:
        condition, values = as_read(known)
        guard: dict[str, Any] = {"ConditionExpression": condition}
        if values:
            guard["ExpressionAttributeValues"] = dynamo.encode(values)
        row = dynamo.encode(_album_row(album) | {"version": _version(known) + 1})
        writes: list[Any] = [{"Put": {"TableName": self.name, "Item": row, **guard}}]
        writes += [{"Put": {"TableName": self.name, "Item": dynamo.encode(row)}} for row in new]
        writes += [
            {"Delete": {"TableName": self.name, "Key": dynamo.encode({"pk": album.id, "sk": sk})}} for sk in stale
        ]
        return dynamo.transact(*writes)


def place(id: str, shelf: str, rank: str) -> dict[str, str]:
    return {"pk": id, "sk": f"ON#{shelf}", "shelf": shelf, "rank": rank}


def as_read(row: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The condition under which *row*, None where there was none, is still what the table holds."""
    if row is None:
        return "attribute_not_exists(pk)", {}
    if "version" in row:
        return "version = :version", {":version": row["version"]}
    return "attribute_exists(pk) AND attribute_not_exists(version)", {}


def _version(row: Mapping[str, Any] | None) -> int:
    """Rows from before there were versions are the first one."""
    return int(row.get("version", 1)) if row else 0


def _track_row(track: Track) -> dict[str, Any]:
    row = asdict(track)
    for elsewhere in ("lyrics", "synced", "id", "version"):
        del row[elsewhere]
    stands = {"shelf": track.album_id, "rank": shelves.on_album(track.disc, track.position, track.id)}
    # As they come back from the table, so that rows can be compared.
    return dynamo.decode(dynamo.encode(row | CatalogTable.track_key(track.id) | stands))


def row_of_lyrics(track: Track) -> dict[str, Any] | None:
    if not track.lyrics and not track.synced:
        return None
    lines = [asdict(line) for line in track.synced]
    return {"pk": track.id, "sk": "LYRICS", "lyrics": track.lyrics, "synced": lines}


def _album_row(album: Album) -> dict[str, Any]:
    row = asdict(album)
    del row["id"], row["version"]
    return row | CatalogTable.album_key(album.id) | {"shelf": album.id, "rank": "!"}


def track_of(row: Mapping[str, Any]) -> Track:
    """A ``TRACK`` row, from the table or its stream."""
    return Track(
        id=row["pk"],
        title=row["title"],
        duration_ms=row["duration_ms"],
        artists=_refs(row),
        album_id=row["album_id"],
        album_title=row["album_title"],
        disc=row["disc"],
        position=row["position"],
        isrc=row["isrc"],
        genre=row["genre"],
        year=row["year"],
        explicit=row["explicit"],
        bpm=row.get("bpm", 0),
        credits=tuple(Credit(**each) for each in row.get("credits", ())),
        art=_art(row),
        **_said(row, ("iswc", "mbid", "mood", "language", "key", "p_line")),
        **_kept(row),
    )


def album_of(row: Mapping[str, Any]) -> Album:
    return Album(
        id=row["pk"],
        title=row["title"],
        artists=_refs(row),
        kind=row["kind"],
        release_date=row["release_date"],
        genre=row["genre"],
        label=row["label"],
        upc=row["upc"],
        added_at=row["added_at"],
        explicit=row.get("explicit", False),
        art=_art(row),
        **_said(row, ("original_date", "mbid", "c_line", "p_line")),
        **_kept(row),
    )


def artist_of(row: Mapping[str, Any]) -> Artist:
    said = _said(row, ("sort_name", "biography", "mbid"))
    return Artist(id=row["pk"], name=row["name"], version=_version(row), **said)


def feature_of(row: Mapping[str, Any]) -> Feature:
    return Feature(
        id=row["pk"].removeprefix("shelf/"),
        title=row["title"],
        description=row["description"],
        items=tuple(row["items"]),
        position=row["position"],
        version=_version(row),
    )


def _said(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Texts that rows from before they were known lack."""
    return {name: row.get(name, "") for name in names}


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": _version(row), "edited": row.get("edited", frozenset())}


def _refs(row: Mapping[str, Any]) -> tuple[ArtistRef, ...]:
    return tuple(ArtistRef(**ref) for ref in row["artists"])


def _art(row: Mapping[str, Any]) -> Art | None:
    art = row.get("art")
    return Art(key=art["key"], edges=tuple(art["edges"]), placeholder=art["placeholder"]) if art else None
