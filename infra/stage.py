"""What differs between one deployment of Legato and another, and nothing else."""

from dataclasses import dataclass, replace
from typing import Any

HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment. Everything a stack may vary by stands here, typed and with its unit."""

    name: str
    arch: str = "arm64"
    """``arm64`` or ``x86_64``: what the Lambdas run on. ``host``: this machine and its own Python, for the laptop."""
    domain_names: tuple[str, ...] = ()
    """The viewers' own domains. None: the distribution's ``*.cloudfront.net`` name."""
    web_acl_arn: str = ""
    """A web ACL of AWS WAF, in us-east-1; it costs by the request."""
    certificate_arn: str = ""
    """ACM certificate for the domains, in us-east-1, as CloudFront asks."""
    log_retention: str = "TWO_WEEKS"
    """A member of ``aws_logs.RetentionDays``."""
    access_log_days: int = 90
    deletion_protection: bool = False
    """Tables refuse to be deleted, even by hand."""
    stream_hours: int = 24
    """How long events wait for a consumer that is broken."""
    stream_shards: int = 1
    """Shards of the event stream; 0 is on-demand, which costs four times as much at rest and needs no planning."""
    grant_seconds: int = 3600
    """How long a media signature opens its track."""
    requests_per_second: int = 200
    burst: int = 400
    memory_mb: int = 1024
    encode_memory_mb: int = 3008
    price_class: str = "PRICE_CLASS_100"
    """A member of ``aws_cloudfront.PriceClass``."""
    media_key_generations: tuple[int, ...] = (1,)
    """CloudFront accepts signatures of each. Rotate: add one, deploy; sign with it, deploy; drop the old, deploy."""
    media_key_signing: int = 1
    origin_secret_generation: int = 1
    """Raised by one after the secret was rotated, CloudFront learns the new value: CloudFormation looks a secret up
    again only where something else changes."""
    token_key_generation: int = 1
    """Raised by one, the issuer gains a key beside the old ones."""
    content_master_generation: int = 1
    """Raised by one, new packages get keys from a new master; the old ones stay readable."""
    play_key_generation: int = 1
    """Raised by one, new play ids carry the MAC of a new key; plays under the old ones still count."""
    alarm_email: str = ""
    mail_from: str = ""
    """A sender that SES has verified, for links by mail. None: accounts work without, nobody resets a password."""
    mail_identity: str = ""
    """The SES identity that vouches for the sender: unless told otherwise the sender's whole domain."""
    issuer: str = ""
    """Another OpenID provider's issuer URL, to the letter, in place of our own accounts (docs/identity.md)."""
    audience: str = "legato"
    """``aud`` of the access tokens, or their ``client_id`` where the provider sets no ``aud``."""
    admin_scope: str = "admin"
    """The scope that operators' tokens carry; Cognito cannot name one without its resource server's prefix."""

    def __post_init__(self) -> None:
        if self.issuer and not self.issuer.startswith("https://"):
            raise ValueError(f"an issuer is an https:// URL, not {self.issuer!r}")


STAGES = {
    "dev": Stage(name="dev"),
    "prod": Stage(
        name="prod",
        log_retention="THREE_MONTHS",
        access_log_days=365,
        deletion_protection=True,
        stream_hours=168,
        stream_shards=0,
        requests_per_second=5000,
        burst=5000,
        price_class="PRICE_CLASS_ALL",
    ),
}


FROM_CONTEXT = ("mail_from", "mail_identity", "issuer", "audience", "admin_scope")
"""What ``cdk deploy -c name=value`` may say, too."""


def stage_named(name: str, *, arch: str, **changes: Any) -> Stage:
    """Raises `KeyError` for a stage nobody wrote down, `ValueError` for a processor Lambda has not.

    *changes* are fields for this run alone: those of `FROM_CONTEXT`, where somebody gave them.
    """
    if arch not in {"arm64", "x86_64", HOST}:
        raise ValueError(f"arch is arm64, x86_64 or host, not {arch!r}")
    return replace(STAGES[name], arch=arch, **changes)
