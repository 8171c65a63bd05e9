"""The one origin that listeners see: CloudFront before the buckets and both APIs."""

from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, CustomResource, Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.caching import Caching
from infra.constructs import HttpApi, acknowledge
from infra.constructs.bucket import cdn_policy
from infra.data import Data
from infra.functions.site import site
from infra.stage import Stage

ROOT = Path(__file__).parents[1]
ORIGIN_HEADER = "x-legato-origin"
NOT_KEPT = (400, 403, 404, 405, 500, 502, 503, 504)
PUBLIC = (
    "/v1/tracks*",
    "/v1/albums*",
    "/v1/artists*",
    "/v1/genres*",
    "/v1/charts*",
    "/v1/shelves*",
    "/v1/search*",
    "/v1/plans*",
)
"""The same answer for everybody in a country. What is not listed here is taken for somebody's own."""


class Delivery(Stack):
    def __init__(
        self, scope: Construct, id: str, *, stage: Stage, data: Data, identity: HttpApi | None, api: HttpApi
    ) -> None:
        super().__init__(scope, id, stack_name=f"legato-{stage.name}-delivery", description="Legato: the edge")
        self._caching = Caching(self, "Caching", stage=stage, inbox=data.inbox_bucket)
        self._edge = cloudfront.Function(
            self,
            "ViewerRequest",
            function_name=f"legato-{stage.name}-viewer-request",
            code=cloudfront.FunctionCode.from_file(file_path=str(ROOT / "infra/edge/viewer_request.js")),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            key_value_store=data.key_value_store,
            comment="Territory, takedown, revocation; hands the viewer's host on",
        )
        buckets = {"Media": data.media_bucket, "Art": data.art_bucket, "Site": data.site_bucket}
        files = {name: self._files(name, bucket) for name, bucket in buckets.items()}
        # A dynamic reference: CloudFormation puts the secret in, no template ever holds it.
        secret = f"{{{{resolve:secretsmanager:{data.origin_secret.arn}:SecretString}}}}"
        music = origins.HttpOrigin(api.domain, custom_headers={ORIGIN_HEADER: secret})
        own_issuer = {}
        if identity:
            accounts = origins.HttpOrigin(identity.domain, custom_headers={ORIGIN_HEADER: secret})
            own_issuer = {"/v1/auth/*": self._own(accounts), "/.well-known/*": self._public(accounts)}
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Legato {stage.name}, origin secret {stage.origin_secret_generation}",
            default_behavior=self._pages(files["Site"]),
            additional_behaviors={
                "/media/*": self._media(files["Media"], data.key_group),
                "/art/*": self._art(files["Art"]),
                **own_issuer,
                **{path: self._public(music) for path in PUBLIC},
                "/v1/*": self._own(music),
            },
            default_root_object="index.html",
            domain_names=list(stage.domain_names) or None,
            certificate=self._certificate(stage),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            # CloudFront keeps errors for ten seconds, whatever they say of themselves: a track published now,
            # or a licence that has just begun, would stay away for that long.
            error_responses=[cloudfront.ErrorResponse(http_status=each, ttl=Duration.seconds(0)) for each in NOT_KEPT],
            web_acl_id=stage.web_acl_arn or None,
            price_class=cloudfront.PriceClass(stage.price_class),
            enable_logging=True,
            log_bucket=data.log_bucket,
            log_file_prefix="cdn/",
            log_includes_cookies=False,
        )
        acknowledge(
            self.distribution,
            CFR1="Territory is decided a track and a listener, by the grant, the licence and the viewer-request function",
            CFR2="A web ACL costs by the request, so whoever pays for the account decides: Stage.web_acl_arn attaches one",
        )
        if not stage.domain_names:
            acknowledge(
                self.distribution,
                CFR4="Without a domain of its own the distribution has CloudFront's certificate, whose minimum AWS fixes; a Stage with domain_names gets TLSv1.2_2021",
            )
        arn = self.format_arn(
            service="cloudfront", region="", resource="distribution", resource_name=self.distribution.distribution_id
        )
        for name, bucket in buckets.items():
            cdn_policy(self, f"{name}Policy", bucket=bucket, distribution_arn=arn)
        self._web_app(data, stage)
        CfnOutput(self, "Url", value=f"https://{(*stage.domain_names, self.distribution.distribution_domain_name)[0]}")

    def _files(self, name: str, bucket: s3.IBucket) -> cloudfront.IOrigin:
        # Seen as another stack's bucket, CDK leaves its policy to us: `cdn_policy`, here and not in Data.
        foreign = s3.Bucket.from_bucket_attributes(
            self,
            f"{name}Files",
            bucket_arn=bucket.bucket_arn,
            bucket_regional_domain_name=bucket.bucket_regional_domain_name,
        )
        return origins.S3BucketOrigin.with_origin_access_control(foreign)

    def _pages(self, origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
        return self._behavior(origin, self._caching.files, response_headers_policy=self._caching.page_headers)

    def _art(self, origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
        return self._behavior(origin, self._caching.files)

    def _media(self, origin: cloudfront.IOrigin, group: cloudfront.IKeyGroup) -> cloudfront.BehaviorOptions:
        return self._behavior(
            origin,
            self._caching.media,
            origin_request_policy=self._caching.country,
            trusted_key_groups=[group],
            compress=False,
        )

    def _public(self, origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
        return self._behavior(origin, self._caching.shared, origin_request_policy=self._caching.viewer)

    def _own(self, origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
        return self._behavior(
            origin,
            self._caching.own,
            origin_request_policy=self._caching.viewer,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        )

    def _behavior(
        self, origin: cloudfront.IOrigin, cache: cloudfront.ICachePolicy, **more: Any
    ) -> cloudfront.BehaviorOptions:
        at_the_edge = cloudfront.FunctionAssociation(
            function=self._edge, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
        )
        usual = {"response_headers_policy": self._caching.plain_headers}
        return cloudfront.BehaviorOptions(
            origin=origin,
            cache_policy=cache,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            function_associations=[at_the_edge],
            **usual | more,
        )

    def _certificate(self, stage: Stage) -> acm.ICertificate | None:
        return (
            acm.Certificate.from_certificate_arn(self, "Certificate", stage.certificate_arn)
            if stage.certificate_arn
            else None
        )

    def _web_app(self, data: Data, stage: Stage) -> None:
        built = ROOT / "web/dist"
        source = assets.Asset(
            self, "WebApp", path=str(built if (built / "index.html").is_file() else ROOT / "infra/placeholder")
        )
        publisher = site(self, data, stage, source=source)
        files = CustomResource(
            self,
            "WebAppFiles",
            resource_type="Custom::Site",
            service_token=publisher.function_arn,
            properties={
                "Bucket": data.site_bucket.bucket_name,
                "SourceBucket": source.s3_bucket_name,
                "SourceKey": source.s3_object_key,
            },
        )
        files.node.add_dependency(publisher.own_role)
