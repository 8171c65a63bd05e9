"""Whether a track may be kept, by everything that decides about it, and the row that says it is."""

from dataclasses import dataclass, replace
from datetime import datetime

from legato import dynamo, ids
from legato.billing.model import TERMS, Plan
from legato.billing.table import BillingTable
from legato.catalog.model import TrackNotFound
from legato.errors import Refusal, TryAgain
from legato.media.model import Package, Rendition, Tier
from legato.media.table import MediaTable
from legato.offline import model
from legato.offline.model import Download, DownloadNotFound, Shelf
from legato.offline.table import OfflineTable
from legato.playback.model import Device, renditions_for
from legato.rights.deals import Use
from legato.rights.model import Admission, Rights, admit
from legato.rights.table import RightsTable

ATTEMPTS = 5
"""How often a change is tried again when another device changes the same shelf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    plan: Plan
    rights: Rights
    package: Package
    shelf: Shelf
    before: Download | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    download: Download
    plan: Plan
    package: Package
    rendition: Rendition
    signed_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    offline: OfflineTable
    rights: RightsTable
    media: MediaTable
    billing: BillingTable
    signature_seconds: int

    def keep(
        self, listener_id: str, track_id: str, device: Device, *, quality: Tier, territory: str, now: datetime
    ) -> Granted:
        """Keep a track on *device*, or renew it there. Raises the refusal of whoever says no first, or `TryAgain`."""
        second = int(now.timestamp())
        for _ in range(ATTEMPTS):
            facts = self._facts(listener_id, track_id, device)
            admission = admitted(facts.rights, facts.plan, territory=territory, now=now)
            facts.shelf.admit(device, facts.plan, new=facts.before is None)
            rendition = model.best(renditions_for(facts.package, facts.plan, admission, quality))
            lease = model.lease_until(admission.until, second)
            signed = min(second + self.signature_seconds, lease)
            download = Download(
                id=model.id_of(listener_id, device.id, track_id),
                listener_id=listener_id,
                device=device,
                track_id=track_id,
                version=facts.package.version,
                rendition=rendition.name,
                tier=rendition.tier,
                size=model.size_of(rendition),
                created=facts.before.created if facts.before else second,
                lease=lease,
                signed_until=signed,
            )
            if self._write(facts, download, second):
                return Granted(
                    download=download, plan=facts.plan, package=facts.package, rendition=rendition, signed_until=signed
                )
        raise TryAgain(retry_after=1)

    def give_up(self, listener_id: str, download_id: str, now: datetime) -> None:
        """Keep it no longer. Raises `DownloadNotFound`, or `TryAgain`."""
        for _ in range(ATTEMPTS):
            shelf, download = self.offline.of(listener_id, download_id)
            if download is None:
                raise DownloadNotFound(download_id=download_id)
            if self.offline.give_up(shelf.one_less(download.device.id), download, int(now.timestamp())):
                return
        raise TryAgain(retry_after=1)

    def refusals(
        self, listener_id: str, downloads: list[Download], *, territory: str, now: datetime
    ) -> dict[str, Refusal]:
        """Download → why it may be kept no longer, where it may not; in one BatchGetItem."""
        if not downloads:
            return {}
        found = dynamo.get_many(
            {
                self.rights.name: [self.rights.key(each.track_id) for each in downloads],
                self.billing.name: [self.billing.key(listener_id)],
                self.offline.name: [self.offline.shelf_key(listener_id)],
            },
            consistent=True,
        )
        plan = self.billing.plan_in(next(iter(found[self.billing.name]), None))
        shelf = self.offline.read_shelf(listener_id, next(iter(found[self.offline.name]), None))
        rights = {row["pk"]: self.rights.read(row) for row in found[self.rights.name]}
        refused: dict[str, Refusal] = {}
        for each in downloads:
            try:
                admission = admitted(rights.get(each.track_id, Rights()), plan, territory=territory, now=now)
                shelf.admit(each.device, plan, new=False)
                model.still_open(each, plan, admission)
            except Refusal as refusal:
                refused[each.id] = refusal
        return refused

    def _facts(self, listener_id: str, track_id: str, device: Device) -> Facts:
        if not ids.is_id("trk", track_id):
            raise TrackNotFound(track_id=track_id)
        kept = self.offline.key(listener_id, model.id_of(listener_id, device.id, track_id))
        shelf = self.offline.shelf_key(listener_id)
        found = dynamo.get_many(
            {
                self.offline.name: [shelf, kept],
                self.rights.name: [self.rights.key(track_id)],
                self.media.name: [self.media.key(track_id)],
                self.billing.name: [self.billing.key(listener_id)],
            },
            consistent=True,
        )
        if not found[self.media.name]:
            raise TrackNotFound(track_id=track_id)
        rows = {row["sk"]: row for row in found[self.offline.name]}
        return Facts(
            plan=self.billing.plan_in(next(iter(found[self.billing.name]), None)),
            rights=self.rights.read(next(iter(found[self.rights.name]), None)),
            package=self.media.read(found[self.media.name][0]),
            shelf=self.offline.read_shelf(listener_id, rows.get(shelf["sk"])),
            before=self.offline.read(rows[kept["sk"]]) if kept["sk"] in rows else None,
        )

    def _write(self, facts: Facts, download: Download, now: int) -> bool:
        if facts.before is None:
            return self.offline.keep(facts.shelf.one_more(download.device, now), download)
        # A signature given before may outlive this one's; whoever gives the download up has to know.
        later = max(facts.before.signed_until, download.signed_until)
        return self.offline.renew(replace(download, signed_until=later))


def admitted(rights: Rights, plan: Plan, *, territory: str, now: datetime) -> Admission:
    return admit(rights, territory=territory, model=TERMS[plan].model, use=Use.CONDITIONAL_DOWNLOAD, now=now)
