"""The scheduled rotation of the issuer's keys."""

from constructs import Construct

from functions.key_rotation.settings import Settings
from infra.constructs import PythonFunction
from infra.data import Data
from infra.stage import Stage


def key_rotation(scope: Construct, data: Data, stage: Stage) -> PythonFunction:
    settings = Settings(signing_keys_secret=data.token_keys.arn)
    function = PythonFunction(
        scope, "KeyRotation", package="key_rotation", stage=stage, settings=settings, layers=["crypto"], timeout_s=60
    )
    data.token_keys.allow_fill(function)
    return function
