"""The intake of playback events."""

from constructs import Construct

from functions.events.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def events(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(event_stream=data.event_stream.stream_name)
    function = PythonFunction(scope, "Intake", package="events", stage=stage, settings=settings, layers=["runtime"])
    function.allow("kinesis:PutRecords", on=data.event_stream.stream_arn)
    return function
