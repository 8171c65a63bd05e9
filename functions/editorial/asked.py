"""What an operator may change, and how it is checked before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from legato.catalog import identifiers, model, wire
from legato.errors import MalformedRequest

Text = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
Long = Annotated[str, Field(max_length=50_000)]
Day = Annotated[str, Field(pattern=r"^(\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)?$")]
Role = Literal["main", "featured", "composer", "conductor", "remixer"]
Kind = Literal["album", "single", "ep", "compilation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistNamed:
    name: Name
    role: Role = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackChange:
    """What is left out stays."""

    title: Name | None = None
    artists: Annotated[list[ArtistNamed], Field(min_length=1, max_length=100)] | None = None
    disc: Annotated[int, Field(ge=1, le=999)] | None = None
    position: Annotated[int, Field(ge=1, le=9999)] | None = None
    isrc: Text | None = None
    iswc: Text | None = None
    mbid: Text | None = None
    genre: Text | None = None
    mood: Text | None = None
    language: Annotated[str, Field(max_length=35)] | None = None
    year: Annotated[int, Field(ge=0, le=9999)] | None = None
    bpm: Annotated[int, Field(ge=0, le=999)] | None = None
    key: Annotated[str, Field(pattern=r"^([A-G][b#]?m?)?$")] | None = None
    p_line: Text | None = None
    explicit: bool | None = None
    credits: Annotated[list[wire.Credit], Field(max_length=200)] | None = None
    lyrics: Long | None = None
    synced_lyrics: Annotated[list[wire.SyncedLine], Field(max_length=2000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumChange:
    """What is left out stays."""

    title: Name | None = None
    kind: Kind | None = None
    release_date: Day | None = None
    original_date: Day | None = None
    genre: Text | None = None
    label: Text | None = None
    upc: Text | None = None
    mbid: Text | None = None
    c_line: Text | None = None
    p_line: Text | None = None
    explicit: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistChange:
    """What is left out stays."""

    name: Name | None = None
    sort_name: Text | None = None
    biography: Annotated[str, Field(max_length=10_000)] | None = None
    mbid: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfWritten:
    """``items`` are ids of songs and albums, in the order in which they are to stand."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] = ""
    position: Annotated[int, Field(ge=0, le=99_999)] = 0
    items: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)] = field(default_factory=list)


def checked(changes: dict[str, Any]) -> dict[str, Any]:
    """*changes* with identifiers in their plain form. Raises `MalformedRequest` for one that is none."""
    for name in ("isrc", "iswc", "upc", "mbid"):
        if text := changes.get(name):
            changes[name] = getattr(identifiers, name)(text)
            if not changes[name]:
                raise MalformedRequest(f"{name}: {text} is none, or its check digit is wrong")
    return changes


def refs(named: Sequence[ArtistNamed]) -> tuple[model.ArtistRef, ...]:
    found = [model.ArtistRef(id=model.artist_id(each.name), name=each.name, role=each.role) for each in named]
    return tuple({(ref.id, ref.role): ref for ref in found}.values())
