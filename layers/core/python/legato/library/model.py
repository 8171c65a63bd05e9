"""What a listener keeps. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One line of a listener's history."""

    play_id: str
    track_id: str
    played_at: str
    """RFC 3339, UTC, to the millisecond."""
    heard_ms: int
    qualified: bool
