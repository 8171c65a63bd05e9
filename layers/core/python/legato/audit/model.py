"""One action of an operator. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from legato import ids


class Action(StrEnum):
    """What can be done; a name never changes, because the log is read for years."""

    REPLACE_DEALS = "rights.replace-deals"
    TAKE_DOWN = "rights.take-down"
    REINSTATE = "rights.reinstate"
    CREATE_UPLOAD = "ingests.create-upload"
    REDRIVE = "ingests.redrive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Written once and never changed."""

    id: str
    at: datetime
    actor: str
    """The operator's listener id; the name behind it goes with the account."""
    action: str
    target: str
    """The id of what it was done to."""
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def rank(self) -> str:
        """Sorts as time does; two actions of one millisecond have two ranks."""
        return f"{self.at.astimezone(UTC).isoformat(timespec='milliseconds')}#{self.id}"


def entry(
    actor: str, action: Action, target: str, *, at: datetime, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Entry:
    return Entry(id=ids.new("act"), at=at, actor=actor, action=str(action), target=target, before=before, after=after)
