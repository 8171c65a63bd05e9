"""Search in the function's own copy of the index."""

from constructs import Construct

from functions.search.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def search(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        index_bucket=data.index_bucket.bucket_name,
        catalog_table=data.catalog.table_name,
        rights_table=data.rights.table_name,
        origin_secret=data.origin_secret.arn,
    )
    function = PythonFunction(
        scope,
        "Search",
        package="search",
        stage=stage,
        settings=settings,
        layers=["runtime", "schema", "search"],
        scratch_mb=1024,
    )
    data.catalog.allow(function, "BatchGetItem")
    data.rights.allow(function, "BatchGetItem")
    data.index_bucket.allow(function, "GetObject", below="search/")
    data.index_bucket.allow_list(function)  # 404, not 403, before the first version
    data.origin_secret.allow_read(function)
    return function
