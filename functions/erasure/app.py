"""Erasure: nothing in any table or event file says any more that this person was here.

What is owed for a play outlives the listener, so the ledger keeps the play and loses its listener. May be
repeated at any point: what leads to something else goes after it, the history after the plays it names.
"""

from functools import cache

from legato import log
from legato.billing import queue
from legato.billing.table import BillingTable
from legato.config import load
from legato.identity import belongings
from legato.identity.table import IdentityTable
from legato.library.playlists import PlaylistTable
from legato.library.table import LibraryTable
from legato.playback.table import PlaybackTable
from legato.telemetry.poison import PoisonBucket
from legato.telemetry.table import PlayLedger

from .settings import Settings

settings = cache(lambda: load(Settings))
PAGE = 100


def erase(listener_id: str) -> dict[str, int]:
    """How many plays lost their listener, and how many set-aside events went."""
    names = settings()
    IdentityTable(names.identity_table).erase(listener_id)
    plays = _disown_plays(listener_id)
    for playlist_id in PlaylistTable(names.library_table).owned(listener_id):
        belongings.erase(names.library_table, playlist_id)
    billing = BillingTable(names.billing_table)
    if customer := billing.customer_of(listener_id):
        queue.leave(names.billing_queue, customer)
        billing.unlink(customer)
    for table in (names.library_table, names.playback_table, names.billing_table):
        belongings.erase(table, listener_id)
    events = PoisonBucket(names.poison_bucket).delete_of(listener_id)
    log.info("erased", plays=plays, events=events)
    return {"plays": plays, "events": events}


def _disown_plays(listener_id: str) -> int:
    """Plays, and the revocations of the sessions they were heard in: the edge goes on refusing those."""
    library, ledger = LibraryTable(settings().library_table), PlayLedger(settings().telemetry_table)
    after, count = None, 0
    while True:
        page, after = library.history(listener_id, limit=PAGE, after=after)
        sessions = {ledger.disown(heard.play_id, listener_id) for heard in page}
        for session in sessions - {None}:
            key = PlaybackTable.revoked_key(str(session))
            belongings.disown(settings().playback_table, key, listener_id)
        count += len(page)
        if after is None:
            return count
