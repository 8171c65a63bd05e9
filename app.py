"""The CDK app: ``cdk deploy --all -c stage=dev``, or ``python app.py`` for the templates alone.

Context: ``stage`` (dev, prod), ``arch`` (arm64, x86_64, or host for the cloud on a laptop), and what
``FROM_CONTEXT`` lists.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers/core/python")]

from tools.node import links  # noqa: E402 -- the path above comes first

os.environ["PATH"] = f"{links()}{os.pathsep}{os.environ['PATH']}"  # jsii starts `node` when aws_cdk is imported

from aws_cdk import App, Validations  # noqa: E402
from cdk_nag import AwsSolutionsChecks  # noqa: E402

from infra.platform import Platform  # noqa: E402
from infra.stage import FROM_CONTEXT, stage_named  # noqa: E402

# The CLI hands over cdk.json's context; without the CLI it is read here, so that both make the same templates.
context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
app = App(outdir=os.environ.get("CDK_OUTDIR", "cdk.out"), context=context, analytics_reporting=False)
given = {name: str(app.node.try_get_context(name) or "") for name in ("stage", "arch", *FROM_CONTEXT)}
changes = {name: given[name] for name in FROM_CONTEXT if given[name]}
stage = stage_named(given["stage"] or "dev", arch=given["arch"] or "arm64", **changes)
Platform(app, stage)
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
