"""What the product packages, read by a decryptor that knows only the standards."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from legato.ingest.encode import encode
from legato.ingest.ladder import rungs, version
from legato.ingest.package import content_keys, encrypt
from legato.ingest.probe import probe
from legato.media.model import Tier
from tests import audio
from tests.cenc import decryptor

MASTERS = json.dumps({"version": 1, "masters": {"1": "5a" * 32}})
VERSION = version("trk_x", "00", key_version=1)


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packaged")
    clear, encrypted = folder / "clear", folder / "encrypted"
    clear.mkdir()
    encrypted.mkdir()
    master = folder / "master"
    master.write_bytes(audio.flac(seconds=4.3).read_bytes())
    ladder = rungs(probe(master).source)
    encode(master, ladder, clear)
    encrypt(clear, ladder, encrypted, content_keys(VERSION, MASTERS, 1))
    return {rung.name: (encrypted / f"{rung.name}.mp4").read_bytes() for rung in ladder}


@pytest.fixture(scope="module")
def keys():
    return {key.kid: key.key for key in content_keys(VERSION, MASTERS, 1).values()}


def test_flac_is_the_source_sample_for_sample(packaged, keys, tmp_path):
    out = tmp_path / "out.flac"
    out.write_bytes(decryptor.read(packaged["flac"]).stream(keys))
    assert audio.pcm_of(out) == audio.pcm_of(audio.flac(seconds=4.3))


@pytest.mark.parametrize("name", ["aac48", "aac96", "aac160", "aac320"])
def test_aac_decodes_to_the_source_and_its_padding(packaged, keys, tmp_path, name):
    media = decryptor.read(packaged[name])
    assert {sample.duration for sample in media.samples} == {1024}, (
        "the last one too: gapless players cut it themselves"
    )
    out = tmp_path / "out.aac"
    out.write_bytes(media.stream(keys))
    frames = len(audio.pcm_of(out)) // 4
    source = round(4.3 * audio.RATE)
    assert frames == 1024 * len(media.samples)
    assert source + 1024 <= frames < source + 1024 + 2 * 1024


def test_nothing_is_left_in_clear(packaged, keys):
    for data in packaged.values():
        media = decryptor.read(data)
        for hidden, plain in zip(media.encrypted(), media.decrypted(keys), strict=True):
            whole = len(plain) // 16 * 16
            assert all(hidden[i : i + 16] != plain[i : i + 16] for i in range(0, whole, 16))


def test_each_tier_has_a_key_of_its_own(packaged, keys):
    by_tier = {tier: key.kid for tier, key in content_keys(VERSION, MASTERS, 1).items()}
    assert len(set(by_tier.values())) == len(Tier)
    found = {name: decryptor.read(data).protection.kid for name, data in packaged.items()}
    assert found == {
        "aac48": by_tier[Tier.FREE],
        "aac96": by_tier[Tier.FREE],
        "aac160": by_tier[Tier.FREE],
        "aac320": by_tier[Tier.PREMIUM],
        "flac": by_tier[Tier.LOSSLESS],
    }
    with pytest.raises(decryptor.NoKeyError):
        decryptor.read(packaged["flac"]).stream({by_tier[Tier.FREE]: keys[by_tier[Tier.FREE]]})


def test_the_wrong_key_opens_nothing(packaged, keys):
    media = decryptor.read(packaged["flac"])
    right = media.decrypted(keys)
    wrong = media.decrypted({media.protection.kid: bytes(16)})
    assert all(sample[:2] == b"\xff\xf8" for sample in right), "every FLAC frame begins with its sync code"
    assert not any(sample[:2] == b"\xff\xf8" for sample in wrong[:20])


def test_the_decryptor_agrees_with_a_vector_made_by_hand():
    key, iv = hashlib.md5(b"key").digest(), hashlib.md5(b"iv").digest()
    plain = bytes(range(37))
    aes = Cipher(algorithms.AES128(key), modes.CBC(iv)).encryptor()
    hidden = aes.update(plain[:32]) + aes.finalize() + plain[32:]
    protection = decryptor.Protection("cbcs", bytes(16), iv, 0, 0)
    assert decryptor._decrypt(hidden, key, protection) == plain
