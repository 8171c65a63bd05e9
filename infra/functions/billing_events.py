"""The consumer of Stripe's events."""

from constructs import Construct

from functions.billing_events.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def billing_events(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(billing_table=data.billing.table_name, stripe_secret=data.stripe_secret.arn)
    function = PythonFunction(
        scope,
        "BillingEvents",
        package="billing_events",
        stage=stage,
        settings=settings,
        layers=["stripe"],
        timeout_s=30,
    )
    data.billing.allow(function, "GetItem", "PutItem", "Query", "UpdateItem")
    function.allow("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", on=data.billing_queue.queue_arn)
    data.stripe_secret.allow_read(function)
    return function
