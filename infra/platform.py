"""All stacks, in deploy order. None needs a later one: tests/infra/test_stack_order.py walks the references."""

from aws_cdk import Tags
from constructs import Construct

from infra.alarms import Alarms
from infra.api import Api
from infra.data import Data
from infra.delivery import Delivery
from infra.events import Events
from infra.identity import Identity
from infra.ingest import Ingest
from infra.stage import Stage


class Platform:
    """One deployment of Legato."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        data = Data(scope, "Data", stage=stage)
        # With somebody else's issuer there is no route of ours that takes a password.
        identity = None if stage.issuer else Identity(scope, "Identity", stage=stage, data=data)
        api = Api(scope, "Api", stage=stage, data=data, issuer=identity.api.url if identity else stage.issuer)
        ingest = Ingest(scope, "Ingest", stage=stage, data=data)
        accounts = identity.api if identity else None
        delivery = Delivery(scope, "Delivery", stage=stage, data=data, identity=accounts, api=api.api)
        events = Events(scope, "Events", stage=stage, data=data)
        Alarms(scope, "Alarms", stage=stage, data=data, identity=identity, api=api, ingest=ingest, events=events)
        if identity:
            # An API without its issuer behind it cannot be created: AWS fetches the discovery document at that moment.
            api.add_stack_dependency(identity)
        events.add_stack_dependency(delivery)
        Tags.of(scope).add("project", "legato")
        Tags.of(scope).add("stage", stage.name)
