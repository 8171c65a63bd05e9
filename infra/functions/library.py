"""Favourites, playlists, history."""

from constructs import Construct

from functions.library.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def library(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        library_table=data.library.table_name,
        catalog_table=data.catalog.table_name,
        rights_table=data.rights.table_name,
        origin_secret=data.origin_secret.arn,
    )
    function = PythonFunction(
        scope,
        "Library",
        package="library",
        stage=stage,
        settings=settings,
        layers=["runtime", "schema"],
        # Deleting a playlist of 10,000 songs; the gateway waits for 30.
        timeout_s=29,
    )
    data.library.allow(function, "BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
    data.catalog.allow(function, "BatchGetItem")
    data.rights.allow(function, "BatchGetItem")
    data.origin_secret.allow_read(function)
    return function
