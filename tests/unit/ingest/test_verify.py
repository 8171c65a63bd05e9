"""What reading back must notice."""

import json
from dataclasses import replace

import pytest

from legato.ingest import binaries
from legato.ingest.binaries import ToolFailed
from legato.ingest.encode import encode
from legato.ingest.ladder import rungs
from legato.ingest.package import content_keys, encrypt, package
from legato.ingest.probe import probe
from legato.ingest.verify import NotVerified, verify
from legato.media.model import Loudness
from tests import audio

MASTERS = json.dumps({"version": 1, "masters": {"1": "5a" * 32}})
SECONDS = 2.5


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify")
    (folder / "clear").mkdir()
    master = folder / "master"
    master.write_bytes(audio.flac(seconds=SECONDS).read_bytes())
    ladder = [rung for rung in rungs(probe(master).source) if rung.name in ("aac96", "flac")]
    sums = encode(master, ladder, folder / "clear")
    keys = content_keys("trk_x-v", MASTERS, 1)
    encrypt(folder / "clear", ladder, folder, keys)
    shape = {"loudness": Loudness(integrated_lufs=-10.0, true_peak_dbtp=-1.0), "duration_ms": 2500, "key_version": 1}
    found = package("trk_x", "trk_x-v", folder=folder, rungs=ladder, **shape)
    parts = {rung.name: (rung, rendition) for rung, rendition in zip(ladder, found.renditions, strict=True)}
    return folder, parts, keys, sums


def check(made, name, *, path=None, key=None, duration_s=SECONDS, md5=None):
    folder, parts, keys, sums = made
    rung, rendition = parts[name]
    verify(
        path or folder / rendition.file,
        rung,
        rendition,
        key or keys[rung.tier],
        duration_s=duration_s,
        md5=sums.get(name, "") if md5 is None else md5,
    )


@pytest.mark.parametrize("name", ["aac96", "flac"])
def test_what_was_made_is_verified(made, name):
    check(made, name)


@pytest.mark.parametrize("name", ["aac96", "flac"])
def test_a_wrong_key_is_noticed(made, name):
    _folder, parts, keys, _ = made
    rung, _ = parts[name]
    with pytest.raises(NotVerified):
        check(made, name, key=replace(keys[rung.tier], key=bytes(16)))


def test_another_tiers_key_id_is_noticed(made):
    with pytest.raises(NotVerified, match="key id"):
        check(made, "aac96", key=replace(made[2][made[1]["aac96"][0].tier], kid=bytes(16)))


@pytest.mark.parametrize("name", ["aac96", "flac"])
def test_a_lost_fragment_is_noticed(made, name, tmp_path):
    folder, parts, _, _ = made
    _, rendition = parts[name]
    short = tmp_path / rendition.file
    short.write_bytes((folder / rendition.file).read_bytes()[: -rendition.sizes[-1]])
    with pytest.raises(NotVerified, match="ends"):
        check(made, name, path=short)


def test_a_flipped_byte_in_flac_is_noticed(made, tmp_path):
    folder, parts, _, _ = made
    _, rendition = parts["flac"]
    data = bytearray((folder / rendition.file).read_bytes())
    data[-1000] ^= 1
    spoilt = tmp_path / rendition.file
    spoilt.write_bytes(data)
    with pytest.raises(NotVerified):
        check(made, "flac", path=spoilt)


def test_another_masters_samples_are_noticed(made):
    with pytest.raises(NotVerified, match="samples"):
        check(made, "flac", md5="0" * 32)


@pytest.mark.parametrize("wrong", [SECONDS - 0.002, SECONDS + 0.002])
def test_a_duration_off_by_two_milliseconds_is_noticed(made, wrong):
    with pytest.raises(NotVerified, match="lasts"):
        check(made, "aac96", duration_s=wrong)


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("packager", ["in=/nowhere,stream=audio,output=/nowhere/x", "--keys", "nonsense={}"]),
        ("ffmpeg", ["-decryption_key", "{}z", "-i", "/nowhere/{}"]),
    ],
)
def test_a_failing_program_does_not_tell_a_key(program, arguments):
    secret = "0123456789abcdef0123456789abcdef"
    with pytest.raises(ToolFailed) as caught:
        binaries.run(program, [each.format(secret) for each in arguments], hide=[secret])
    assert secret not in f"{caught.value} {caught.value.complaint}"
    assert str(caught.value).startswith(f"{program} ended with")


def test_a_program_that_hangs_is_stopped_and_does_not_tell_its_arguments():
    with pytest.raises(ToolFailed) as caught:
        binaries.run(
            "ffmpeg",
            ["-re", "-f", "lavfi", "-i", "anullsrc=d=60", "-metadata", "key=hush", "-f", "null", "-"],
            timeout=0.3,
        )
    assert "hush" not in str(caught.value)
