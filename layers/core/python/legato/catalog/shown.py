"""Songs as one viewer sees them: with `playable` decided for the country the CDN names."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from legato import caller, secrets
from legato.catalog import wire
from legato.catalog.model import Track
from legato.rights.model import playable_in
from legato.rights.table import RightsTable


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
