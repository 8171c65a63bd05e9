"""Our account at Stripe, or its stand-in: which of the two, one secret says.

``{"api_key": "sk_…", "webhook_secret": "whsec_…"}``, and for the stand-in ``"api_base"``.
"""

import json
from functools import lru_cache
from typing import Any

import stripe
from botocore.exceptions import ClientError

from legato import secrets
from legato.dynamo import code
from legato.errors import Unavailable

TOLERANCE_SECONDS = 300
"""How old a webhook's signature may be (https://docs.stripe.com/webhooks#verify-official-libraries)."""


class BillingNotConfigured(Unavailable):
    """This deployment has no account at Stripe: its secret is empty."""


def client(secret: str) -> stripe.StripeClient:
    """Raises `BillingNotConfigured`."""
    known = _account(secret)
    return _client(known["api_key"], known.get("api_base", ""))


def webhook_secret(secret: str) -> str:
    return str(_account(secret)["webhook_secret"])


def _account(secret: str) -> dict[str, str]:
    try:
        known: Any = json.loads(secrets.read(secret))
    except ValueError:
        known = {}
    except ClientError as fault:
        if code(fault) != "ResourceNotFoundException":
            raise
        known = {}
    if not isinstance(known, dict) or not {"api_key", "webhook_secret"} <= set(known):
        raise BillingNotConfigured("no account at Stripe is configured", retry_after=3600)
    return known


@lru_cache(maxsize=2)
def _client(api_key: str, api_base: str) -> stripe.StripeClient:
    bases: Any = {"api": api_base} if api_base else {}
    return stripe.StripeClient(api_key, base_addresses=bases, max_network_retries=2)
