"""What can be searched for. Pure."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_QUERY = 1000
"""Characters; longer ones are refused."""


class Kind(StrEnum):
    """What a hit is. The value is the prefix of its ids."""

    TRACK = "trk"
    ALBUM = "alb"
    ARTIST = "art"
    PLAYLIST = "pls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing in the index: under which words it is found, and how well known it is."""

    id: str
    title: str
    artists: tuple[str, ...] = ()
    album: str = ""
    popularity: int = 0
    """Plays, not less than 0."""


def edits(word: str) -> int:
    """How many typing mistakes *word* may hold: one from 4 letters on, two from 8."""
    return (len(word) >= 4) + (len(word) >= 8)  # noqa: PLR2004 -- the numbers of the sentence above
