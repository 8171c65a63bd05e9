"""Deals and packages for tests: valid things, with one detail changed at a time."""

from datetime import UTC, datetime

from legato import ids
from legato.billing.model import Plan
from legato.licensing import keys
from legato.media.model import Loudness, Package, Rendition, Tier
from legato.playback.model import Device, Player, Progress, Session
from legato.rights.deals import CommercialModel, Deal, Use

DAY_ONE, DAY_TWO, DAY_THREE, DAY_FOUR = (datetime(2030, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4))
LADDER = {
    "aac48": Tier.FREE,
    "aac96": Tier.FREE,
    "aac160": Tier.FREE,
    "aac320": Tier.PREMIUM,
    "flac": Tier.LOSSLESS,
}


def a_deal(**changes):
    """On demand in Sweden and Norway, for subscribers, from day two until day three."""
    values = {
        "territories": frozenset({"SE", "NO"}),
        "models": frozenset({CommercialModel.SUBSCRIPTION}),
        "uses": frozenset({Use.ON_DEMAND_STREAM}),
        "start": DAY_TWO,
        "end": DAY_THREE,
    }
    return Deal(**values | changes)


def a_package(track_id=None, *, renditions=tuple(LADDER), revision="0", duration_s=210):
    track_id = track_id or ids.of("trk", "Mood Indigo")
    version = f"{track_id}-{revision * 16}"
    return Package(
        track_id=track_id,
        version=version,
        duration_ms=duration_s * 1000,
        loudness=Loudness(integrated_lufs=-9.5, true_peak_dbtp=-0.3),
        key_version=1,
        pssh={tier: {"1077efec-c0b2-4d02-ace3-3c1e52e2fb4b": b"pssh " + tier.encode()} for tier in Tier},
        renditions=tuple(_rendition(version, name, duration_s) for name in renditions),
    )


def _rendition(version, name, duration_s):
    rate = 900 if name == "flac" else int(name.removeprefix("aac"))
    return Rendition(
        name=name,
        codec="flac" if name == "flac" else "mp4a.40.2",
        tier=LADDER[name],
        kid=keys.kid(version, LADDER[name]),
        sample_rate=44_100,
        channels=2,
        timescale=44_100,
        init_bytes=900,
        init=b"ftypmoov",
        first=3000,
        earliest=0,
        sizes=(rate * 125,) * duration_s,
        durations=(44_100,) * duration_s,
    )


def a_device(name="phone"):
    return Device(id=f"device-{name}", name=f"Anna's {name}", kind="mobile")


def a_session(device="phone", *, started=1000, lease=1060, **changes):
    values = {
        "id": ids.of("ses", device, str(started)),
        "device": a_device(device),
        "started": started,
        "lease": lease,
        "signed_until": started + 3600,
        "plays": {"ply_1": "trk_1"},
    }
    return Session(**values | changes)


def a_player(*sessions, **changes):
    return Player(**{"listener_id": "usr_anna", "version": 1, "sessions": sessions} | changes)


def a_progress(play_id="ply_1", position_ms=42_000, **changes):
    values = {"play_id": play_id, "position_ms": position_ms, "state": "playing", "at_ms": 1_000_000, "seen": 1000}
    return Progress(**values | changes)


PLANS = tuple(Plan)
