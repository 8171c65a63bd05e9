import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legato.ingest.encode import encode
from legato.ingest.ladder import rungs
from legato.ingest.package import content_keys, encrypt, package
from legato.ingest.probe import probe
from legato.media import cenc, index, mp4
from legato.media.model import Loudness, Tier
from tests import audio
from tests.packages import LADDER, a_package, a_rendition

MASTERS = json.dumps({"version": 1, "masters": {"1": "5a" * 32}})
SECONDS = 5.7


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A package as ingest makes it, and the folder of its files."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "clear").mkdir()
    master = folder / "master"
    master.write_bytes(audio.flac(seconds=SECONDS).read_bytes())
    ladder = rungs(probe(master).source)
    encode(master, ladder, folder / "clear")
    encrypt(folder / "clear", ladder, folder, content_keys("trk_x-v", MASTERS, 1))
    shape = {"loudness": Loudness(integrated_lufs=-10.0, true_peak_dbtp=-1.0), "duration_ms": 5700, "key_version": 1}
    return package("trk_x", "trk_x-v", folder=folder, rungs=ladder, **shape), folder


def test_the_index_accounts_for_every_byte_and_every_sample(made):
    found, folder = made
    for rendition in found.renditions:
        data = (folder / rendition.file).read_bytes()
        assert rendition.first + sum(rendition.sizes) == len(data)
        assert sum(rendition.durations) == round(SECONDS * audio.RATE)
        assert rendition.earliest == 0
        at = rendition.first
        for size in rendition.sizes:
            assert [box.kind for box in mp4.boxes(data, at, at + size)] == [b"moof", b"mdat"]
            at += size


def test_an_inline_init_section_is_the_files_own_without_pssh(made):
    found, folder = made
    for rendition in found.renditions:
        own = (folder / rendition.file).read_bytes()[: rendition.init_bytes]
        kinds = [box.kind for box in mp4.walk(own)]
        assert kinds.count(b"pssh") == 3
        assert [box.kind for box in mp4.walk(rendition.init)] == [kind for kind in kinds if kind != b"pssh"]


def test_every_tier_carries_the_boxes_of_three_drm_systems(made):
    found, _ = made
    assert set(found.pssh) == {str(tier) for tier in Tier}
    for boxes in found.pssh.values():
        assert set(boxes) == {cenc.COMMON, cenc.WIDEVINE, cenc.PLAYREADY}
        for box in boxes.values():
            assert int.from_bytes(box[:4]) == len(box)


def test_the_same_input_and_keys_make_the_same_bytes(made, tmp_path):
    _, folder = made
    ladder = rungs(probe(folder / "master").source)
    encrypt(folder / "clear", ladder, tmp_path, content_keys("trk_x-v", MASTERS, 1))
    for rung in ladder:
        assert (tmp_path / f"{rung.name}.mp4").read_bytes() == (folder / f"{rung.name}.mp4").read_bytes()


def test_packing_loses_nothing(made):
    found, _ = made
    assert index.unpack(index.pack(found)) == found


def test_seven_renditions_of_210_seconds_take_about_4_kb():
    ladder = (*LADDER, ("flac-hires", Tier.LOSSLESS, 250_000), ("aac128", Tier.FREE, 16_000))
    packed = index.pack(a_package(tuple(a_rendition(*rung) for rung in ladder)))
    assert len(packed) < 5200


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 2**31 - 1), st.integers(1, 2**32 - 1)), min_size=1, max_size=50),
    st.floats(-70, 5),
)
def test_any_fragments_survive_packing(fragments, lufs):
    sizes, durations = (tuple(column) for column in zip(*fragments, strict=True))
    rendition = replace(a_rendition(), sizes=sizes, durations=durations)
    whole = a_package((rendition,), loudness=Loudness(integrated_lufs=lufs, true_peak_dbtp=-1.5))
    assert index.unpack(index.pack(whole)) == whole


@pytest.mark.parametrize("missing", [b"sidx", b"tenc", b"moov"])
def test_a_file_without_its_index_or_protection_is_no_rendition(made, missing):
    _, folder = made
    head = (folder / "aac48.mp4").read_bytes()[: index.HEAD_BYTES].replace(missing, b"free")
    with pytest.raises(ValueError, match=r"no .*box"):
        index.rendition(head, name="aac48", tier=Tier.FREE)
