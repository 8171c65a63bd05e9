"""What must outlive everything: tables, buckets, the event stream, keys. Needs no other stack."""

from typing import cast

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs import Bucket, KeyPair, Secret, Table, acknowledge
from infra.functions.key_pair import key_pair
from infra.stage import Stage


class Data(Stack):
    """Retained: deleting this stack deletes no music, no account and no key."""

    def __init__(self, scope: Construct, id: str, *, stage: Stage) -> None:
        super().__init__(scope, id, stack_name=f"legato-{stage.name}-data", description="Legato: what is kept")
        self._tables(stage)
        self._buckets(stage)
        self._keys(stage)
        self._billing()
        self.event_stream = kinesis.Stream(
            self,
            "EventStream",
            stream_mode=kinesis.StreamMode.PROVISIONED if stage.stream_shards else kinesis.StreamMode.ON_DEMAND,
            shard_count=stage.stream_shards or None,
            encryption=kinesis.StreamEncryption.MANAGED,
            retention_period=Duration.hours(stage.stream_hours),
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _tables(self, stage: Stage) -> None:
        self.identity = Table(self, "Identity", stage=stage, expires=True)
        self.catalog = Table(self, "Catalog", stage=stage, stream=True, listing=True)
        self.rights = Table(self, "Rights", stage=stage, stream=True)
        self.media = Table(self, "Media", stage=stage)
        self.playback = Table(self, "Playback", stage=stage, stream=True, expires=True)
        self.billing = Table(self, "Billing", stage=stage)
        self.library = Table(self, "Library", stage=stage)
        self.telemetry = Table(self, "Telemetry", stage=stage, stream=True)
        self.ingest = Table(self, "Ingest", stage=stage, listing=True)
        self.audit = Table(self, "Audit", stage=stage, listing=True)

    def _buckets(self, stage: Stage) -> None:
        self.log_bucket = Bucket(
            self,
            "LogBucket",
            expire_days=stage.access_log_days,
            # CloudFront's standard logs are delivered by an ACL.
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
        )
        acknowledge(self.log_bucket, S1="It is where access logs go; logging its own writes would never end")
        logs = self.log_bucket
        # Masters stay: a label hands them over once, and every ladder to come is made from them.
        self.inbox_bucket = Bucket(self, "InboxBucket", logs=logs, undo_days=30, announce=True)
        # The operator's browser uploads to S3 itself. From any page: the presigned address is the permission.
        self.inbox_bucket.add_cors_rule(
            allowed_methods=[s3.HttpMethods.PUT],
            allowed_origins=["*"],
            allowed_headers=["content-type", "x-amz-checksum-sha256"],
        )
        self.work_bucket = Bucket(self, "WorkBucket", logs=logs, expire_days=7)
        self.media_bucket = Bucket(self, "MediaBucket", logs=logs, behind_cdn=True, undo_days=30)
        self.art_bucket = Bucket(self, "ArtBucket", logs=logs, behind_cdn=True, undo_days=30)
        self.index_bucket = Bucket(self, "IndexBucket", logs=logs)
        self.site_bucket = Bucket(self, "SiteBucket", logs=logs, behind_cdn=True)
        self.failure_bucket = Bucket(self, "FailureBucket", logs=logs, expire_days=90, announce=True)

    def _keys(self, stage: Stage) -> None:
        self.key = kms.Key(
            self,
            "Key",
            description=f"Legato {stage.name}: secrets",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.origin_secret = Secret(
            self, "OriginSecret", key=self.key, about="Header by which our APIs know CloudFront"
        )
        self.licence_secret = Secret(self, "LicenceSecret", key=self.key, about="HMAC key of licence tokens")
        maker = key_pair(self, stage)
        self.token_keys = KeyPair(
            self,
            "TokenKeys",
            kind="tokens",
            maker=maker,
            key=self.key,
            generation=stage.token_key_generation,
            about="RSA keys that sign access tokens",
        ).secret
        self.content_master = KeyPair(
            self,
            "ContentMaster",
            kind="master",
            maker=maker,
            key=self.key,
            generation=stage.content_master_generation,
            about="Masters that content keys are derived from: lose it and the music must be packaged again",
        ).secret
        self.play_keys = KeyPair(
            self,
            "PlayKeys",
            kind="master",
            maker=maker,
            key=self.key,
            generation=stage.play_key_generation,
            about="HMAC keys of play ids, by which a play is known as granted; old ones stay, plays come a month late",
        ).secret
        # One pair and one PublicKey a generation, because CloudFront's public keys never change.
        pairs = {
            generation: KeyPair(
                self,
                f"MediaKeys{generation}",
                kind="rsa",
                maker=maker,
                key=self.key,
                about=f"RSA key that signs media requests, generation {generation}",
            )
            for generation in stage.media_key_generations
        }
        public = {generation: self._public_key(pair, generation, stage) for generation, pair in pairs.items()}
        self.media_signing = pairs[stage.media_key_signing].secret
        self.media_key_pair_id = public[stage.media_key_signing].public_key_id
        # CloudFront's names are the account's, not the stack's: each carries the stage.
        self.key_group = cloudfront.KeyGroup(
            self, "MediaKeyGroup", key_group_name=f"legato-{stage.name}-media", items=list(public.values())
        )
        self.key_value_store = cloudfront.KeyValueStore(
            self,
            "EdgeExceptions",
            key_value_store_name=f"legato-{stage.name}-exceptions",
            comment="Tracks taken down or blocked somewhere, sessions revoked",
        )

    def _billing(self) -> None:
        self.stripe_secret = Secret(
            self, "StripeSecret", key=self.key, about="Our account at Stripe, filled by the operator", generated=False
        )
        self.billing_failed = sqs.Queue(
            self,
            "BillingFailed",
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(self.billing_failed, SQS3="It is the dead-letter queue itself: events of Stripe that we failed at")
        self.billing_queue = sqs.Queue(
            self,
            "BillingQueue",
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=Duration.days(14),
            visibility_timeout=Duration.seconds(180),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.billing_failed, max_receive_count=20),
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _public_key(self, pair: KeyPair, generation: int, stage: Stage) -> cloudfront.PublicKey:
        name = f"legato-{stage.name}-media-{generation}"
        key = cloudfront.PublicKey(
            self, f"MediaPublicKey{generation}", public_key_name=name, encoded_key=pair.public_key
        )
        # CDK's own reference is the same in every stage, and CloudFront takes each only once.
        cast("cloudfront.CfnPublicKey", key.node.default_child).add_property_override(
            "PublicKeyConfig.CallerReference", name
        )
        return key
