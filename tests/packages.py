"""Packages for tests: plausible, with one detail changed at a time."""

import random

from legato.media.model import Loudness, Package, Rendition, Tier

SYSTEMS = {
    "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b": b"\0\0\0\x44pssh\x01\0\0\0" + bytes(56),
    "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed": b"\0\0\0\x4apssh\0\0\0\0" + bytes(62),
    "9a04f079-9840-4286-ab92-e65be0885f95": b"\0\0\1\xdepssh\0\0\0\0" + bytes(466),
}
LADDER = (
    ("aac48", Tier.FREE, 6_000),
    ("aac96", Tier.FREE, 12_000),
    ("aac160", Tier.FREE, 20_000),
    ("aac320", Tier.PREMIUM, 40_000),
    ("flac", Tier.LOSSLESS, 110_000),
)
AAC = (45_056, *[44_032] * 208, 57_288)
FLAC = (46_080, *[41_472, 46_080, 46_080] * 68, 46_080, 46_080, 35_784)


def a_rendition(name="aac160", tier=Tier.FREE, mean=20_000, **changes):
    chance = random.Random(name)
    flac = name.startswith("flac")
    durations = changes.pop("durations", FLAC if flac else AAC)
    values = {
        "name": name,
        "codec": "flac" if flac else "mp4a.40.2",
        "tier": tier,
        "kid": bytes([list(Tier).index(tier) + 1] * 16),
        "sample_rate": 44_100,
        "channels": 2,
        "timescale": 44_100,
        "init_bytes": 1_550,
        "init": chance.randbytes(40) + bytes(890),
        "first": 4_090,
        "earliest": 0,
        "sizes": tuple(int(chance.gauss(mean, mean * 0.04)) for _ in durations),
        "durations": durations,
    }
    return Rendition(**values | changes)


def a_package(renditions=None, **changes):
    renditions = renditions or tuple(a_rendition(*rung) for rung in LADDER)
    values = {
        "track_id": "trk_0123456789abcdefghijklmnop",
        "version": "trk_0123456789abcdefghijklmnop-0123456789abcdef",
        "duration_ms": 210_000,
        "loudness": Loudness(integrated_lufs=-9.5, true_peak_dbtp=-0.3),
        "key_version": 1,
        "pssh": {str(rendition.tier): SYSTEMS for rendition in renditions},
        "renditions": renditions,
    }
    return Package(**values | changes)
