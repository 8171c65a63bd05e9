"""The one writer of the search index."""

from constructs import Construct

from functions.indexer.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def indexer(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(catalog_table=data.catalog.table_name, index_bucket=data.index_bucket.bucket_name)
    function = PythonFunction(
        scope,
        "Indexer",
        package="indexer",
        stage=stage,
        settings=settings,
        layers=["search"],
        timeout_s=300,
        scratch_mb=1024,
        one_at_a_time=True,
    )
    data.catalog.allow_stream(function)
    data.index_bucket.allow(function, "GetObject", "PutObject", "DeleteObject", below="search/")
    data.index_bucket.allow_list(function)
    return function
