"""What CloudFront keeps, what it tells the origins, and what it tells browsers."""

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.stage import Stage

COUNTRY = "CloudFront-Viewer-Country"
# Named one by one: a policy of all viewer headers would hand the API CloudFront's Host, which it refuses, and
# "all except Host" leaves out CloudFront's own headers. CloudFront allows ten.
VIEWER_HEADERS = (
    COUNTRY,
    "CloudFront-Viewer-Address",
    "CloudFront-Forwarded-Proto",
    "x-legato-host",
    "x-licence-token",
    "content-type",
    "idempotency-key",
    "stripe-signature",
    "user-agent",
)
# {uploads} is the inbox, to which the operator's browser sends masters. shaka-player fetches inline manifests as data: and feeds the decoder from blob:; Svelte sets style attributes.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "connect-src 'self' blob: data: {uploads}; "
    "media-src 'self' blob: data:; "
    "img-src 'self' blob: data:; "
    "style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; "
    "worker-src 'self' blob:; "
    "object-src 'none'; "
    "base-uri 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)


class Caching(Construct):
    """The policies of the distribution's behaviours."""

    def __init__(self, scope: Construct, id: str, *, stage: Stage, inbox: s3.IBucket) -> None:
        super().__init__(scope, id)
        self._prefix = f"legato-{stage.name}"  # names of policies are the account's, not the stack's
        keys = cloudfront.CacheHeaderBehavior
        asked = cloudfront.CacheQueryStringBehavior.all()
        # The signature is in the query string and the listener in the path; neither is part of the key.
        self.media = self._kept("Media", "Encrypted media, immutable", default=365, longest=365, compress=False)
        self.files = self._kept("Files", "Art and the web app: as long as the object says", default=0, longest=365)
        self.shared = cloudfront.CachePolicy(
            self,
            "Shared",
            cache_policy_name=f"{self._prefix}-shared",
            comment="Public API: one answer a country, for as long as it says, a minute at most",
            header_behavior=keys.allow_list(COUNTRY),
            query_string_behavior=asked,
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.seconds(60),
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        )
        # With a maximum of 0 CloudFront would let no header into the key, and then hand no token on.
        self.own = cloudfront.CachePolicy(
            self,
            "Own",
            cache_policy_name=f"{self._prefix}-own",
            comment="The listener's own: never shared, and not kept where the answer says no-store",
            header_behavior=keys.allow_list("Authorization", COUNTRY),
            query_string_behavior=asked,
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.seconds(1),
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        )
        seen = cloudfront.OriginRequestHeaderBehavior
        self.country = cloudfront.OriginRequestPolicy(
            self,
            "Country",
            origin_request_policy_name=f"{self._prefix}-country",
            comment="The country, for the viewer-request function; not in the key, so all share one object",
            header_behavior=seen.allow_list(COUNTRY),
        )
        self.viewer = cloudfront.OriginRequestPolicy(
            self,
            "Viewer",
            origin_request_policy_name=f"{self._prefix}-viewer",
            comment="Who asks and from where, for the APIs",
            header_behavior=seen.allow_list(*VIEWER_HEADERS),
            query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
            cookie_behavior=cloudfront.OriginRequestCookieBehavior.allow_list("legato_refresh"),
        )
        self.plain_headers = self._headers("PlainHeaders", "default-src 'none'; frame-ancestors 'none'")
        # SDKs sign for the region's name of the bucket, and in us-east-1 for the one without a region.
        uploads = f"https://{inbox.bucket_regional_domain_name} https://{inbox.bucket_domain_name}"
        self.page_headers = self._headers("PageHeaders", CONTENT_SECURITY_POLICY.format(uploads=uploads))

    def _kept(
        self, id: str, about: str, *, default: int, longest: int, compress: bool = True
    ) -> cloudfront.CachePolicy:
        return cloudfront.CachePolicy(
            self,
            id,
            cache_policy_name=f"{self._prefix}-{id.lower()}",
            comment=about,
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.days(default),
            max_ttl=Duration.days(longest),
            enable_accept_encoding_brotli=compress,
            enable_accept_encoding_gzip=compress,
        )

    def _headers(self, id: str, policy: str) -> cloudfront.ResponseHeadersPolicy:
        referrer = cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN
        return cloudfront.ResponseHeadersPolicy(
            self,
            id,
            response_headers_policy_name=f"{self._prefix}-{id.lower()}",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=policy, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(referrer_policy=referrer, override=True),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=False, override=True
                ),
            ),
        )
