"""Passkeys, and the challenges they sign. The only module that knows their rows.

::

    pk                      sk                    what
    <listener id>           PASSKEY#<id>          a public key, and how often its authenticator says it was used
    <listener id>           CHALLENGE#<sha-256>   for a passkey that this listener is about to add
    CHALLENGE#<sha-256>     CHALLENGE             for a sign-in: nobody has said yet who he is

A challenge is deleted by whoever shows it, so that it works once, also for two who come at the same time.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from legato import dynamo
from legato.identity.model import MOST_PASSKEYS, Passkey, PasskeyKnown, PasskeyNotFound, TooManyPasskeys

CHALLENGE_SECONDS = 300
"""From the question to the answer: time to find the security key (WebAuthn level 3, section 15.1)."""
CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class PasskeyTable:
    name: str

    # --- challenges

    def challenge(self, now: datetime, listener_id: str = "") -> bytes:
        """A new one: for a sign-in, or for a passkey that *listener_id* adds."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        expires = int(now.timestamp()) + CHALLENGE_SECONDS
        dynamo.put(self.name, _challenge(challenge, listener_id) | {"expires_at": expires})
        return challenge

    def redeem(self, challenge: bytes, now: datetime, listener_id: str = "") -> bool:
        """Whether *challenge* is ours, for this purpose and this listener, still good, and shown for the first time."""
        return self._delete(_challenge(challenge, listener_id), "expires_at > :now", {":now": int(now.timestamp())})

    # --- passkeys

    def add(self, passkey: Passkey) -> None:
        """Raises `PasskeyKnown` or `TooManyPasskeys`."""
        if len(self.of(passkey.listener_id)) >= MOST_PASSKEYS:
            raise TooManyPasskeys(most=MOST_PASSKEYS)
        row = {
            **_key(passkey.listener_id, passkey.id),
            "credential_id": passkey.credential_id,
            "public_key": passkey.public_key,
            "sign_count": passkey.sign_count,
            "name": passkey.name,
            "host": passkey.host,
            "synced": passkey.synced,
            "created_at": passkey.created_at,
        }
        if not dynamo.put(self.name, row, condition="attribute_not_exists(pk)"):
            raise PasskeyKnown

    def get(self, listener_id: str, passkey_id: str) -> Passkey:
        """Raises `PasskeyNotFound`. One that was revoked just now is not found any more."""
        row = dynamo.get(self.name, _key(listener_id, passkey_id), consistent=True)
        if row is None:
            raise PasskeyNotFound
        return _passkey(row)

    def of(self, listener_id: str) -> list[Passkey]:
        """The listener's own, the oldest first."""
        condition, values = "pk = :pk AND begins_with(sk, :kind)", {":pk": listener_id, ":kind": "PASSKEY#"}
        rows = dynamo.query(self.name, condition, values, ConsistentRead=True)
        return sorted(map(_passkey, rows), key=lambda passkey: passkey.created_at)

    def used(self, passkey: Passkey, sign_count: int, now: datetime) -> bool:
        """False where it was used, or revoked, since it was read."""
        change, values = "SET sign_count = :n, used_at = :now", {":n": sign_count, ":now": now}
        return self._update(passkey, change, "sign_count = :seen", values | {":seen": passkey.sign_count})

    def rename(self, listener_id: str, passkey_id: str, name: str) -> Passkey:
        """Raises `PasskeyNotFound`."""
        passkey = self.get(listener_id, passkey_id)
        if not self._update(passkey, "SET #name = :v", "attribute_exists(pk)", {":v": name}, {"#name": "name"}):
            raise PasskeyNotFound
        return self.get(listener_id, passkey_id)

    def revoke(self, listener_id: str, passkey_id: str) -> None:
        """Raises `PasskeyNotFound`."""
        if not self._delete(_key(listener_id, passkey_id), "attribute_exists(pk)", {}):
            raise PasskeyNotFound

    def revoke_all(self, listener_id: str) -> None:
        for passkey in self.of(listener_id):
            self._delete(_key(listener_id, passkey.id), "attribute_exists(pk)", {})

    # --- rows

    def _update(
        self,
        passkey: Passkey,
        change: str,
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> bool:
        more: dict[str, Any] = {"ExpressionAttributeNames": dict(names)} if names else {}
        try:
            dynamo.client().update_item(
                TableName=self.name,
                Key=dynamo.encode(_key(passkey.listener_id, passkey.id)),
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

    def _delete(self, key: Mapping[str, str], condition: str, values: Mapping[str, Any]) -> bool:
        more: dict[str, Any] = {"ExpressionAttributeValues": dynamo.encode(values)} if values else {}
        try:
            dynamo.client().delete_item(
                TableName=self.name, Key=dynamo.encode(key), ConditionExpression=condition, **more
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _challenge(challenge: bytes, listener_id: str) -> dict[str, str]:
    name = f"CHALLENGE#{hashlib.sha256(challenge).hexdigest()}"
    return {"pk": listener_id, "sk": name} if listener_id else {"pk": name, "sk": "CHALLENGE"}


def _key(listener_id: str, passkey_id: str) -> dict[str, str]:
    return {"pk": listener_id, "sk": f"PASSKEY#{passkey_id}"}


def _passkey(row: Mapping[str, Any]) -> Passkey:
    return Passkey(
        id=row["sk"].removeprefix("PASSKEY#"),
        listener_id=row["pk"],
        credential_id=row["credential_id"],
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        name=row["name"],
        host=row["host"],
        synced=row["synced"],
        created_at=datetime.fromisoformat(row["created_at"]),
        used_at=datetime.fromisoformat(row["used_at"]) if "used_at" in row else None,
    )
