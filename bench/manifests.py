"""Manifests made per grant, beside the usual way: a stored MPD, parsed, filtered to the plan and written again."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from bench.harness import Result, calls, compare
from legato.media import index, manifest_dash
from legato.media.model import Package, Tier
from tests.packages import a_package

URL = "https://listen.example/media/ses_0.DE/trk_0-0/"
TIERS = frozenset({Tier.FREE, Tier.PREMIUM})
DASH = "{urn:mpeg:dash:schema:mpd:2011}"
FRESH = 50
"""Packages in turn: more than any cache of parts remembers, so that each is a track nobody asked for before."""


def run() -> Iterator[Result]:
    packages = [a_package(version=f"trk_{n}-0") for n in range(FRESH)]
    packed = [index.pack(package) for package in packages]
    whole = manifest_dash.mpd(packages[0], packages[0].renditions, URL)
    turn = iter(range(10**9))

    def cold() -> str:
        package: Package = index.unpack(packed[next(turn) % FRESH])
        return manifest_dash.mpd(package, package.for_tiers(TIERS), URL)

    def filtered() -> bytes:
        tree = ET.fromstring(whole)
        for group in tree.iter(f"{DASH}AdaptationSet"):
            for representation in list(group.iterfind(f"{DASH}Representation")):
                if representation.get("id") == "flac":
                    group.remove(representation)
        return ET.tostring(tree)

    yield compare(
        "dash manifest, 210 s", ("from the packed index", calls(cold, 40)), ("filtered MPD", calls(filtered, 40))
    )
