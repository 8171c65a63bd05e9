"""Keys: for the listener, session, track and tiers that a grant named, and only while all of that still holds."""

import json
from dataclasses import replace

import pytest

from functions.licences import app as licences
from legato.billing.model import Plan
from legato.licensing import keys, token
from legato.media.model import Tier
from tests.functions.listening import FIRST, LAPTOP, MASTERS, OPEN, SECOND, b64, slug
from tests.grants import a_package

VERSION = a_package(FIRST.id).version


def tiers(answer):
    by_kid = {b64(keys.kid(VERSION, tier)): tier for tier in Tier}
    return {by_kid[key["kid"]] for key in answer["keys"]}


def test_one_licence_opens_every_tier_of_the_plan(play, licence):
    status, answer = licence(play(FIRST)["grants"][0])
    assert status == 200
    assert answer["type"] == "temporary"
    assert {key["kid"]: key["k"] for key in answer["keys"]} == {
        b64(kid): b64(keys.content_key(MASTERS, 1, kid)) for kid in (keys.kid(VERSION, tier) for tier in Tier)
    }
    assert {key["kty"] for key in answer["keys"]} == {"oct"}


@pytest.mark.parametrize(
    ("who", "opened"),
    [("usr_carl", {Tier.FREE}), ("usr_ben", {Tier.FREE, Tier.PREMIUM}), ("usr_anna", set(Tier))],
)
def test_a_plan_is_given_the_keys_of_its_tiers_and_no_other(play, licence, who, opened):
    assert tiers(licence(play(FIRST, who=who)["grants"][0], who=who)[1]) == opened


def test_after_a_downgrade_the_better_keys_are_gone(house, play, licence):
    [grant] = play(FIRST)["grants"]
    house.billing.put_plan("usr_anna", Plan.FREE)
    assert tiers(licence(grant)[1]) == {Tier.FREE}
    status, problem = licence(grant, kids=[keys.kid(VERSION, Tier.LOSSLESS)])
    assert (status, slug(problem), problem["needs"]) == (403, "plan-too-low", "hifi")


def test_after_a_takedown_there_are_no_keys(call, play, licence):
    [grant] = play(FIRST)["grants"]
    call("POST", f"/v1/admin/takedowns/{FIRST.id}", {"reason": "claim"})
    status, problem = licence(grant)
    assert (status, slug(problem)) == (451, "taken-down")


def test_a_grant_does_not_travel_to_a_country_without_rights(call, play, licence):
    call("PUT", f"/v1/admin/rights/{FIRST.id}", {"deals": [OPEN | {"territories": ["SE"]}]})
    [grant] = play(FIRST)["grants"]
    assert licence(grant)[0] == 200
    status, problem = licence(grant, country="DE")
    assert (status, slug(problem), problem["territory"]) == (403, "not-licensed-here", "DE")


def test_a_session_that_was_taken_over_gets_no_more_keys(play, licence):
    [grant] = play(FIRST, who="usr_ben")["grants"]
    play(FIRST, who="usr_ben", device=LAPTOP, take_over=True)
    status, problem = licence(grant, who="usr_ben")
    assert (status, slug(problem)) == (403, "session-ended")


def test_a_grant_opens_nothing_on_another_device_of_its_listener(play, licence):
    [grant] = play(FIRST)["grants"]
    status, problem = licence(grant, sid="dev_2")
    assert (status, slug(problem)) == (403, "licence-token-refused")
    assert licence(grant)[0] == 200


def test_a_listener_in_mid_song_still_gets_keys_after_the_song_was_delivered_anew(house, play, licence):
    [old] = play(FIRST)["grants"]
    house.media.put(replace(a_package(FIRST.id), version=f"{FIRST.id}-zzzzzzzzzzzzzzzz"))
    assert tiers(licence(old)[1]) == set(Tier)
    [new] = play(FIRST)["grants"]
    assert "zzzzzzzzzzzzzzzz" in new["media"]["url"]


def test_keys_of_another_track_are_not_given(play, licence):
    [grant] = play(FIRST)["grants"]
    status, problem = licence(grant, kids=[keys.kid(a_package(SECOND.id).version, Tier.FREE)])
    assert (status, slug(problem)) == (403, "key-not-granted")


def test_somebody_elses_grant_opens_nothing(play, licence):
    [grant] = play(FIRST)["grants"]
    status, problem = licence(grant, who="usr_ben")
    assert (status, slug(problem)) == (403, "licence-token-refused")


def test_without_a_token_or_with_a_forged_one_there_are_no_keys(play, licence):
    [grant] = play(FIRST)["grants"]
    kind, content, mac = grant["licence_token"].split(".")
    for forged in ("", "x", f"{kind}.{content}.{mac[::-1]}", f"{kind}.{content}"):
        status, problem = licence(grant, token=forged)
        assert (status, slug(problem)) == (403, "licence-token-refused")


def test_a_token_expires_with_its_signature(play, licence):
    [grant] = play(FIRST)["grants"]
    claims = token.read(grant["licence_token"], ["l" * 64], listener_id="usr_anna", sid="dev_1", now=0)
    expired = token.mint(
        type(claims)(**{name: getattr(claims, name) for name in claims.__slots__} | {"expires": 1}), "l" * 64
    )
    assert licence(grant, token=expired)[0] == 403


def test_a_token_of_the_secret_before_this_one_is_good_while_it_rotates(house, play, licence):
    [grant] = play(FIRST)["grants"]
    house.vault.put_secret_value(SecretId="LICENCE_SECRET", SecretString="n" * 64)
    licences.secrets.forget()
    assert licence(grant)[0] == 200


def test_what_was_encrypted_under_the_old_master_keeps_its_keys(house, play, licence):
    [grant] = play(FIRST)["grants"]
    turned = json.dumps({"version": 2, "masters": json.loads(MASTERS)["masters"] | {"2": "cd" * 32}})
    house.vault.put_secret_value(SecretId="CONTENT_MASTER_SECRET", SecretString=turned)
    licences.secrets.forget()
    _, answer = licence(grant)
    assert {key["k"] for key in answer["keys"]} == {
        b64(keys.content_key(MASTERS, 1, keys.kid(VERSION, tier))) for tier in Tier
    }


def test_a_country_is_believed_only_from_the_edge(play, licence):
    status, problem = licence(play(FIRST)["grants"][0], origin="x")
    assert (status, slug(problem)) == (403, "not-through-the-edge")


@pytest.mark.parametrize("body", [{}, {"kids": []}, {"kids": ["?"]}, {"kids": "x"}])
def test_a_malformed_request_is_refused(call, body):
    status, problem = call("POST", "/v1/licences/clearkey", body)
    assert (status, slug(problem)) == (422, "malformed-request")


def test_a_persistent_licence_is_not_to_be_had(play, call):
    [grant] = play(FIRST)["grants"]
    body = {"kids": [b64(keys.kid(VERSION, Tier.FREE))], "type": "persistent-license"}
    status, problem = call("POST", "/v1/licences/clearkey", body, headers={"x-licence-token": grant["licence_token"]})
    assert (status, slug(problem)) == (403, "persistent-licence")


@pytest.mark.parametrize("system", ["widevine", "playready", "fairplay"])
def test_without_a_vendor_its_drm_system_is_refused_by_name(call, system):
    status, problem = call("POST", f"/v1/licences/{system}", raw="\x08\x04")
    assert (status, slug(problem), problem["system"].lower()) == (404, "drm-system-not-configured", system)
