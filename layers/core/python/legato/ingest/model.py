"""What ingest knows about a master, and why it may turn one away. Pure.

The refusals are answers about the file: trying again changes nothing. Their class names are the names that
Step Functions catches and that ``GET /v1/admin/ingests`` shows.
"""

import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from legato import ids
from legato.catalog.model import Credit, SyncedLine
from legato.errors import Conflict, Invalid, NotFound, TooLarge, UnsupportedMedia
from legato.media.model import Loudness


class EmptyFile(Invalid):
    """There are no bytes in it, or no sound."""


class NotAudio(UnsupportedMedia):
    """No audio stream can be found in it."""


class FormatNotTaken(UnsupportedMedia):
    """It is audio, but in none of the formats that we take."""


class VideoNotTaken(UnsupportedMedia):
    """It has pictures that move."""


class ProtectedFile(UnsupportedMedia):
    """Its audio is encrypted (DRM); only the rights holder can hand over a plain one."""


class Truncated(Invalid):
    """It ends before it says it does."""


class Damaged(Invalid):
    """It decodes with errors."""


class ChecksumMismatch(Invalid):
    """What arrived is not what was announced: its SHA-256 is another."""


class UploadTooLarge(TooLarge):
    """More bytes than one upload may have."""


class IngestNotFound(NotFound):
    """Nothing was delivered under this id."""


class NothingToRedrive(Conflict):
    """It is published, or on its way."""


REFUSALS: dict[str, type[Invalid | UnsupportedMedia | TooLarge]] = {
    kind.__name__: kind
    for kind in (
        EmptyFile,
        NotAudio,
        FormatNotTaken,
        VideoNotTaken,
        ProtectedFile,
        Truncated,
        Damaged,
        ChecksumMismatch,
        UploadTooLarge,
    )
}
"""By the name under which a step's failure reaches the step that records it."""

UPLOAD_BYTES = 5 * 1024**3
"""S3's limit for one PUT; three hours of 24 bit at 96 kHz in FLAC are 4 GB."""


LONGEST_REASON = 500
STALLED_AFTER = timedelta(hours=2)
"""Longer than any execution may take with all its retries: what has not moved since then moves no more."""


class State(StrEnum):
    """Where an ingest stands. ``published``, ``refused`` and ``failed`` are ends."""

    AWAITED = "awaited"
    """An upload address was given out; nothing has arrived yet."""
    RECEIVED = "received"
    INSPECTED = "inspected"
    ENCODED = "encoded"
    PUBLISHED = "published"
    REFUSED = "refused"
    """The file is at fault; ``reason`` says how."""
    FAILED = "failed"
    """We are at fault; it may be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An object that has appeared in the inbox."""

    ingest_id: str
    key: str
    file: str
    """The file's own name: the last part of the key."""
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A state that an ingest came into."""

    state: State
    at: datetime
    attempt: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """One file's way in, as an operator sees it."""

    ingest_id: str
    file: str
    state: State
    attempts: int
    started_at: datetime
    finished_at: datetime | None = None
    reason: str = ""
    track_id: str = ""
    key: str = ""
    """Where the master lies in the inbox."""
    etag: str = ""
    sha256: str = ""
    """Of the bytes, as it was announced with the upload; empty where it was not."""
    passages: tuple[Passage, ...] = ()
    """Every state since the upload was announced, attempt after attempt."""

    def must_be_redrivable(self, now: datetime) -> None:
        """Raises `NothingToRedrive` for what is published, and for what has moved a short while ago."""
        if self.state in (State.FAILED, State.REFUSED):
            return
        moved = self.passages[-1].at if self.passages else self.started_at
        if self.state is State.PUBLISHED or (self.state is not State.AWAITED and now - moved < STALLED_AFTER):
            raise NothingToRedrive(state=str(self.state))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The master's technical facts."""

    container: str
    """ffmpeg's short name: ``flac``, ``wav``, ``mp3``, ``ogg``, ``mov``, ``aiff``, ``aac``."""
    codec: str
    lossless: bool
    sample_rate: int
    channels: int
    bits: int
    """Significant bits per sample of a lossless source; 0 for a lossy one."""
    bit_rate: int
    """Bits per second of the audio stream."""
    samples: int
    """Decoded samples per channel."""

    @property
    def duration_ms(self) -> int:
        return round(self.samples * 1000 / self.sample_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What the file says about the music; ``""``, ``()`` and 0 where it says nothing."""

    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    album_artists: tuple[str, ...] = ()
    compilation: bool = False
    disc: int = 0
    position: int = 0
    date: str = ""
    genre: str = ""
    isrc: str = ""
    label: str = ""
    upc: str = ""
    lyrics: str = ""
    synced: tuple[SyncedLine, ...] = ()
    explicit: bool = False
    kind: str = ""
    original_date: str = ""
    iswc: str = ""
    mbid: str = ""
    album_mbid: str = ""
    mood: str = ""
    language: str = ""
    bpm: int = 0
    key: str = ""
    p_line: str = ""
    c_line: str = ""
    composers: tuple[str, ...] = ()
    conductors: tuple[str, ...] = ()
    remixers: tuple[str, ...] = ()
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one pass over the decoded samples tells."""

    samples: int
    loudness: Loudness
    range_lu: float
    """EBU Tech 3342 loudness range."""
    peaks: tuple[int, ...]
    """Waveform: lowest and highest value of each of up to 800 columns in turn, -128 to 127."""


def arrival(key: str, etag: str) -> Arrival:
    """The arrival of the object *key*: ``inbox/<ingest id>/<file name>``, or any other key dropped by hand."""
    folder, _, file = key.rpartition("/")
    ingest_id = folder.rpartition("/")[2]
    if not ids.is_id("ing", ingest_id):
        ingest_id = ids.of("ing", key, etag)
    return Arrival(ingest_id=ingest_id, key=key, file=file, etag=etag)


def outcome(error: str, cause: str) -> tuple[State, str]:
    """How an ingest ended, from what Step Functions caught: a refusal by its name, anything else is our failure.

    *cause* is Lambda's ``{"errorMessage": …}``, or free text where a step was killed or timed out.
    """
    try:
        message = str(json.loads(cause)["errorMessage"])
    except (ValueError, TypeError, KeyError):
        message = cause
    name = error.rpartition(".")[2]
    kind = REFUSALS.get(name)
    if kind is None:
        return State.FAILED, f"{name}: {message}"[:LONGEST_REASON]
    return State.REFUSED, (f"{kind.slug()}: {message}" if message else kind.slug())[:LONGEST_REASON]


def file_name(given: str) -> str:
    """*given* as the last part of an S3 key: no path, no control characters, at most 200 bytes; never empty."""
    last = given.replace("\\", "/").rstrip("/").rpartition("/")[2]
    clean = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    clean = clean.strip().lstrip(".").strip() or "upload"
    stem, dot, extension = clean.rpartition(".")
    if not stem or len(extension) > 8:  # noqa: PLR2004 -- longer is not an extension but part of a title
        stem, dot, extension = clean, "", ""
    room = 200 - len(f"{dot}{extension}".encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + extension
