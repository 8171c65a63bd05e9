"""The custom resource that makes keys at deploy time. Private halves go into Secrets Manager and nowhere else.

Properties: ``Kind`` (rsa, tokens, master), ``SecretArn``, ``Generation``. Attribute: ``PublicKey``.
Deleting the resource deletes no key: the secret is retained, and so is what it opens.
"""

import time
import uuid
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from legato import secrets
from legato.custom_resource import Made, Request
from legato.dynamo import code

from .material import KINDS

IN_FORCE_SECONDS = (1, 2, 4, 8)
"""Pauses while the role's new policy spreads through IAM."""


def serve(request: Request) -> Made:
    """Bring the secret to the generation asked for. Twice is as good as once: what is there is never replaced."""
    arn = request.properties["SecretArn"]
    if request.kind == "Delete":
        return Made(id=arn, attributes={})
    kind, generation = KINDS[request.properties["Kind"]], int(request.properties["Generation"])
    before = _patiently(arn)
    after = kind.grown(before, generation, datetime.now(UTC))
    if after != before:
        after = _put(arn, before, after)
    return Made(id=arn, attributes={"PublicKey": kind.public(after)})


def _put(arn: str, before: str, after: str) -> str:
    """Store *after*, unless another run of the same request was quicker: then what that one stored counts."""
    token = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{arn} {before}"))
    try:
        secrets.client().put_secret_value(SecretId=arn, SecretString=after, ClientRequestToken=token)
    except ClientError as fault:
        if code(fault) != "ResourceExistsException":
            raise
        return _text(arn)
    return after


def _patiently(arn: str) -> str:
    for pause in IN_FORCE_SECONDS:
        try:
            return _text(arn)
        except ClientError as fault:
            if code(fault) != "AccessDeniedException":
                raise
        time.sleep(pause)
    return _text(arn)


def _text(arn: str) -> str:
    """The secret's text, ``""`` where it has none yet."""
    try:
        return secrets.client().get_secret_value(SecretId=arn)["SecretString"]
    except ClientError as fault:
        if code(fault) != "ResourceNotFoundException":
            raise
        return ""
