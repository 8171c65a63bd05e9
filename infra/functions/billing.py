"""Plans, subscriptions, and where Stripe's webhooks arrive."""

from constructs import Construct

from functions.billing.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def billing(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        billing_table=data.billing.table_name,
        billing_queue=data.billing_queue.queue_url,
        stripe_secret=data.stripe_secret.arn,
        origin_secret=data.origin_secret.arn,
    )
    function = PythonFunction(
        scope,
        "Billing",
        package="billing",
        stage=stage,
        settings=settings,
        layers=["runtime", "schema", "stripe"],
        timeout_s=25,
    )
    data.billing.allow(function, "GetItem", "PutItem", "Query")
    function.allow("sqs:SendMessage", on=data.billing_queue.queue_arn)
    data.stripe_secret.allow_read(function)
    data.origin_secret.allow_read(function)
    return function
