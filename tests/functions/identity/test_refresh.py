"""Refresh tokens: rotated at every use, forgiving for ten seconds, and unforgiving after that."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import boto3
import jwt
import pytest

from legato import ids
from legato.identity.model import Device, RefreshTokenRefused
from legato.identity.refresh import fingerprint

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def table(platform):
    return platform.table


@pytest.fixture
def device():
    return Device(
        id=ids.new("dev"), listener_id=ids.new("usr"), client_id="legato", name="kitchen", created_at=NOON, seen_at=NOON
    )


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def rows():
    return boto3.client("dynamodb").scan(TableName="identity")["Items"]


def test_a_token_is_good_once_and_its_successor_next(table, device):
    line = [table.sign_in(device)]
    for n in range(5):
        token, same = table.rotate(line[-1], after(600 * n))
        assert (same.id, same.listener_id, same.seen_at) == (device.id, device.listener_id, after(600 * n))
        line.append(token)
    assert len(set(line)) == 6


def test_within_the_grace_everybody_gets_the_same_successor(table, device):
    first = table.sign_in(device)
    second, _ = table.rotate(first, after(0))
    assert table.rotate(first, after(9.9))[0] == second
    assert table.rotate(second, after(600))[0]


def test_within_the_grace_a_slow_twin_gets_the_newest(table, device):
    first = table.sign_in(device)
    second, _ = table.rotate(first, after(0))
    third, _ = table.rotate(second, after(4))
    assert table.rotate(first, after(8))[0] == third


def test_after_the_grace_a_second_use_signs_the_device_out(table, device):
    first = table.sign_in(device)
    second, _ = table.rotate(first, after(0))
    with pytest.raises(RefreshTokenRefused):
        table.rotate(first, after(10.1))
    with pytest.raises(RefreshTokenRefused):
        table.rotate(second, after(10.2))
    assert not table.devices(device.listener_id, after(11))


def test_a_thief_and_his_victim_are_told_apart_by_the_next_use(table, device):
    """Both refreshed within the grace and hold one token: whoever comes second afterwards ends it for both."""
    stolen = table.sign_in(device)
    victims, _ = table.rotate(stolen, after(0))
    thiefs, _ = table.rotate(stolen, after(5))
    assert victims == thiefs
    table.rotate(thiefs, after(300))
    with pytest.raises(RefreshTokenRefused):
        table.rotate(victims, after(600))
    assert not table.devices(device.listener_id, after(601))


def test_reuse_signs_out_that_device_alone(table, device):
    other = Device(**{f: getattr(device, f) for f in device.__slots__} | {"id": ids.new("dev")})
    first, others = table.sign_in(device), table.sign_in(other)
    table.rotate(first, after(0))
    with pytest.raises(RefreshTokenRefused):
        table.rotate(first, after(60))
    assert table.rotate(others, after(61))[1].id == other.id


def test_a_run_that_broke_after_storing_the_successor_is_repeated(table, device, monkeypatch):
    first = table.sign_in(device)
    with monkeypatch.context() as broken:
        broken.setattr(type(table), "_use", lambda *_: (_ for _ in ()).throw(ConnectionError))
        with pytest.raises(ConnectionError):
            table.rotate(first, after(0))
    second, _ = table.rotate(first, after(3600))
    assert table.rotate(second, after(7200))


def test_two_clients_who_race_both_stay_signed_in(table, device):
    """Moto's conditions hold one by one; the same race runs against the whole platform in tests/local."""
    line = [table.sign_in(device)]
    with ThreadPoolExecutor(2) as pool:
        for n in range(20):
            got = {token for token, _ in pool.map(table.rotate, [line[-1]] * 2, [after(600 * n)] * 2)}
            assert len(got) == 1
            line += got
    assert all(one != other for one, other in pairwise(line))


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-1], lambda t: t + "A", lambda t: t.partition(".")[2], lambda t: "." + t, str.upper]
)
def test_what_is_not_to_the_letter_a_token_is_refused_and_harms_nobody(table, device, damage):
    token = table.sign_in(device)
    with pytest.raises(RefreshTokenRefused):
        table.rotate(damage(token), after(0))
    assert table.rotate(token, after(1))


def test_a_device_that_stays_away_is_forgotten(table, device):
    token = table.sign_in(device)
    with pytest.raises(RefreshTokenRefused):
        table.rotate(token, NOON + timedelta(days=60))


def test_a_token_is_stored_as_its_hash_and_expires_by_itself(table, device):
    token = table.sign_in(device)
    second, _ = table.rotate(token, after(0))
    stored = str(rows())
    assert fingerprint(second) in stored
    for secret in (token, second):
        assert secret not in stored
        assert secret.partition(".")[2] not in stored
    assert all("expires_at" in row for row in rows())


def test_signed_out_is_signed_out(call, me, sign_in, refresh):
    tokens = sign_in()[1]
    assert call("POST", "/v1/auth/revoke", {"refresh_token": tokens["refresh_token"]})[0] == 204
    status, problem, _ = refresh(tokens["refresh_token"])
    assert (status, problem["type"]) == (401, "/problems/refresh-token-refused")
    assert call("POST", "/v1/auth/revoke", {"refresh_token": tokens["refresh_token"]})[0] == 204
    assert call("POST", "/v1/auth/revoke", {"refresh_token": "never was one"})[0] == 204


def test_the_session_keeps_its_id_over_refreshes(me, sign_in, refresh):
    def sid(tokens):
        return jwt.decode(tokens["access_token"], options={"verify_signature": False})["sid"]

    tokens = sign_in()[1]
    assert sid(refresh(tokens["refresh_token"])[1]) == sid(tokens)
    assert sid(sign_in()[1]) != sid(tokens)


def test_a_browser_keeps_the_refresh_token_out_of_its_scripts_reach(call, me, sign_in):
    _, tokens, answer = sign_in(cookie=True)
    assert tokens["refresh_token"] is None
    [cookie] = answer["cookies"]
    value, *attributes = cookie.split("; ")
    assert set(attributes) == {"Path=/v1/auth", "HttpOnly", "Secure", "SameSite=Strict", "Max-Age=5184000"}
    body = {"grant_type": "refresh_token", "cookie": True}
    status, tokens, answer = call("POST", "/v1/auth/token", body, cookies=["theme=dark", value])
    assert (status, tokens["refresh_token"]) == (200, None)
    [renewed] = answer["cookies"]
    assert renewed.split("; ")[0] not in {value, "legato_refresh="}
    status, tokens, answer = call(
        "POST", "/v1/auth/token", body, headers={"cookie": "theme=dark; " + renewed.split("; ")[0]}
    )
    assert status == 200
    [renewed] = answer["cookies"]
    status, _, answer = call("POST", "/v1/auth/revoke", {}, cookies=[renewed.split("; ")[0]])
    assert status == 204
    assert "Max-Age=0" in answer["cookies"][0]
    assert call("POST", "/v1/auth/token", body, cookies=[renewed.split("; ")[0]])[0] == 401
    assert call("POST", "/v1/auth/token", body)[0] == 401


def test_a_laptop_without_a_certificate_gets_a_cookie_it_can_keep(call, me):
    body = {"grant_type": "password", "email": "anna@example.com", "password": "two owls at night", "cookie": True}
    _, _, answer = call("POST", "/v1/auth/token", body, headers={"cloudfront-forwarded-proto": "http"})
    assert "Secure" not in answer["cookies"][0]
