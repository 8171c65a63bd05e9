"""A Lambda layer, made once a stack."""

from typing import cast

from aws_cdk import AssetHashType, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.stage import HOST, Stage
from tools import layers
from tools.bundle import ROOT, bundle

CORE = "core"
"""Our own business code; every other layer is third-party wheels."""


class PythonLayer(lambda_.LayerVersion):
    """A layer version is replaced whenever its contents change, and CloudFormation refuses to change an
    export that is in use. So stacks do not share layer versions: each has its own of the same asset.
    """

    def __init__(self, scope: Construct, id: str, *, layer: str, stage: Stage) -> None:
        folder, digest = (
            bundle(layer, ROOT / "layers/core", ("python/legato",), "/opt")
            if layer == CORE
            else (layers.build(layer, stage.arch), layers.digest(layer, stage.arch))
        )
        super().__init__(
            scope,
            id,
            code=lambda_.Code.from_asset(str(folder), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[architecture(stage)],
        )

    @classmethod
    def of(cls, scope: Construct, layer: str, stage: Stage) -> "PythonLayer":
        """The stack's one version of *layer*, made at the first call."""
        stack, name = Stack.of(scope), f"{layer.title()}Layer"
        found = stack.node.try_find_child(name)
        return cast("PythonLayer", found) if found else cls(stack, name, layer=layer, stage=stage)


def architecture(stage: Stage) -> lambda_.Architecture:
    arch = layers.host_architecture() if stage.arch == HOST else stage.arch
    return lambda_.Architecture.ARM_64 if arch == "arm64" else lambda_.Architecture.X86_64
