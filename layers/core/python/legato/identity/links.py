"""Links that are mailed: whoever opens one reads the mailbox. The only module that knows their rows.

``pk=<listener id> sk=LINK#<purpose>`` → ``fingerprint``, ``expires_at``. A listener has one link of each
purpose; a new one takes the place of the old.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from botocore.exceptions import ClientError

from legato import dynamo
from legato.errors import Gone
from legato.identity.refresh import fingerprint, owner, refresh_token

LINK_SECONDS = 1800


class LinkExpired(Gone):
    """Used, half an hour old, replaced by a later one, or never ours: nobody is told which."""


class Purpose(StrEnum):
    RESET_PASSWORD = "reset-password"  # noqa: S105 -- a path
    VERIFY_ADDRESS = "verify-address"


@dataclass(frozen=True, slots=True)
class LinkTable:
    name: str

    def issue(self, listener_id: str, purpose: Purpose, now: datetime) -> str:
        """The token of a new link: 256 bits of chance, of which only the SHA-256 is stored."""
        token = refresh_token(listener_id)
        expires = int(now.timestamp()) + LINK_SECONDS
        row = _key(listener_id, purpose) | {"fingerprint": fingerprint(token), "expires_at": expires}
        dynamo.put(self.name, row)
        return token

    def redeem(self, token: str, purpose: Purpose, now: datetime) -> str:
        """The listener whose link it is. Works once, also for two who come at the same time. Raises `LinkExpired`."""
        listener_id = owner(token)
        if not listener_id:
            raise LinkExpired
        try:
            dynamo.client().delete_item(
                TableName=self.name,
                Key=dynamo.encode(_key(listener_id, purpose)),
                ConditionExpression="fingerprint = :shown AND expires_at > :now",
                ExpressionAttributeValues=dynamo.encode({":shown": fingerprint(token), ":now": int(now.timestamp())}),
            )
        except ClientError as fault:
            if dynamo.code(fault) == "ConditionalCheckFailedException":
                raise LinkExpired from fault
            raise
        return listener_id


def _key(listener_id: str, purpose: Purpose) -> dict[str, str]:
    return {"pk": listener_id, "sk": f"LINK#{purpose}"}
