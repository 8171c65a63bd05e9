"""A private bucket that outlives its stack."""

from typing import Any, cast

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.constructs.python_function import PythonFunction


class Bucket(s3.Bucket):
    """Encrypted, closed to the public, TLS only, retained.

    ``behind_cdn``: CloudFront reads it, so its one bucket policy names the distribution and stands in the
    distribution's stack (`cdn_policy`): here it would make the two stacks need each other.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        logs: s3.IBucket | None = None,
        behind_cdn: bool = False,
        expire_days: int | None = None,
        undo_days: int | None = None,
        announce: bool = False,
        **props: Any,
    ) -> None:
        rules = []
        if expire_days:
            rules.append(s3.LifecycleRule(expiration=Duration.days(expire_days)))
        if undo_days:
            rules.append(s3.LifecycleRule(noncurrent_version_expiration=Duration.days(undo_days)))
        rules.append(s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)))
        super().__init__(
            scope,
            id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=not behind_cdn,
            server_access_logs_bucket=logs,
            server_access_logs_prefix=f"s3/{id.lower()}/" if logs else None,
            versioned=bool(undo_days),
            lifecycle_rules=rules,
            removal_policy=RemovalPolicy.RETAIN,
            **props,
        )
        # An export of our own naming: cdk-nag writes it into its findings, and `allow` has to name them.
        self._export = f"{Stack.of(self).stack_name}:{id}Arn"
        self._exported = Stack.of(self).export_value(self.bucket_arn, name=self._export)
        if announce:
            # The property of the resource itself: CDK's own switch would deploy a Lambda to set it.
            plain = cast("s3.CfnBucket", self.node.default_child)
            plain.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)
        if behind_cdn:
            acknowledge(
                self, S10="Its policy refuses plain HTTP too, and stands in the Delivery stack beside the distribution"
            )

    def allow(self, function: PythonFunction, *actions: str, below: str) -> None:
        """``allow(f, "GetObject", below="inbox/")``: these actions on the objects under one prefix, from another stack."""
        function.allow(*(f"s3:{action}" for action in actions), on=f"{self._exported}/{below}*")
        finding = f"IAM5[Resource::{self._export}/{below}*]"
        acknowledge(
            function.own_role,
            **{finding: "Objects have no names yet when the template is written: one bucket, one prefix"},
        )

    def allow_list(self, function: PythonFunction) -> None:
        """List the keys, and be told 404 and not 403 where one is missing."""
        function.allow("s3:ListBucket", on=self._exported)


def cdn_policy(scope: Construct, id: str, *, bucket: s3.IBucket, distribution_arn: str) -> s3.CfnBucketPolicy:
    """The whole policy of a ``behind_cdn`` bucket: read by this one distribution, and nothing without TLS."""
    everything = f"{bucket.bucket_arn}/*"
    return s3.CfnBucketPolicy(
        scope,
        id,
        bucket=bucket.bucket_name,
        policy_document={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Action": "s3:*",
                    "Resource": [bucket.bucket_arn, everything],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudfront.amazonaws.com"},
                    "Action": "s3:GetObject",
                    "Resource": everything,
                    "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
                },
            ],
        },
    )
