"""The few alarms that mean somebody must look now."""

from typing import cast

from aws_cdk import Annotations, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as rules
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.api import Api
from infra.data import Data
from infra.events import Events
from infra.identity import Identity
from infra.ingest import Ingest
from infra.stage import Stage

FIVE_MINUTES = Duration.minutes(5)


class Alarms(Stack):
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        stage: Stage,
        data: Data,
        identity: Identity | None,
        api: Api,
        ingest: Ingest,
        events: Events,
    ) -> None:
        super().__init__(
            scope, id, stack_name=f"legato-{stage.name}-alarms", description="Legato: what must be looked at"
        )
        self._topic = sns.Topic(self, "Topic", enforce_ssl=True)
        if stage.alarm_email:
            self._topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))
        else:
            Annotations.of(self).add_info("alarms go to a topic that nobody reads: set the stage's alarm_email")
        self._server_errors("ServerErrors", api.api.id, "More than 1 % of the API's answers are server errors")
        if identity:
            self._server_errors("SignInErrors", identity.api.id, "More than 1 % of sign-ins meet a server error")
        for name in ("playback", "licences"):
            errors = api.functions[name].metric_errors(period=FIVE_MINUTES)
            self._alarm(f"{name.title()}Errors", errors, 5, f"{name} fails: listeners hear nothing new")
        # A batch that a consumer could not read at all, or a poisoned event: each is an object in this bucket.
        rules.Rule(
            self,
            "SetAside",
            description="Records of a stream were set aside; docs/runbooks tells how to bring them back",
            event_pattern=rules.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [data.failure_bucket.bucket_name]}},
            ),
            targets=[targets.SnsTopic(self._topic)],
        )
        # Those sent, not those lying there: letters stay for a fortnight, whatever was done about them.
        letters = ingest.missed.metric_number_of_messages_sent(period=FIVE_MINUTES)
        self._alarm("MissedUploads", letters, 0, "A delivery failed, or reached no state machine", periods=1)
        unpaid = data.billing_failed.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES)
        self._alarm("FailedPayments", unpaid, 0, "We failed at an event of Stripe: somebody may have paid for nothing")
        failed = ingest.machine.metric_failed(period=FIVE_MINUTES)
        self._alarm("FailedIngests", failed, 0, "We failed at a file; one that we refuse is no failure", periods=1)
        erasure = cast("stepfunctions.StateMachine", api.node.find_child("ErasureMachine"))
        left = erasure.metric_failed(period=FIVE_MINUTES)
        self._alarm("FailedErasures", left, 0, "A listener who left is not wholly forgotten", periods=1)
        for function in (events.history, events.indexer, events.edge_writer):
            age = function.metric("IteratorAge", statistic="Maximum", period=FIVE_MINUTES)
            self._alarm(f"{function.node.id}Late", age, 600_000, f"{function.package} is more than ten minutes behind")

    def _server_errors(self, id: str, api_id: str, about: str) -> None:
        answers = cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5xx",
            dimensions_map={"ApiId": api_id},
            statistic="Average",
            period=FIVE_MINUTES,
        )
        self._alarm(id, answers, 0.01, about)

    def _alarm(self, id: str, metric: cloudwatch.IMetric, threshold: float, about: str, *, periods: int = 2) -> None:
        """*periods* of five minutes above *threshold*: one for what happens once, two for what may pass by itself."""
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=about,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
