"""The custom resource that makes keys. `KeyPair` grants it each secret that it fills."""

from constructs import Construct

from infra.constructs import PythonFunction
from infra.stage import Stage


def key_pair(scope: Construct, stage: Stage) -> PythonFunction:
    return PythonFunction(scope, "KeyPair", package="key_pair", stage=stage, layers=["crypto"], timeout_s=60)
