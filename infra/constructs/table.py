"""A DynamoDB table in the house's shape: ``pk`` and ``sk``, paid by the request, restorable to any second."""

from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.constructs.python_function import PythonFunction
from infra.stage import Stage

_TEXT = dynamodb.AttributeType.STRING


class Table(dynamodb.Table):
    """``listing`` adds the one index some contexts have: ``shelf`` → ``rank``, everything projected.

    The logical id is the table's name in the code, so that moving the construct never replaces the data.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        stage: Stage,
        stream: bool = False,
        expires: bool = False,
        listing: bool = False,
    ) -> None:
        super().__init__(
            scope,
            id,
            partition_key=dynamodb.Attribute(name="pk", type=_TEXT),
            sort_key=dynamodb.Attribute(name="sk", type=_TEXT),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if stream else None,
            time_to_live_attribute="expires_at" if expires else None,
            deletion_protection=stage.deletion_protection,
            removal_policy=RemovalPolicy.RETAIN,
        )
        cast("dynamodb.CfnTable", self.node.default_child).override_logical_id(id)
        if listing:
            self.add_global_secondary_index(
                index_name="listing",
                partition_key=dynamodb.Attribute(name="shelf", type=_TEXT),
                sort_key=dynamodb.Attribute(name="rank", type=_TEXT),
            )

    def allow(self, function: PythonFunction, *actions: str) -> None:
        """``allow(f, "GetItem", "PutItem")`` on the table itself."""
        function.allow(*(f"dynamodb:{action}" for action in actions), on=self.table_arn)

    def allow_listing(self, function: PythonFunction) -> None:
        """Query the ``listing`` index, and nothing else of it."""
        function.allow("dynamodb:Query", on=f"{self.table_arn}/index/listing")

    def allow_stream(self, function: PythonFunction) -> None:
        """What an event source mapping needs of the function's role."""
        function.allow(
            "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", on=str(self.table_stream_arn)
        )
        function.allow("dynamodb:ListStreams", on="*")
