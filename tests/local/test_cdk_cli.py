"""The real CDK CLI against the local cloud: nothing but ``AWS_ENDPOINT_URL`` tells it where it is."""

import json
import subprocess

import pytest

from local import synth
from local.children import Children
from local.cloud import process
from local.deploy import Deployment, client
from local.ports import free_port
from tests.local.conftest import a_cloud
from tools.node import environment

CLI = ["npx", "--yes", "aws-cdk@^2.1148.0"]  # 3.0.0 refuses the library's assembly


@pytest.fixture(scope="module")
def assembly():
    with Children() as children:
        return synth.assembly(lambda command, env: children.begin("synth", command, env=env, cwd=synth.ROOT).finish())


def cdk(endpoint: str, folder, *words: str) -> str:
    away = {name: value for name, value in environment().items() if not name.startswith("AWS_")}
    credentials = {**process.CREDENTIALS, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": process.REGION, "CI": "true"}
    command = [*CLI, *words, "--app", str(folder)]
    done = subprocess.run(
        command, env=away | credentials, cwd=folder.parent, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_bootstrap_deploy_and_destroy_work_and_our_driver_finds_nothing_left_to_do(assembly, tmp_path):
    with a_cloud(tmp_path / "cloud", free_port()) as cloud:
        cdk(cloud.endpoint, assembly, "bootstrap", f"aws://{process.ACCOUNT}/{process.REGION}")
        cdk(cloud.endpoint, assembly, "deploy", "--all", "--require-approval", "never")
        cloudformation = client("cloudformation", cloud.endpoint)

        def history() -> dict[str, int]:
            stacks = [stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]]
            return {s: len(cloudformation.describe_stack_events(StackName=s)["StackEvents"]) for s in stacks}

        deployed = history()
        names = {a["properties"]["stackName"] for a in Deployment(assembly, cloud.endpoint).stacks.values()}
        assert names < deployed.keys()
        Deployment(assembly, cloud.endpoint).run()
        assert history() == deployed
        cdk(cloud.endpoint, assembly, "destroy", "--all", "--force")
        assert not names & history().keys()
        tables = client("dynamodb", cloud.endpoint).list_tables()["TableNames"]
        assert len(tables) == sum(
            resource["Type"] == "AWS::DynamoDB::Table"
            for resource in json.loads((assembly / "Data.template.json").read_text())["Resources"].values()
        )  # data outlives its stack
