"""The catalogue as one viewer sees it: songs with `playable` decided for the country the CDN names."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from legato import caller, dynamo, ids, secrets
from legato.catalog import wire
from legato.catalog.model import Track
from legato.catalog.table import CatalogTable, album_of, artist_of, track_of
from legato.rights.model import playable_in
from legato.rights.table import RightsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """By id, in the order asked for; what is not there is left out."""

    tracks: dict[str, wire.Track]
    albums: dict[str, wire.Album]
    artists: dict[str, wire.Artist]


def territory(headers: Mapping[str, str], origin_secret: str) -> str:
    """The viewer's country, which only CloudFront may tell. *origin_secret* is the secret's ARN.

    Raises `legato.caller.NotThroughTheEdge`.
    """
    return caller.viewer(headers, secrets.accepted(origin_secret)).country


def tracks(songs: Iterable[Track], rights: RightsTable, *, territory: str, now: datetime) -> list[wire.Track]:
    """*songs*, in their order; one batched read of their rights for every hundred."""
    songs = list(songs)
    known = rights.of_many([song.id for song in songs])
    return [wire.track(song, playable=playable_in(known[song.id], territory, now)) for song in songs]


def read(wanted: Collection[str], catalog: CatalogTable, rights: RightsTable, *, territory: str, now: datetime) -> Seen:
    """Songs, albums and artists by their ids, in one batched read of them and the rights for every hundred rows."""
    of = {kind: list(dict.fromkeys(each for each in wanted if ids.is_id(kind, each))) for kind in ("trk", "alb", "art")}
    found = dynamo.get_many(
        {
            catalog.name: [catalog.key(each) for kind in of.values() for each in kind],
            rights.name: [rights.key(each) for each in of["trk"]],
        }
    )
    known = {row["pk"]: row for row in found[catalog.name]}
    permitted = {row["pk"]: row for row in found[rights.name]}

    def song(id: str) -> wire.Track:
        playable = playable_in(rights.read(permitted.get(id)), territory, now)
        return wire.track(track_of(known[id]), playable=playable)

    return Seen(
        tracks={each: song(each) for each in of["trk"] if each in known},
        albums={each: wire.album(album_of(known[each])) for each in of["alb"] if each in known},
        artists={each: wire.artist(artist_of(known[each])) for each in of["art"] if each in known},
    )
