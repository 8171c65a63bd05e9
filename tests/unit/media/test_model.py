import pytest

from legato.media.model import Loudness, Tier
from tests.packages import a_package, a_rendition


@pytest.mark.parametrize(
    ("lufs", "peak", "gain"),
    [
        (-9.0, -0.2, -5.0),
        (-23.0, -12.0, 9.0),
        (-23.0, -4.0, 3.0),
        (-20.0, 0.5, 0.0),
        (-70.0, -144.0, 0.0),
    ],
)
def test_gain_brings_a_track_to_the_target_without_clipping_and_leaves_silence_alone(lufs, peak, gain):
    assert Loudness(integrated_lufs=lufs, true_peak_dbtp=peak).gain_db() == gain


def test_a_listener_gets_the_renditions_of_their_tiers_lightest_first():
    package = a_package()
    assert [r.name for r in package.for_tiers(frozenset({Tier.FREE}))] == ["aac48", "aac96", "aac160"]
    assert [r.name for r in package.for_tiers(frozenset(Tier))][-2:] == ["aac320", "flac"]
    assert package.for_tiers(frozenset()) == ()


@pytest.mark.parametrize("name", ["aac160", "flac"])
def test_groups_are_about_four_seconds_and_cover_the_file_without_a_gap(name):
    rendition = a_rendition(name)
    groups = rendition.groups()
    assert sum(group.duration for group in groups) == sum(rendition.durations)
    at = rendition.first
    for group in groups:
        assert group.first == at
        at += group.size
    assert at == rendition.first + sum(rendition.sizes)
    longest = max(rendition.durations) / rendition.timescale
    assert all(abs(group.duration / rendition.timescale - 4) < longest for group in groups[:-1])
    assert len(groups) == 53


def test_group_boundaries_do_not_drift():
    rendition = a_rendition("flac")
    at = 0
    for number, group in enumerate(rendition.groups()[:-1], 1):
        at += group.duration
        assert abs(at / rendition.timescale - 4 * number) <= max(rendition.durations) / rendition.timescale


def test_the_declared_bandwidth_is_the_heaviest_groups():
    calm = a_rendition(sizes=(20_000,) * 210)
    stormy = a_rendition(sizes=(20_000,) * 100 + (80_000,) * 4 + (20_000,) * 106)
    assert calm.peak_bandwidth() < 165_000
    assert stormy.peak_bandwidth() > 400_000
    assert calm.average_bandwidth() == 160_000


def test_a_rendition_of_one_fragment_has_one_group():
    rendition = a_rendition(sizes=(900,), durations=(2_205,))
    assert [tuple(group) for group in rendition.groups()] == [(2_205, 4_090, 900)]
    assert rendition.peak_bandwidth() == rendition.average_bandwidth() == 144_000
