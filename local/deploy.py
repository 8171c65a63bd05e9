"""Deploy a cloud assembly (``cdk.out``) without the CDK CLI: assets by manifest, stacks in dependency order.

Starting Node for the CLI costs seconds at every start of the platform; this costs none. What it must not do is
behave otherwise: ``tests/local/test_cdk_cli.py`` deploys the same assembly with the real one.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud.process import ACCOUNT, CREDENTIALS, REGION

BOOTSTRAP = ("/cdk-bootstrap/hnb659fds/version", "21")
"""What `cdk bootstrap` leaves behind, and every template asks for."""
TEMPLATE_LIMIT = 51_200
"""Bytes of a template that travels in the request (CloudFormation quotas)."""
DEAD = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
"""A stack in one of these can only be deleted."""


class DeployFailed(Exception):  # noqa: N818 -- what happened, with the resource and its reason
    """CloudFormation refused a stack."""


def client(service: str, endpoint: str) -> Any:
    """A client of *service* with the operator's credentials."""
    config = Config(
        s3={"addressing_style": "path"}, inject_host_prefix=False, retries={"max_attempts": 1}, read_timeout=300
    )
    names = {
        "aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    }
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, config=config, **names)  # type: ignore[call-overload]


class Deployment:
    """One assembly on its way into one endpoint."""

    def __init__(self, assembly: Path, endpoint: str) -> None:
        self.assembly = assembly
        self.endpoint = endpoint
        self.cloudformation = client("cloudformation", endpoint)
        self.s3 = client("s3", endpoint)
        artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
        self.stacks = {k: v for k, v in artifacts.items() if v["type"] == "aws:cloudformation:stack"}

    def run(self, report: Callable[[str, float], None] = lambda _stack, _seconds: None) -> dict[str, dict[str, str]]:
        """Create or update every stack. Returns their outputs by stack name. Raises `DeployFailed`."""
        name, value = BOOTSTRAP
        ssm = client("ssm", self.endpoint)
        with suppress(ssm.exceptions.ParameterAlreadyExists):
            ssm.put_parameter(Name=name, Value=value, Type="String")
        outputs = {}
        for artifact in self.order():
            began = time.monotonic()
            stack = self._deploy(artifact)
            outputs[stack["StackName"]] = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
            report(stack["StackName"], time.monotonic() - began)
        return outputs

    def order(self) -> list[str]:
        """Every stack after those it depends on."""
        done: dict[str, None] = {}

        def visit(name: str) -> None:
            if name in self.stacks and name not in done:
                for each in self.stacks[name].get("dependencies", []):
                    visit(each)
                done[name] = None

        for name in self.stacks:
            visit(name)
        return list(done)

    def _deploy(self, artifact: str) -> dict[str, Any]:
        properties = self.stacks[artifact]["properties"]
        name = properties.get("stackName", artifact)
        self._upload(artifact)
        body = (self.assembly / properties["templateFile"]).read_text()
        template = {"TemplateBody": body}
        if len(body.encode()) > TEMPLATE_LIMIT:
            bucket, _, key = _placed(properties["stackTemplateAssetObjectUrl"]).removeprefix("s3://").partition("/")
            template = {"TemplateURL": f"{self.endpoint}/{bucket}/{key}"}
        request = {"StackName": name, "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"], **template}
        before = self._describe(name)
        if before and before["StackStatus"] in DEAD:
            self.cloudformation.delete_stack(StackName=name)
            before = self._settled(name)
        try:
            if before and before["StackStatus"] != "DELETE_COMPLETE":
                self.cloudformation.update_stack(**request)
            else:
                self.cloudformation.create_stack(**request)
        except ClientError as refusal:
            if before and "No updates" in str(refusal):
                return before
            raise DeployFailed(f"stack {name}: {refusal.response['Error']['Message']}") from refusal
        after = self._settled(name)
        if after is None or "ROLLBACK" in after["StackStatus"] or "FAILED" in after["StackStatus"]:
            raise DeployFailed(
                f"stack {name}: {'; '.join(self._reasons(name)) or (after or {}).get('StackStatusReason')}"
            )
        return after

    def _describe(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError:
            return None
        return found

    def _settled(self, name: str) -> dict[str, Any] | None:
        pause = 0.05
        while (stack := self._describe(name)) and stack["StackStatus"].endswith("_IN_PROGRESS"):
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        return stack

    def _reasons(self, name: str) -> Iterator[str]:
        """What failed by itself: resources cancelled because another failed say nothing."""
        for event in reversed(self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]):
            reason = event.get("ResourceStatusReason", "")
            if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason:
                yield f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"

    def _upload(self, artifact: str) -> None:
        for asset in json.loads((self.assembly / f"{artifact}.assets.json").read_text())["files"].values():
            source = self.assembly / asset["source"]["path"]
            for place in asset["destinations"].values():
                bucket, key = _placed(place["bucketName"]), _placed(place["objectKey"])
                if not self._held(bucket, key):
                    content = _zipped(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
                    self.s3.put_object(Bucket=bucket, Key=key, Body=content)

    def _held(self, bucket: str, key: str) -> bool:
        """Whether the asset is there already; makes the staging bucket, as `cdk bootstrap` would."""
        try:
            self.s3.head_object(Bucket=bucket, Key=key)
        except ClientError:
            with suppress(self.s3.exceptions.BucketAlreadyOwnedByYou):
                self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
            return False
        return True


def _placed(text: str) -> str:
    for name, value in {"AccountId": ACCOUNT, "Region": REGION, "Partition": "aws"}.items():
        text = text.replace(f"${{AWS::{name}}}", value)
    return text


def _zipped(folder: Path) -> bytes:
    archive = io.BytesIO()
    # Not compressed: it travels over loopback only.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as held:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            held.write(path, path.relative_to(folder))
    return archive.getvalue()
