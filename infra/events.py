"""What happens after the answer: consumers of the event stream and of the tables' own streams."""

import json
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs import PythonFunction
from infra.data import Data
from infra.functions.billing_events import billing_events
from infra.functions.edge_writer import edge_writer
from infra.functions.history import history
from infra.functions.indexer import indexer
from infra.stage import Stage


class Events(Stack):
    """Every consumer answers with the records that failed; one bad record is found by bisection, set aside
    in the failure bucket and holds up nothing behind it.
    """

    def __init__(self, scope: Construct, id: str, *, stage: Stage, data: Data) -> None:
        super().__init__(scope, id, stack_name=f"legato-{stage.name}-events", description="Legato: what follows a play")
        self._failures = data.failure_bucket
        self.history = history(self, data, stage)
        self._consume("Plays", self.history, data.event_stream.stream_arn, batch=500, wait_s=2)
        self.indexer = indexer(self, data, stage)
        self._consume("CatalogChanges", self.indexer, str(data.catalog.table_stream_arn), batch=1000, wait_s=2)
        self.edge_writer = edge_writer(self, data, stage)
        self._consume("RightsChanges", self.edge_writer, str(data.rights.table_stream_arn), batch=100)
        self._consume(
            "RevokedSessions",
            self.edge_writer,
            str(data.playback.table_stream_arn),
            batch=100,
            # Only sessions that somebody ended: the others expire by themselves, and most rows are progress.
            filters=[{"dynamodb": {"Keys": {"sk": {"S": ["REVOKED"]}}}}],
        )
        self.billing_events = billing_events(self, data, stage)
        lambda_.CfnEventSourceMapping(
            self,
            "Payments",
            function_name=self.billing_events.function_name,
            event_source_arn=data.billing_queue.queue_arn,
            batch_size=10,
            function_response_types=["ReportBatchItemFailures"],
        )
        events.Rule(
            self,
            "PruneExceptions",
            description="What no signature can need any more leaves the edge's key-value store",
            schedule=events.Schedule.rate(Duration.minutes(10)),
            targets=[targets.LambdaFunction(self.edge_writer)],
        )

    def _consume(
        self,
        id: str,
        function: PythonFunction,
        stream_arn: str,
        *,
        batch: int,
        wait_s: int = 0,
        filters: list[dict[str, Any]] | None = None,
    ) -> None:
        # Lambda itself writes below aws-lambda/, in the function's name.
        self._failures.allow(function, "PutObject", below="aws-lambda/")
        self._failures.allow_list(function)
        lambda_.CfnEventSourceMapping(
            self,
            id,
            function_name=function.function_name,
            event_source_arn=stream_arn,
            starting_position="TRIM_HORIZON",
            batch_size=batch,
            maximum_batching_window_in_seconds=wait_s,
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            maximum_retry_attempts=8,
            maximum_record_age_in_seconds=20 * 3600,
            filter_criteria={"filters": [{"pattern": json.dumps(each)} for each in filters]} if filters else None,
            destination_config={"onFailure": {"destination": self._failures.bucket_arn}},
        )
