"""Give the issuer a new signing key in time, and take away those that no token needs any more.

Runs on a schedule. A run that comes twice adds nothing, and two that run at once store one new key.
"""

import uuid
from datetime import datetime
from functools import cache

from botocore.exceptions import ClientError

from legato import log, secrets
from legato.config import load
from legato.dynamo import code
from legato.identity import keys

from .settings import Settings

settings = cache(lambda: load(Settings))


def rotate(now: datetime) -> tuple[str, ...]:
    """The ids of the keys that are published after this."""
    arn = settings().signing_keys_secret
    before = secrets.client().get_secret_value(SecretId=arn)["SecretString"]
    known = keys.parse(before)
    live = keys.rotated(known, now)
    kids = tuple(key.kid for key in live)
    if live == known:
        log.info("no rotation is due", kids=kids)
        return kids
    try:
        # The request is named by what it replaces: of two runs that read the same, the second is refused.
        request = str(uuid.uuid5(uuid.NAMESPACE_URL, before))
        secrets.client().put_secret_value(SecretId=arn, SecretString=keys.dump(live), ClientRequestToken=request)
    except ClientError as fault:
        if code(fault) != "ResourceExistsException":
            raise
        return tuple(key.kid for key in keys.parse(secrets.client().get_secret_value(SecretId=arn)["SecretString"]))
    log.info("rotated", kids=kids, withdrawn=sorted({key.kid for key in known} - set(kids)))
    return kids
