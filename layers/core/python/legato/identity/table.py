"""Listeners at rest. The only module that knows these rows.

::

    pk                       sk                    what
    ADDRESS#<address>        ADDRESS               who has the e-mail address; there is one such row or none
    <listener id>            ACCOUNT               the account
    <listener id>            DEVICE#<sid>          a signed-in device; without it its refresh tokens are dead
    <listener id>            REFRESH#<sha-256>     a refresh token, never the token itself
    <listener id>            NETWORK#<network>     where the owner has signed in from
    <listener id>            LINK#<purpose>        a mailed link (`legato.identity.links`)
    <listener id>            PASSKEY#<id>          a passkey (`legato.identity.passkeys`, challenges too)
    <listener id>            THROTTLE#<address>    the owner's own failures there
    THROTTLE#<hash|address>  THROTTLE#<kind>       failures at an account, or from a client

``expires_at`` (seconds since 1970) is the table's TTL attribute. DynamoDB deletes up to days late, so
every reader looks at it too.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.identity import throttle
from legato.identity.model import (
    GRACE_MS,
    REFRESH_SECONDS,
    REUSE_SECONDS,
    Account,
    AccountNotFound,
    AddressTaken,
    Device,
    RefreshTokenRefused,
    Role,
    SlowDown,
)
from legato.identity.refresh import fingerprint, owner, refresh_token, successor
from legato.identity.throttle import Counter

NOBODY = "usr_0000000000000000"
"""Read in place of an account that does not exist, so that the answer takes as many calls."""


@dataclass(frozen=True, slots=True)
class IdentityTable:
    name: str

    # --- accounts

    def register(self, account: Account, address_key: str) -> None:
        """Both rows or none. Raises `AddressTaken`."""
        address = {"pk": f"ADDRESS#{address_key}", "sk": "ADDRESS", "listener_id": account.id}
        puts = [
            {"Put": {"TableName": self.name, "Item": dynamo.encode(row), "ConditionExpression": _ABSENT}}
            for row in (address, _account_row(account, address_key))
        ]
        try:
            dynamo.client().transact_write_items(TransactItems=puts)  # type: ignore[arg-type]
        except ClientError as fault:
            reasons = [str(r.get("Code")) for r in fault.response.get("CancellationReasons", [])]
            if "ConditionalCheckFailed" in reasons or "TransactionConflict" in reasons:
                raise AddressTaken from fault
            raise

    def adopt(self, account: Account) -> None:
        """Somebody whose password and address another issuer keeps. May be repeated."""
        dynamo.put(self.name, _account_row(account, account.id), condition=_ABSENT)

    def listener_of(self, address_key: str) -> str:
        """The listener with this address, or `NOBODY`."""
        row = dynamo.get(self.name, {"pk": f"ADDRESS#{address_key}", "sk": "ADDRESS"})
        return str(row["listener_id"]) if row else NOBODY

    def account(self, listener_id: str) -> Account:
        """Raises `AccountNotFound`."""
        row = dynamo.get(self.name, {"pk": listener_id, "sk": "ACCOUNT"}, consistent=True)
        if row is None:
            raise AccountNotFound
        return _account(row)

    def rename(self, listener_id: str, display_name: str) -> None:
        self._change(listener_id, "SET display_name = :v", {":v": display_name})

    def verify(self, listener_id: str, now: datetime) -> None:
        """The listener reads the mail of his address."""
        self._change(listener_id, "SET verified_at = :v", {":v": now})

    def reset_password(self, listener_id: str, hashed: str) -> None:
        self._change(listener_id, "SET password = :v", {":v": hashed})

    def set_password(self, listener_id: str, hashed: str, *, instead_of: str) -> bool:
        """False where the password has changed since *instead_of* was read."""
        return self._update(
            {"pk": listener_id, "sk": "ACCOUNT"},
            "SET password = :v",
            "password = :old",
            {":v": hashed, ":old": instead_of},
        )

    def grant_role(self, address_key: str, role: Role) -> str:
        """The id of the listener who has *role* from the next refresh on. Raises `AccountNotFound`."""
        listener_id = self.listener_of(address_key)
        self._change(listener_id, "ADD #roles :v", {":v": frozenset({str(role)})}, {"#roles": "roles"})
        return listener_id

    def erase(self, listener_id: str) -> None:
        """Every row of the listener. The account goes last, so that a broken run can be repeated."""
        account = dynamo.get(self.name, {"pk": listener_id, "sk": "ACCOUNT"}, consistent=True)
        if account:
            self.forgive(throttle.by_account(account["address_key"]))
            self.forgive(throttle.by_mailbox(account["address_key"]))
            self._delete({"pk": f"ADDRESS#{account['address_key']}", "sk": "ADDRESS"})
        rows = list(dynamo.query(self.name, "pk = :pk", {":pk": listener_id}, ConsistentRead=True))
        # Without its device no token has a successor, so devices go first.
        for row in sorted(rows, key=lambda row: (row["sk"] == "ACCOUNT", not row["sk"].startswith("DEVICE#"))):
            self._delete({"pk": listener_id, "sk": row["sk"]})

    # --- devices and their refresh tokens

    def sign_in(self, device: Device) -> str:
        """Store *device* and return its first refresh token."""
        row = {
            "pk": device.listener_id,
            "sk": f"DEVICE#{device.id}",
            "client_id": device.client_id,
            "name": device.name,
            "created_at": device.created_at,
            "seen_at": device.seen_at,
            "expires_at": int(device.seen_at.timestamp()) + REFRESH_SECONDS,
        }
        dynamo.put(self.name, row)
        token = refresh_token(device.listener_id)
        self._put_token(token, device.listener_id, device.id, device.seen_at)
        return token

    def rotate(self, token: str, now: datetime) -> tuple[str, Device]:
        """The refresh token after *token*, and the device they belong to. Raises `RefreshTokenRefused`.

        Any number of callers within the grace are answered alike. The successor is stored before *token* is
        marked as used, so a run that breaks in between is simply repeated. A use after the grace means that two
        parties hold the line: the device is signed out.
        """
        row = self._token(token, now)
        for _ in range(8):  # behind a slow twin the line may be some steps on; the twin's newest is everybody's
            device = self._seen(row, now)
            used_at = row.get("used_at")
            if used_at is not None and used_at < _ms(now) - GRACE_MS:
                self.sign_out(device.listener_id, device.id)
                raise RefreshTokenRefused
            token = successor(token, row["salt"])
            self._put_token(token, device.listener_id, device.id, now)
            if used_at is None:
                self._use(row, now)
                return token, device
            row = self._token(token, now)
            if "used_at" not in row:
                return token, device
        raise RefreshTokenRefused

    def device_of(self, token: str, now: datetime) -> tuple[str, str]:
        """Listener and device of a refresh token, used or not. Raises `RefreshTokenRefused`."""
        row = self._token(token, now)
        return row["pk"], row["sid"]

    def devices(self, listener_id: str, now: datetime) -> list[Device]:
        rows = self._rows(listener_id, "DEVICE#")
        return [_device(row) for row in rows if row["expires_at"] > now.timestamp()]

    def sign_out(self, listener_id: str, sid: str) -> bool:
        """From here on no refresh token of the device is good. False where there was no such device."""
        return self._delete({"pk": listener_id, "sk": f"DEVICE#{sid}"})

    def sign_out_everywhere(self, listener_id: str, now: datetime, *, but: str = "") -> None:
        for device in self.devices(listener_id, now):
            if device.id != but:
                self._delete({"pk": listener_id, "sk": f"DEVICE#{device.id}"})

    # --- throttling

    def charge(self, counter: Counter, now: datetime) -> None:
        """Count an attempt as failed, before it is looked at. Raises `SlowDown`, and counts nothing, if it must wait."""
        key = _counter_key(counter)
        seconds, moment = int(now.timestamp()), _ms(now)
        row = dynamo.get(self.name, key, consistent=True)
        if row and row["expires_at"] <= seconds:
            # Several may find it so: one of them starts the counter anew, the others count on from there.
            self._delete(key, "expires_at = :seen", {":seen": row["expires_at"]})
            row = dynamo.get(self.name, key, consistent=True)
        failures, until = (row["failures"], row["until"]) if row else (0, 0)
        if until > moment:
            raise _slow_down(until - moment)
        if failures < counter.free:
            values = {":keep": seconds + throttle.FORGOTTEN_SECONDS, ":zero": 0, ":one": 1, ":free": counter.free}
            if self._update(key, _COUNT, _FREE, values, _UNTIL):
                return
        # One attempt fits into each wait, and the first that writes has it.
        failures = max(failures, counter.free)
        wait = counter.wait_ms(failures + 1)
        keep = seconds + wait // 1000 + throttle.FORGOTTEN_SECONDS
        values = {":seen": failures, ":n": failures + 1, ":until": moment + wait, ":now": moment, ":keep": keep}
        if not self._update(key, _COUNT_AND_WAIT, _MY_TURN, values, _UNTIL):
            raise _slow_down(wait)

    def refund(self, counter: Counter) -> None:
        """The attempt that was charged last was right."""
        key = _counter_key(counter)
        self._update(
            key, "SET #until = :zero ADD failures :less", "failures > :zero", {":zero": 0, ":less": -1}, _UNTIL
        )

    def forgive(self, counter: Counter) -> None:
        """The owner is in: what was counted before does not matter."""
        self._delete(_counter_key(counter))

    def knows_network(self, listener_id: str, network: str, now: datetime) -> bool:
        row = dynamo.get(self.name, {"pk": listener_id, "sk": f"NETWORK#{network}"})
        return row is not None and row["expires_at"] > now.timestamp()

    def know_network(self, listener_id: str, network: str, now: datetime) -> None:
        expires = int(now.timestamp()) + throttle.KNOWN_SECONDS
        dynamo.put(self.name, {"pk": listener_id, "sk": f"NETWORK#{network}", "expires_at": expires})

    # --- rows

    def _rows(self, listener_id: str, kind: str) -> list[dict[str, Any]]:
        condition, values = "pk = :pk AND begins_with(sk, :kind)", {":pk": listener_id, ":kind": kind}
        return list(dynamo.query(self.name, condition, values, ConsistentRead=True))

    def _token(self, token: str, now: datetime) -> dict[str, Any]:
        listener_id = owner(token)
        key = {"pk": listener_id, "sk": f"REFRESH#{fingerprint(token)}"}
        row = dynamo.get(self.name, key, consistent=True) if listener_id else None
        if row is None or row["expires_at"] <= now.timestamp():
            raise RefreshTokenRefused
        return row

    def _put_token(self, token: str, listener_id: str, sid: str, now: datetime) -> None:
        row = {
            "pk": listener_id,
            "sk": f"REFRESH#{fingerprint(token)}",
            "sid": sid,
            "salt": secrets.token_bytes(32),
            "expires_at": int(now.timestamp()) + REFRESH_SECONDS,
        }
        dynamo.put(self.name, row, condition=_ABSENT)

    def _use(self, row: Mapping[str, Any], now: datetime) -> None:
        """Mark a refresh token as used, unless a twin has done so."""
        self._update(
            {"pk": row["pk"], "sk": row["sk"]},
            "SET used_at = :now, expires_at = :keep",
            "attribute_exists(pk) AND attribute_not_exists(used_at)",
            {":now": _ms(now), ":keep": int(now.timestamp()) + REUSE_SECONDS},
        )

    def _seen(self, row: Mapping[str, Any], now: datetime) -> Device:
        """The row's device, which is there and was seen now. Raises `RefreshTokenRefused`."""
        try:
            answer = dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode({"pk": row["pk"], "sk": f"DEVICE#{row['sid']}"}),
                UpdateExpression="SET seen_at = :now, expires_at = :keep",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues=dynamo.encode({":now": now, ":keep": int(now.timestamp()) + REFRESH_SECONDS}),
                ReturnValues="ALL_NEW",
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                raise RefreshTokenRefused from fault
            raise
        return _device(dynamo.decode(answer["Attributes"]))

    def _change(
        self, listener_id: str, change: str, values: Mapping[str, Any], names: Mapping[str, str] | None = None
    ) -> None:
        if not self._update({"pk": listener_id, "sk": "ACCOUNT"}, change, "attribute_exists(pk)", values, names):
            raise AccountNotFound

    def _update(
        self,
        key: Mapping[str, Any],
        change: str,
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> bool:
        more: dict[str, Any] = {"ExpressionAttributeNames": dict(names)} if names else {}
        try:
            dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(key),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues=dynamo.encode(values),
                **more,
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _delete(self, key: Mapping[str, Any], condition: str = "", values: Mapping[str, Any] | None = None) -> bool:
        """Whether there was something to delete, and *condition* held."""
        more: dict[str, Any] = {}
        if condition:
            more = {"ConditionExpression": condition, "ExpressionAttributeValues": dynamo.encode(values or {})}
        try:
            gone = dynamo.client().delete_item(
                TableName=self.name, Key=dynamo.encode(key), ReturnValues="ALL_OLD", **more
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                return False
            raise
        return "Attributes" in gone


_ABSENT = "attribute_not_exists(pk)"
_UNTIL = {"#until": "until"}
_COUNT = "SET expires_at = :keep, #until = if_not_exists(#until, :zero) ADD failures :one"
_FREE = "attribute_not_exists(failures) OR failures < :free"
_COUNT_AND_WAIT = "SET failures = :n, #until = :until, expires_at = :keep"
_MY_TURN = "failures = :seen AND #until <= :now"


def _counter_key(counter: Counter) -> dict[str, str]:
    return {"pk": counter.whose, "sk": f"THROTTLE#{counter.kind}"}


def _slow_down(wait_ms: int) -> SlowDown:
    return SlowDown(retry_after=max(1, -(-wait_ms // 1000)))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _account_row(account: Account, address_key: str) -> dict[str, Any]:
    return {
        "pk": account.id,
        "sk": "ACCOUNT",
        "email": account.email,
        "address_key": address_key,
        "display_name": account.display_name,
        "password": account.password,
        "roles": frozenset(map(str, account.roles)),
        "created_at": account.created_at,
        "verified_at": account.verified_at,
    }


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        id=row["pk"],
        email=row["email"],
        display_name=row["display_name"],
        password=row["password"],
        roles=frozenset(map(Role, row["roles"])),
        created_at=_time(row["created_at"]),
        verified_at=_time(row["verified_at"]) if "verified_at" in row else None,
    )


def _device(row: Mapping[str, Any]) -> Device:
    return Device(
        id=row["sk"].removeprefix("DEVICE#"),
        listener_id=row["pk"],
        client_id=row["client_id"],
        name=row["name"],
        created_at=_time(row["created_at"]),
        seen_at=_time(row["seen_at"]),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
