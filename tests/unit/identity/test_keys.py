import base64
import itertools
import json
import random
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from legato.identity import keys
from legato.identity.keys import SigningKey
from legato.identity.model import ACCESS_SECONDS

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def two():
    return tuple(keys.generate(int((NOON + hours * HOUR).timestamp())) for hours in (-24, 3))


def test_keys_survive_being_a_secret_in_any_order(two):
    assert keys.parse(keys.dump(two[::-1])) == two


def test_the_youngest_key_that_has_begun_signs(two):
    old, new = two
    assert keys.signer(two, NOON) == old
    assert keys.signer(two, NOON + 3 * HOUR) == new
    assert keys.signer((new,), NOON) == new


def test_every_key_is_published_and_only_its_public_half(two):
    published = keys.key_set(two).keys
    assert [key.kid for key in published] == [key.kid for key in two]
    assert set(published[0].__dataclass_fields__) == {"kid", "n", "e", "kty", "use", "alg"}
    assert (published[0].kty, published[0].alg, published[0].use, published[0].e) == ("RSA", "RS256", "sig", "AQAB")
    assert len(base64.urlsafe_b64decode(published[0].n + "==")) * 8 == 2048


def test_a_key_is_named_by_its_thumbprint_of_rfc_7638(two):
    # The standard's own example, section 3.1.
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    number = int.from_bytes(base64.urlsafe_b64decode(n + "=="))
    assert keys.thumbprint(number, 65537) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert two[0].kid != two[1].kid


def test_pyjwt_reads_what_we_publish(two):
    token = jwt.encode({"a": 1}, two[0].private_key, algorithm="RS256")
    published = json.loads(
        json.dumps({name: getattr(keys.key_set(two).keys[0], name) for name in ("kty", "n", "e", "kid")})
    )
    assert jwt.decode(token, jwt.PyJWK(published, "RS256"), algorithms=["RS256"]) == {"a": 1}


def test_a_rotation_publishes_long_before_it_signs_and_withdraws_long_after():
    cache = timedelta(hours=2)
    live = (keys.generate(int((NOON - 24 * HOUR).timestamp())),)
    first = live[0]
    live = keys.rotated(live, NOON)
    assert (len(live), live[0]) == (2, first)
    assert keys.signer(live, NOON + cache) == first
    begins = datetime.fromtimestamp(live[1].not_before, UTC)
    assert begins - NOON > cache
    assert keys.signer(live, begins) == live[1]
    last_token_dies = begins + timedelta(seconds=ACCESS_SECONDS)
    live = keys.rotated(live, last_token_dies + cache)
    assert first in live
    live = keys.rotated(live, begins + 24 * HOUR)
    assert first not in live


def test_a_rotation_that_runs_twice_adds_one_key():
    live = keys.rotated((SigningKey(kid="old", private_key="", not_before=0),), NOON)
    assert keys.rotated(live, NOON + HOUR) == live
    assert len(keys.rotated(live, NOON + 4 * HOUR)) == 3


def test_the_first_key_signs_at_once_where_there_is_none():
    [only] = keys.rotated((), NOON)
    assert only.not_before == NOON.timestamp()


@pytest.mark.parametrize("seed", range(20))
def test_no_rotation_loses_a_request_however_old_what_others_remember(seed, monkeypatch):
    """Ten days of rotations at any moment, five minutes of an issuer that has not looked, five of a CDN, two hours of a gateway.

    Whoever signs, and whoever checks by a key set that is as old as it may be, a living token is let in.
    """
    chance, made = random.Random(seed), itertools.count()
    monkeypatch.setattr(
        keys, "generate", lambda begins: SigningKey(kid=f"k{next(made)}", private_key="", not_before=begins)
    )
    minute, life = 60, timedelta(seconds=ACCESS_SECONDS)
    stored = [keys.rotated((), NOON - 24 * HOUR)]
    for minutes in range(1, 10 * 24 * 60):
        now = NOON + timedelta(minutes=minutes)
        due = chance.random() < 1 / 200
        stored.append(keys.rotated(stored[-1], now) if due else stored[-1])
    withdrawn = 0
    for minutes in range(len(stored) - 15):
        now = NOON + timedelta(minutes=minutes)
        issuer = stored[max(0, minutes - chance.choice((0, 5)))]
        kid = keys.signer(issuer, now).kid
        for used in (0, life.seconds // minute):
            oldest = max(0, minutes + used - (5 + 5 + 120))
            for seen in (minutes + used, oldest, chance.randint(oldest, minutes + used)):
                assert kid in {key.kid for key in stored[seen]}, (minutes, used, seen)
        withdrawn += stored[minutes][0] != stored[minutes + 1][0]
    assert withdrawn >= 3, "keys have come and gone meanwhile"
