"""Where in the lists an album stands, and in which order. Pure.

A shelf is one partition of the index ``listing``; a rank is text that sorts as the list reads.
"""

from collections.abc import Iterator
from enum import StrEnum

from legato.catalog.model import Album, folded

ALBUMS, ARTISTS, GENRES, TRACKS_POPULAR, FEATURES = "albums", "artists", "genres", "tracks/popular", "shelves"
PERFORMING = frozenset({"main", "featured"})
"""The roles (`ArtistRef.role`) that put an album on an artist's page: a composer is not heard."""


class Sort(StrEnum):
    NEW = "new"
    TITLE = "title"
    POPULAR = "popular"

    @property
    def backwards(self) -> bool:
        """The newest and the most played come first, titles from A on."""
        return self is not Sort.TITLE


def albums(sort: Sort, genre: str = "") -> str:
    return f"{ALBUMS}/{sort}/{genre_id(genre)}" if genre_id(genre) else f"{ALBUMS}/{sort}"


def of_artist(artist_id: str) -> str:
    return f"artist/{artist_id}"


def on_album(disc: int, position: int, track_id: str) -> str:
    return f"{disc:03}#{position:05}#{track_id}"


def genre_id(name: str) -> str:
    """``Drum & Bass`` and ``drum & bass`` are one genre. Kept short: it is part of keys."""
    return folded(name)[:100]


def by_name(name: str, id: str) -> str:
    return f"{folded(name)[:100]}#{id}"


def by_date(album: Album) -> str:
    """Release date, then the day it came to us; ``#`` sorts before ``-``, so a bare year is its beginning."""
    return f"{album.release_date or album.added_at[:10]}#{album.added_at}"


def popularity(plays: int, added_at: str) -> str:
    """Of equally popular things the newer one is first."""
    return f"{plays:012}#{added_at}"


def places(album: Album) -> Iterator[tuple[str, str]]:
    """Every ``(shelf, rank)`` of *album* among all albums."""
    for sort, rank in (
        (Sort.NEW, by_date(album)),
        (Sort.TITLE, by_name(album.title, album.id)),
        (Sort.POPULAR, popularity(0, album.added_at)),
    ):
        yield albums(sort), rank
        if genre_id(album.genre):
            yield albums(sort, album.genre), rank


def is_popular(shelf: str) -> bool:
    return f"{ALBUMS}/{Sort.POPULAR}" in shelf
