"""What becomes of the tracks that were asked for: decided first, granted once a stream is held."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from legato.api import problem_of
from legato.errors import Refusal
from legato.playback.grants import Grant, Granter
from legato.playback.model import AskAlone, Session

from .facts import Cleared, Facts
from .requests import AddGrants
from .wire import RefusedTrack, Started

ANSWER_CHARACTERS = 4_000_000
"""Of manifests in one answer; Lambda takes 6 MB. A song of four minutes has 100,000, one of an hour 1,700,000."""

Decision: TypeAlias = Cleared | Refusal


def decide(facts: Facts, ask: AddGrants, *, territory: str, now: datetime) -> list[tuple[str, Decision]]:
    """What is to become of each track. Raises the first one's refusal: it is the one that was tapped."""
    decisions: list[tuple[str, Decision]] = []
    for track_id in ask.tracks:
        try:
            cleared = facts.clear(track_id, territory=territory, quality=ask.quality, now=now)
            decisions.append((track_id, cleared))
        except Refusal as refusal:
            if not decisions:
                raise
            decisions.append((track_id, refusal))
    return decisions


def cleared(decisions: Sequence[tuple[str, Decision]]) -> list[str]:
    """The tracks that may be heard, in the order of the queue."""
    return [track_id for track_id, decision in decisions if isinstance(decision, Cleared)]


def answer(granter: Granter, session: Session, decisions: Sequence[tuple[str, Decision]], *, expires: int) -> Started:
    """Grants and refusals, in the order of the request; *expires* is the latest second of any signature."""
    begun, room = iter(session.plays), ANSWER_CHARACTERS
    grants: list[Grant] = []
    refusals: list[RefusedTrack] = []
    for track_id, decision in decisions:
        if isinstance(decision, Refusal):
            refusals.append(RefusedTrack(track_id=track_id, problem=problem_of(decision)))
            continue
        grant = granter.grant(
            session.id,
            next(begun),
            decision.package,
            decision.renditions,
            resume_ms=decision.resume_ms,
            # Nothing signed outlives the deal that it was signed under.
            expires=min(expires, int(decision.until.timestamp())) if decision.until else expires,
        )
        room -= len(grant.dash) + len(grant.hls)
        if grants and room < 0:
            refusals.append(RefusedTrack(track_id=track_id, problem=problem_of(AskAlone())))
        else:
            grants.append(grant)
    return Started(
        session_id=session.id,
        expires_at=datetime.fromtimestamp(session.lease, UTC),
        grants=grants,
        refusals=refusals,
    )
