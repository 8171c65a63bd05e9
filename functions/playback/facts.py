"""Everything a grant is decided by, in one BatchGetItem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from legato import dynamo, ids
from legato.billing.model import TERMS, Plan
from legato.billing.table import BillingTable
from legato.catalog.model import TrackNotFound
from legato.media.model import Package, Rendition, Tier
from legato.media.table import MediaTable
from legato.playback.model import Player, Progress, renditions_for, resume_at
from legato.playback.table import PlaybackTable
from legato.rights.deals import Use
from legato.rights.model import Rights, admit
from legato.rights.table import RightsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A track that may be heard: in these renditions, from here, at most until ``until``."""

    package: Package
    renditions: tuple[Rendition, ...]
    resume_ms: int
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    plan: Plan
    player: Player
    rights: Mapping[str, Rights]
    packages: Mapping[str, Package]
    progress: Mapping[str, Progress]

    def clear(self, track_id: str, *, territory: str, quality: Tier, now: datetime) -> Cleared:
        """What may be heard of the track. Raises the refusal of whoever says no first: rights, then plan."""
        package = self.packages.get(track_id)
        if package is None:
            raise TrackNotFound(track_id=track_id)
        rights = self.rights.get(track_id, Rights())
        admission = admit(rights, territory=territory, model=TERMS[self.plan].model, use=Use.ON_DEMAND_STREAM, now=now)
        return Cleared(
            package=package,
            renditions=renditions_for(package, self.plan, admission, quality),
            resume_ms=resume_at(self.progress.get(track_id), package.duration_ms),
            until=admission.until,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    playback: PlaybackTable
    rights: RightsTable
    media: MediaTable
    billing: BillingTable

    def facts(self, listener_id: str, track_ids: Sequence[str]) -> Facts:
        # What does not look like a track is in no table, and DynamoDB refuses keys of some shapes.
        wanted = [each for each in dict.fromkeys(track_ids) if ids.is_id("trk", each)]
        player = self.playback.player_key(listener_id)
        resumes = {each: self.playback.resume_key(listener_id, each) for each in wanted}
        found = dynamo.get_many(
            {
                self.playback.name: [player, *resumes.values()],
                self.rights.name: [self.rights.key(each) for each in wanted],
                self.media.name: [self.media.key(each) for each in wanted],
                self.billing.name: [self.billing.key(listener_id)],
            },
            consistent=True,
        )
        rows = {row["sk"]: row for row in found[self.playback.name]}
        return Facts(
            plan=self.billing.plan_in(next(iter(found[self.billing.name]), None)),
            player=self.playback.read_player(listener_id, rows.get(player["sk"])),
            rights={row["pk"]: self.rights.read(row) for row in found[self.rights.name]},
            packages={row["pk"]: self.media.read(row) for row in found[self.media.name]},
            progress={
                each: self.playback.read_progress(rows[key["sk"]]) for each, key in resumes.items() if key["sk"] in rows
            },
        )
