import pytest
from hypothesis import given
from hypothesis import strategies as st

from legato.ingest.ladder import fragment_s, rungs, version
from legato.ingest.model import Source
from legato.media.model import Tier


def a_source(**changes):
    values = {
        "container": "flac",
        "codec": "flac",
        "lossless": True,
        "sample_rate": 44_100,
        "channels": 2,
        "bits": 16,
        "bit_rate": 900_000,
        "samples": 9_261_000,
    }
    return Source(**values | changes)


def a_lossy(bit_rate, **changes):
    return a_source(container="mp3", codec="mp3", lossless=False, bits=0, bit_rate=bit_rate, **changes)


def names(source):
    return [rung.name for rung in rungs(source)]


def test_a_cd_gets_the_whole_ladder():
    made = rungs(a_source())
    assert [(r.name, r.tier, r.bit_rate) for r in made] == [
        ("aac48", Tier.FREE, 48_000),
        ("aac96", Tier.FREE, 96_000),
        ("aac160", Tier.FREE, 160_000),
        ("aac320", Tier.PREMIUM, 320_000),
        ("flac", Tier.LOSSLESS, 0),
    ]
    assert {(r.sample_rate, r.channels) for r in made} == {(44_100, 2)}
    assert made[-1].bits == 16


@pytest.mark.parametrize(
    ("bit_rate", "expected"),
    [
        (32_000, ["aac48"]),
        (64_000, ["aac48", "aac96"]),
        (96_000, ["aac48", "aac96"]),
        (112_000, ["aac48", "aac96", "aac160"]),
        (160_000, ["aac48", "aac96", "aac160"]),
        (192_000, ["aac48", "aac96", "aac160", "aac320"]),
        (320_000, ["aac48", "aac96", "aac160", "aac320"]),
    ],
)
def test_a_lossy_source_stops_at_the_first_rung_that_reaches_it(bit_rate, expected):
    assert names(a_lossy(bit_rate)) == expected


@pytest.mark.parametrize(("rate", "base"), [(96_000, 48_000), (192_000, 48_000), (88_200, 44_100), (176_400, 44_100)])
def test_hi_res_keeps_its_rate_in_a_rendition_of_its_own(rate, base):
    flac, hires = rungs(a_source(sample_rate=rate, bits=24))[-2:]
    assert (flac.name, flac.sample_rate, flac.bits) == ("flac", base, 24)
    assert (hires.name, hires.sample_rate, hires.bits, hires.tier) == ("flac-hires", rate, 24, Tier.LOSSLESS)


def test_mono_stays_mono_and_five_one_becomes_stereo():
    assert {rung.channels for rung in rungs(a_source(channels=1))} == {1}
    assert {rung.channels for rung in rungs(a_source(channels=6))} == {2}


def test_mono_gets_no_more_bits_than_a_frame_can_hold():
    assert max(rung.bit_rate for rung in rungs(a_source(channels=1))) == 264_600


def test_a_telephone_recording_gets_what_it_is_worth():
    assert names(a_source(sample_rate=8_000, channels=1, bits=8)) == ["aac48", "flac"]


@given(
    st.builds(
        a_source,
        sample_rate=st.integers(8_000, 384_000),
        channels=st.integers(1, 8),
        bits=st.sampled_from([8, 16, 20, 24, 32]),
        lossless=st.booleans(),
        bit_rate=st.integers(8_000, 20_000_000),
    )
)
def test_nothing_is_ever_above_the_source(source):
    made = rungs(source)
    assert made
    assert all(rung.sample_rate <= source.sample_rate for rung in made)
    assert all(rung.channels <= source.channels for rung in made)
    assert source.lossless or not any(rung.codec == "flac" for rung in made)
    rates = [rung.bit_rate for rung in made if rung.codec == "aac"]
    assert rates == sorted(rates)
    assert source.lossless or all(rate < source.bit_rate for rate in rates[:-1])
    assert len({rung.name for rung in made}) == len(made)


def test_a_song_has_short_fragments_and_a_mix_long_ones():
    minute = 60 * 44_100
    assert fragment_s(a_source(samples=20 * minute)) == 1
    assert fragment_s(a_source(samples=20 * minute + 44_100)) == 4


def test_a_version_names_track_bytes_recipe_and_keys():
    plain = version("trk_a", "00", key_version=1, recipe=1)
    assert plain == version("trk_a", "00", key_version=1, recipe=1)
    track, _, mark = plain.rpartition("-")
    assert (track, len(mark)) == ("trk_a", 16)
    others = {
        version("trk_a", "01", key_version=1, recipe=1),
        version("trk_a", "00", key_version=2, recipe=1),
        version("trk_a", "00", key_version=1, recipe=2),
    }
    assert len(others | {plain}) == 4
