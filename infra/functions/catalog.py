"""Tracks, albums, artists: public, cached."""

from constructs import Construct

from functions.catalog.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def catalog(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        catalog_table=data.catalog.table_name, rights_table=data.rights.table_name, origin_secret=data.origin_secret.arn
    )
    function = PythonFunction(
        scope, "Catalog", package="catalog", stage=stage, settings=settings, layers=["runtime", "schema"]
    )
    data.catalog.allow(function, "BatchGetItem", "GetItem", "Query")
    data.catalog.allow_listing(function)
    data.rights.allow(function, "BatchGetItem")
    data.origin_secret.allow_read(function)
    return function
