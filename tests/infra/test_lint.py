"""The templates before the eyes of two linters: cfn-lint, and cdk-nag, which ends a synth that it does not like."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CFN_LINT = Path(sys.executable).parent / "cfn-lint"
# CDK writes DependsOn for a function's role beside the reference that already says so.
IGNORED = "W3005"
OPEN_BUCKET = """
import os
from tools.node import links
os.environ["PATH"] = f"{links()}{os.pathsep}{os.environ['PATH']}"
from aws_cdk import App, Stack, Validations, aws_s3
from cdk_nag import AwsSolutionsChecks
app = App(outdir=os.environ["CDK_OUTDIR"])
aws_s3.Bucket(Stack(app, "Open"), "Bucket")
Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
"""


def lint(*arguments):
    return subprocess.run([CFN_LINT, *arguments], capture_output=True, text=True, check=False)


def test_cfn_lint_finds_nothing(assembly):
    done = lint("--ignore-checks", IGNORED, "--", *sorted(assembly.glob("*.template.json")))
    assert done.returncode == 0, done.stdout + done.stderr


def test_cfn_lint_would_find_something(assembly, tmp_path):
    template = json.loads((assembly / "Data.template.json").read_text())
    template["Resources"]["Catalog"]["Properties"]["BillingMode"] = "PAY_WHENEVER"
    (tmp_path / "broken.json").write_text(json.dumps(template))
    done = lint(tmp_path / "broken.json")
    assert done.returncode != 0 and "PAY_WHENEVER" in done.stdout


def test_cdk_nag_finds_nothing_that_nobody_has_answered_for(assembly):
    report = json.loads((assembly / "validation-report.json").read_text())
    assert not [plugin for plugin in report["pluginReports"] if plugin["conclusion"] != "success"]


def test_cdk_nag_would_end_the_synth(tmp_path):
    """The same plugin, added in the same way, before a bucket without any care."""
    assert "Validations.of(app).add_plugins(AwsSolutionsChecks(app))" in (ROOT / "app.py").read_text()
    done = subprocess.run(
        [sys.executable, "-c", OPEN_BUCKET],
        env={"CDK_OUTDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "AwsSolutions-S10" in done.stdout + done.stderr


@pytest.fixture(scope="module")
def acknowledged(assembly):
    """``(where, rule, reason)`` of everything that we accept."""
    return [
        (where, rule, reason)
        for path in sorted(assembly.glob("*.metadata.json"))
        for where, entries in json.loads(path.read_text()).items()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for rule, reason in entry["data"].items()
    ]


def test_every_acknowledgement_stands_at_a_resource_and_says_why(acknowledged):
    assert acknowledged
    for where, rule, reason in acknowledged:
        assert where.count("/") >= 2, f"{rule} is waved through for the whole of {where}"
        assert len(reason.split()) >= 8, f"{rule} at {where}: {reason!r} persuades nobody"


def test_only_these_rules_are_ever_answered_for(acknowledged):
    """A further rule is a decision: it wants its line here and the reader's eye on the reason."""
    rules = {rule.partition("AwsSolutions-")[2].partition("[")[0] for _, rule, _ in acknowledged}
    assert rules == {"APIG4", "CFR1", "CFR2", "CFR4", "IAM5", "L1", "S1", "S10", "SMG4", "SQS3"}
