"""Manifests, judged by parsers that others wrote."""

import base64
import itertools
import time
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import m3u8
import pytest
from mpegdash.parser import MPEGDASHParser

from legato.media import manifest_dash, manifest_hls
from legato.media.model import Tier
from tests.packages import SYSTEMS, a_package, a_rendition

BASE = "https://music.example/media/ses_1.DE/trk_1-v/"
DASH = "{urn:mpeg:dash:schema:mpd:2011}"
CENC = "{urn:mpeg:cenc:2013}"


def an_mpd(tiers=frozenset(Tier), base=BASE, package=None):
    package = package or a_package()
    return manifest_dash.mpd(package, package.for_tiers(tiers), base)


def playlists(tiers=frozenset(Tier)):
    """The multivariant playlist, and each variant's own out of its data: URI."""
    package = a_package()
    whole = m3u8.loads(manifest_hls.multivariant(package, package.for_tiers(tiers), BASE))
    return whole, [m3u8.loads(unquote(each.uri.partition(",")[2])) for each in whole.playlists]


def test_the_mpd_holds_one_adaptation_set_a_codec():
    parsed = MPEGDASHParser.parse(an_mpd())
    [period] = parsed.periods
    sets = {each.codecs: [r.id for r in each.representations] for each in period.adaptation_sets}
    assert sets == {"mp4a.40.2": ["aac48", "aac96", "aac160", "aac320"], "flac": ["flac"]}
    assert parsed.profiles == "urn:mpeg:dash:profile:isoff-main:2011"
    assert parsed.media_presentation_duration == "PT210.000000S"


def test_every_fragment_is_addressed_by_its_bytes_and_its_time():
    package = a_package()
    parsed = MPEGDASHParser.parse(an_mpd(package=package))
    by_name = {r.name: r for r in package.renditions}
    for group in parsed.periods[0].adaptation_sets:
        for each in group.representations:
            rendition = by_name[each.id]
            [listed] = each.segment_lists
            ranges = [tuple(map(int, url.media_range.split("-"))) for url in listed.segment_urls]
            assert [end - start + 1 for start, end in ranges] == list(rendition.sizes)
            assert ranges[0][0] == rendition.first
            assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(ranges))
            runs = [(s.d, s.r or 0) for line in listed.segment_timelines for s in line.Ss]
            assert [d for d, r in runs for _ in range(r + 1)] == list(rendition.durations)
            assert listed.timescale == 44_100


def test_each_representation_names_its_own_key_and_init_section():
    root = ET.fromstring(an_mpd())
    package = a_package()
    for each in root.iter(f"{DASH}Representation"):
        rendition = next(r for r in package.renditions if r.name == each.get("id"))
        protections = each.findall(f"{DASH}ContentProtection")
        assert protections[0].get("value") == "cbcs"
        assert protections[0].get(f"{CENC}default_KID").replace("-", "") == rendition.kid.hex()
        systems = {p.get("schemeIdUri"): p.findtext(f"{CENC}pssh") for p in protections[1:]}
        assert systems == {f"urn:uuid:{s}": base64.b64encode(box).decode() for s, box in SYSTEMS.items()}
        init = each.find(f"{DASH}SegmentList/{DASH}Initialization").get("sourceURL")
        assert base64.b64decode(init.removeprefix("data:audio/mp4;base64,")) == rendition.init
        assert each.findtext(f"{DASH}BaseURL") == f"{BASE}{rendition.name}.mp4"


@pytest.mark.parametrize(
    ("tiers", "names"),
    [
        ({Tier.FREE}, ["aac48", "aac96", "aac160"]),
        ({Tier.FREE, Tier.PREMIUM}, ["aac48", "aac96", "aac160", "aac320"]),
        (set(Tier), ["aac48", "aac96", "aac160", "aac320", "flac"]),
    ],
)
def test_a_manifest_never_names_what_the_listener_may_not_hear(tiers, names):
    root = ET.fromstring(an_mpd(frozenset(tiers)))
    assert [each.get("id") for each in root.iter(f"{DASH}Representation")] == names
    whole, media = playlists(frozenset(tiers))
    assert [each.segments[0].uri for each in media] == [f"{BASE}{name}.mp4" for name in names]
    assert len(whole.playlists) == len(names)


def test_a_base_url_cannot_break_the_xml():
    root = ET.fromstring(an_mpd(base='https://x.example/?a=1&b="<>"/'))
    assert root.find(f".//{DASH}BaseURL").text == 'https://x.example/?a=1&b="<>"/aac48.mp4'


def test_only_aligned_renditions_are_said_to_be_aligned():
    hires = a_rendition("flac-hires", Tier.LOSSLESS, 220_000, timescale=96_000, sample_rate=96_000)
    package = a_package((*a_package().renditions, hires))
    root = ET.fromstring(an_mpd(package=package))
    said = {each.get("codecs"): each.get("segmentAlignment") for each in root.iter(f"{DASH}AdaptationSet")}
    assert said == {"mp4a.40.2": "true", "flac": "false"}


def test_an_encoders_delay_outside_the_edit_list_becomes_the_time_offset():
    package = a_package((a_rendition(earliest=1024),))
    listed = ET.fromstring(an_mpd(package=package)).find(f".//{DASH}SegmentList")
    assert listed.get("presentationTimeOffset") == "1024"
    assert listed.find(f"{DASH}SegmentTimeline/{DASH}S").get("t") == "1024"


def test_hls_variants_declare_codec_and_bandwidth_lightest_first():
    whole, _ = playlists()
    bandwidths = [each.stream_info.bandwidth for each in whole.playlists]
    assert bandwidths == sorted(bandwidths)
    assert [each.stream_info.codecs for each in whole.playlists] == ["mp4a.40.2"] * 4 + ["fLaC"]
    assert all(each.stream_info.average_bandwidth <= each.stream_info.bandwidth for each in whole.playlists)
    assert int(whole.version) == 7


def test_hls_segments_are_byte_ranges_that_cover_the_file():
    _, media = playlists()
    package = a_package()
    for playlist, rendition in zip(media, package.for_tiers(frozenset(Tier)), strict=True):
        at = rendition.first
        for segment in playlist.segments:
            size, start = map(int, segment.byterange.split("@"))
            assert start == at
            at += size
            assert round(segment.duration) <= playlist.target_duration
        assert at == rendition.first + sum(rendition.sizes)
        assert abs(sum(s.duration for s in playlist.segments) - rendition.duration_s) < 0.001
        [section] = playlist.segment_map
        assert (section.uri, section.byterange) == (f"{BASE}{rendition.file}", f"{rendition.init_bytes}@0")
        assert playlist.is_endlist
        assert playlist.playlist_type == "vod"


def test_an_escaped_url_reaches_the_player_as_it_was():
    package = a_package()
    whole = m3u8.loads(manifest_hls.multivariant(package, package.renditions, "https://x.example/a%20b/"))
    inner = m3u8.loads(unquote(whole.playlists[0].uri.partition(",")[2]))
    assert inner.segments[0].uri == "https://x.example/a%20b/aac48.mp4"


def test_hls_offers_a_key_for_every_drm_system():
    _, media = playlists()
    keys = {key.keyformat: key for key in media[0].keys if key}
    assert set(keys) == {
        "com.apple.streamingkeydelivery",
        "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
        "com.microsoft.playready",
        "org.w3.clearkey",
    }
    assert {key.method for key in keys.values()} == {"SAMPLE-AES"}
    assert keys["com.apple.streamingkeydelivery"].uri == "skd://" + "01" * 16


def test_a_warm_manifest_costs_next_to_nothing():
    package = a_package()
    renditions = package.for_tiers(frozenset(Tier))

    def both():
        manifest_dash.mpd(package, renditions, BASE)
        manifest_hls.multivariant(package, renditions, BASE)

    def cost():
        start = time.process_time()
        both()
        return time.process_time() - start

    both()
    assert min(cost() for _ in range(50)) < 0.0005
