import json
from hashlib import sha256

import pytest

from legato.licensing import keys
from legato.media.model import Tier

MASTERS = json.dumps({"version": 2, "masters": {"1": "11" * 32, "2": "22" * 32}})
VERSION = "trk_0123456789abcdef-0123456789abcdef"

# RFC 5869, appendix A: the three cases with SHA-256.
A1 = (
    "0b" * 22,
    "000102030405060708090a0b0c",
    "f0f1f2f3f4f5f6f7f8f9",
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
)
A2 = (
    bytes(range(0x50)).hex(),
    bytes(range(0x60, 0xB0)).hex(),
    bytes(range(0xB0, 0x100)).hex(),
    (
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    ),
)
A3 = (
    "0b" * 22,
    "",
    "",
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
)


@pytest.mark.parametrize(("master", "salt", "info", "output"), [A1, A2, A3])
def test_hkdf_gives_what_rfc_5869_says(master, salt, info, output):
    expected = bytes.fromhex(output)
    made = keys.hkdf(bytes.fromhex(master), salt=bytes.fromhex(salt), info=bytes.fromhex(info), length=len(expected))
    assert made == expected


def test_a_key_id_is_the_same_on_every_machine_and_another_for_each_tier_and_version():
    assert keys.kid(VERSION, Tier.PREMIUM) == sha256(f"legato kid|{VERSION}|premium".encode()).digest()[:16]
    assert len({keys.kid(version, tier) for version in (VERSION, VERSION + "0") for tier in Tier}) == 6


def test_a_key_follows_from_its_id_and_the_master_it_was_made_under():
    kid = keys.kid(VERSION, Tier.FREE)
    old, new = (keys.content_key(MASTERS, number, kid) for number in (1, 2))
    assert len(old) == len(new) == 16
    assert old != new
    assert old == keys.content_key(json.dumps({"version": 1, "masters": {"1": "11" * 32}}), 1, kid)


def test_new_music_is_encrypted_under_the_current_master():
    assert keys.current_version(MASTERS) == 2


def test_a_master_that_was_thrown_away_opens_nothing():
    with pytest.raises(LookupError):
        keys.content_key(MASTERS, 3, keys.kid(VERSION, Tier.FREE))
