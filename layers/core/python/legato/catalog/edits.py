"""What an operator changes in the catalogue: each edit names the version it was made on, and none is lost."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from legato import dynamo, ids
from legato.catalog import shelves
from legato.catalog.model import (
    Album,
    AlbumNotFound,
    Artist,
    ArtistNotFound,
    ChangedMeanwhile,
    Feature,
    ShelfNotFound,
    Track,
    TrackNotFound,
)
from legato.catalog.table import CatalogTable, album_of, artist_of, as_read, feature_of, place, row_of_lyrics, track_of

_WORDS = frozenset({"lyrics", "synced"})


@dataclass(frozen=True, slots=True)
class Edits:
    """Writes take *since*, the version that was read. Raise the kind's ``…NotFound``, and `ChangedMeanwhile`."""

    catalog: CatalogTable

    def track(self, track_id: str, changes: Mapping[str, Any], *, since: int) -> Track:
        """Set fields of a song; its words go with it or not at all."""
        rows = self._rows(track_id, "trk", TrackNotFound(track_id=track_id))
        old = rows.get("TRACK")
        if old is None:
            raise TrackNotFound(track_id=track_id)
        self._insist(track_of(old).version, since)
        song = replace(self.catalog.track(track_id), **changes)
        written = {name: value for name, value in _plain(changes).items() if name not in _WORDS}
        edited = old.get("edited", frozenset()) | changes.keys()
        row = old | written | {"edited": frozenset(edited), "rank": shelves.on_album(song.disc, song.position, song.id)}
        more = []
        if _WORDS & changes.keys():
            words = row_of_lyrics(song)
            more.append(self._put(words) if words else self._delete({"pk": track_id, "sk": "LYRICS"}))
        return replace(song, version=self._write(row, old, *more), edited=frozenset(edited))

    def album(self, album_id: str, changes: Mapping[str, Any], *, since: int) -> Album:
        """Set fields of an album, and move it on the shelves; a new title reaches its songs."""
        rows = self._rows(album_id, "alb", AlbumNotFound(album_id=album_id))
        old = rows.get("ALBUM")
        if old is None:
            raise AlbumNotFound(album_id=album_id)
        known = album_of(old)
        self._insist(known.version, since)
        edited = known.edited | changes.keys()
        album = replace(known, **changes, edited=edited)
        wanted = {row["sk"]: row for shelf, rank in shelves.places(album) for row in [place(album_id, shelf, rank)]}
        lists = {sk for sk in rows if sk.startswith(f"ON#{shelves.ALBUMS}/")}
        popular = {sk for sk in lists if shelves.is_popular(sk)}
        new = [self._put(row) for sk, row in wanted.items() if rows.get(sk) != row and sk not in popular]
        stale = [self._delete({"pk": album_id, "sk": sk}) for sk in sorted(lists - wanted.keys())]
        version = self._write(old | _plain(changes) | {"edited": frozenset(edited)}, old, *new, *stale)
        if album.title != known.title:
            self._retitle(album)
        return replace(album, version=version)

    def artist(self, artist_id: str, changes: Mapping[str, Any], *, since: int) -> Artist:
        """Set fields of an artist; a new name reaches the albums they are heard on, and those albums' songs."""
        old = self._rows(artist_id, "art", ArtistNotFound(artist_id=artist_id)).get("ARTIST")
        if old is None:
            raise ArtistNotFound(artist_id=artist_id)
        known = artist_of(old)
        self._insist(known.version, since)
        artist = replace(known, **changes)
        rank = shelves.by_name(artist.sort_name or artist.name, artist_id)
        version = self._write(old | _plain(changes) | {"rank": rank}, old)
        if artist.name != known.name:
            self._rename(artist)
        return replace(artist, version=version)

    def shelf(self, feature: Feature, *, since: int) -> Feature:
        """Write a shelf; *since* 0 makes a new one."""
        key = {"pk": f"shelf/{feature.id}", "sk": "SHELF"}
        old = dynamo.get(self.catalog.name, key, consistent=True)
        self._insist(feature_of(old).version if old else 0, since)
        row = asdict(feature) | key | {"shelf": shelves.FEATURES, "rank": f"{feature.position:05}#{feature.id}"}
        del row["id"]
        return replace(feature, version=self._write(row, old))

    def drop_shelf(self, shelf_id: str) -> None:
        key = {"pk": f"shelf/{shelf_id}", "sk": "SHELF"}
        if not dynamo.transact(self._there(key)):
            raise ShelfNotFound(shelf_id=shelf_id)

    def _there(self, key: Mapping[str, str]) -> dict[str, Any]:
        guard = {"ConditionExpression": "attribute_exists(pk)"}
        return {"Delete": {"TableName": self.catalog.name, "Key": dynamo.encode(key), **guard}}

    def _rows(self, id: str, kind: str, missing: Exception) -> dict[str, Any]:
        if not ids.is_id(kind, id):
            raise missing
        rows = dynamo.query(self.catalog.name, "pk = :pk", {":pk": id}, ConsistentRead=True)
        return {row["sk"]: row for row in rows}

    @staticmethod
    def _insist(version: int, since: int) -> None:
        if version != since:
            raise ChangedMeanwhile(version=version)

    def _write(self, row: Mapping[str, Any], old: Mapping[str, Any] | None, *more: Any) -> int:
        """The next version after *old*, with whatever goes along. Raises `ChangedMeanwhile`."""
        version = (int(old.get("version", 1)) if old else 0) + 1
        condition, values = as_read(old)
        put = self._put({**row, "version": version})
        put["Put"]["ConditionExpression"] = condition
        if values:
            put["Put"]["ExpressionAttributeValues"] = dynamo.encode(values)
        if not dynamo.transact(put, *more):
            raise ChangedMeanwhile(version=version)
        return version

    def _retitle(self, album: Album) -> None:
        for track in self.catalog.album_page(album.id).tracks:
            self._set(self.catalog.track_key(track.id), {"album_title": album.title})

    def _rename(self, artist: Artist) -> None:
        after = None
        while True:
            page = self.catalog.shelf(shelves.of_artist(artist.id), limit=100, after=after)
            for album_id in page.ids:
                whole = self.catalog.album_page(album_id)
                holders: tuple[Album | Track, ...] = (whole.album, *whole.tracks)
                for holder in holders:
                    named = [
                        asdict(replace(ref, name=artist.name) if ref.id == artist.id else ref) for ref in holder.artists
                    ]
                    if named != [asdict(ref) for ref in holder.artists]:
                        self._set(self.catalog.key(holder.id), {"artists": named})
            after = page.after
            if after is None:
                return

    def _set(self, key: Mapping[str, str], values: Mapping[str, Any]) -> None:
        """A copy that follows its source: nobody who edits the row has to hear of it, but its version moves."""
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        dynamo.client().update_item(
            TableName=self.catalog.name,
            Key=dynamo.encode(key),
            UpdateExpression=f"SET {sets}, version = if_not_exists(version, :one) + :one",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues=dynamo.encode(
                {f":{name}": value for name, value in values.items()} | {":one": 1}
            ),
        )

    def _put(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {"Put": {"TableName": self.catalog.name, "Item": dynamo.encode(row)}}

    def _delete(self, key: Mapping[str, str]) -> dict[str, Any]:
        return {"Delete": {"TableName": self.catalog.name, "Key": dynamo.encode(key)}}


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Values as rows hold them."""
    return {name: _row_value(value) for name, value in changes.items()}


def _row_value(value: Any) -> Any:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [asdict(each) for each in value]
    return value
