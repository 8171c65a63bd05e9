import base64
import json
from dataclasses import replace

import pytest

from legato.licensing import token
from legato.licensing.token import LicenceClaims, LicenceTokenRefused
from legato.media.model import Tier

CLAIMS = LicenceClaims(
    listener_id="usr_anna",
    session_id="ses_1",
    sid="dev_1",
    track_id="trk_1",
    version="trk_1-0000000000000000",
    tiers=(Tier.FREE, Tier.PREMIUM),
    key_version=1,
    expires=2000,
)
SECRET, OLD = "s" * 64, "o" * 64


def read(text, *, listener_id="usr_anna", sid="dev_1", now=1000, accepted=(SECRET,)):
    return token.read(text, accepted, listener_id=listener_id, sid=sid, now=now)


def test_what_is_minted_can_be_read():
    assert read(token.mint(CLAIMS, SECRET)) == CLAIMS


def test_a_token_is_good_until_the_second_it_expires():
    text = token.mint(CLAIMS, SECRET)
    assert read(text, now=1999)
    with pytest.raises(LicenceTokenRefused, match="expired"):
        read(text, now=2000)


def test_a_token_serves_only_the_listener_it_was_made_for():
    with pytest.raises(LicenceTokenRefused, match="another listener"):
        read(token.mint(CLAIMS, SECRET), listener_id="usr_ben")


def test_a_token_serves_only_the_device_it_was_made_for():
    with pytest.raises(LicenceTokenRefused, match="another device"):
        read(token.mint(CLAIMS, SECRET), sid="dev_2")


def test_during_a_rotation_both_secrets_are_good_and_afterwards_one():
    text = token.mint(CLAIMS, OLD)
    assert read(text, accepted=(SECRET, OLD)) == CLAIMS
    with pytest.raises(LicenceTokenRefused):
        read(text, accepted=(SECRET,))


def test_an_empty_secret_accepts_nothing():
    with pytest.raises(LicenceTokenRefused):
        read(token.mint(CLAIMS, ""), accepted=("",))


def test_every_changed_byte_is_noticed():
    text = token.mint(CLAIMS, SECRET)
    for at in range(len(text)):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(LicenceTokenRefused):
            read(changed)


def test_better_tiers_cannot_be_written_in():
    kind, content, mac = token.mint(replace(CLAIMS, tiers=(Tier.FREE,)), SECRET).split(".")
    claims = json.loads(base64.urlsafe_b64decode(content + "=="))
    claims["tiers"] = ["free", "premium", "lossless"]
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    with pytest.raises(LicenceTokenRefused):
        read(f"{kind}.{forged}.{mac}")


@pytest.mark.parametrize("text", ["", ".", "..", "lt1..", "lt1.e30.", "x", "lt1." + "é" * 9 + ".x", "\x00"])
def test_what_is_no_token_is_refused_and_breaks_nothing(text):
    with pytest.raises(LicenceTokenRefused):
        read(text)
