"""The operator's hand in the catalogue."""

from constructs import Construct

from functions.editorial.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def editorial(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(catalog_table=data.catalog.table_name)
    function = PythonFunction(
        scope,
        "Editorial",
        package="editorial",
        stage=stage,
        settings=settings,
        layers=["runtime", "schema"],
        # A new name goes to every song of an artist; the gateway waits for 30.
        timeout_s=29,
    )
    data.catalog.allow(function, "BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
    data.catalog.allow_listing(function)
    return function
