"""Deals and takedowns, by the operator."""

from constructs import Construct

from functions.rights.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def rights(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        rights_table=data.rights.table_name,
        catalog_table=data.catalog.table_name,
        audit_table=data.audit.table_name,
    )
    function = PythonFunction(
        scope, "Rights", package="rights", stage=stage, settings=settings, layers=["runtime", "schema"]
    )
    data.rights.allow(function, "GetItem", "Query", "UpdateItem")
    data.catalog.allow(function, "BatchGetItem")
    data.audit.allow(function, "PutItem")
    return function
