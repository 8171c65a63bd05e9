"""The one writer of the edge's exceptions."""

from constructs import Construct

from functions.edge_writer.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def edge_writer(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(
        key_value_store=data.key_value_store.key_value_store_arn,
        rights_table=data.rights.table_name,
        playback_table=data.playback.table_name,
        longest_signature_s=stage.grant_seconds,
    )
    function = PythonFunction(
        scope,
        "EdgeWriter",
        package="edge_writer",
        stage=stage,
        settings=settings,
        layers=["edge"],
        timeout_s=60,
        one_at_a_time=True,
    )
    for table in (data.rights, data.playback):
        table.allow(function, "BatchGetItem")  # a stream says where to look; the row says what is true
    data.rights.allow_stream(function)
    data.playback.allow_stream(function)
    function.allow(
        "cloudfront-keyvaluestore:DescribeKeyValueStore",
        "cloudfront-keyvaluestore:ListKeys",
        "cloudfront-keyvaluestore:UpdateKeys",
        on=data.key_value_store.key_value_store_arn,
    )
    return function
