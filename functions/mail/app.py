"""Mail with a link in it, by SES: to set a new password, or to prove that an address is one's own."""

from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from legato import dynamo, log
from legato.config import load
from legato.identity.links import LinkTable, Purpose
from legato.identity.mail import Wish
from legato.identity.model import Account, AccountNotFound
from legato.identity.table import IdentityTable

from .settings import Settings

settings = cache(lambda: load(Settings))
table = cache(lambda: IdentityTable(settings().identity_table))
links = cache(lambda: LinkTable(settings().identity_table))

SUBJECTS = {
    Purpose.RESET_PASSWORD: "Set a new password",
    Purpose.VERIFY_ADDRESS: "Is this your e-mail address?",
}
TEXTS = {
    Purpose.RESET_PASSWORD: "Somebody, you we hope, wants to set a new password for your account. Open this within half "
    "an hour:\n\n{link}\n\nIf it was not you, do nothing: your password stays as it is.\n",
    Purpose.VERIFY_ADDRESS: "An account was opened with this e-mail address. If it is yours, open this within half an "
    "hour:\n\n{link}\n\nIf it is not, do nothing.\n",
}
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
_FOR_GOOD = {"MessageRejected", "MailFromDomainNotVerifiedException", "AccountSuspendedException"}


@cache
def client() -> Any:
    return botocore.session.get_session().create_client("sesv2", config=_CONFIG)


def send(wish: Wish, now: datetime) -> bool:
    """Whether a mail is on its way. Nobody's address, no sender, and an address that is verified already get none."""
    if not settings().mail_from:
        return False
    try:
        account = table().account(table().listener_of(wish.address_key))
    except AccountNotFound:
        return False
    if wish.purpose is Purpose.VERIFY_ADDRESS and account.verified_at:
        return False
    token = links().issue(account.id, wish.purpose, now)
    # Behind the #, where no server and no proxy reads it.
    return _sent(account, wish.purpose, f"{wish.origin}/#/{wish.purpose}?token={token}")


def _sent(account: Account, purpose: Purpose, link: str) -> bool:
    text = TEXTS[purpose].format(link=link)
    try:
        client().send_email(
            FromEmailAddress=settings().mail_from,
            Destination={"ToAddresses": [account.email]},
            Content={
                "Simple": {
                    "Subject": {"Data": SUBJECTS[purpose], "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
                }
            },
        )
    except ClientError as fault:
        if dynamo.code(fault) not in _FOR_GOOD:
            raise  # Lambda tries twice more
        log.error("mail refused", fault, purpose=purpose)
        return False
    log.info("mail sent", purpose=purpose)
    return True
