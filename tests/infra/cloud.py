"""The synthesised stacks read as one: references followed across them, resources by the names people use."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

HASH = re.compile(r"[0-9A-F]{8}$")
KINDS = {
    "AWS::DynamoDB::Table": "table",
    "AWS::S3::Bucket": "bucket",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::KMS::Key": "key",
    "AWS::Kinesis::Stream": "stream",
    "AWS::Logs::LogGroup": "log",
    "AWS::Lambda::Function": "function",
    "AWS::CloudFront::KeyValueStore": "store",
    "AWS::SQS::Queue": "queue",
    "AWS::StepFunctions::StateMachine": "machine",
}


class Cloud:
    """Every template of an assembly. A *place* is ``(stack, logical id)``."""

    def __init__(self, assembly: Path) -> None:
        manifest = json.loads((assembly / "manifest.json").read_text())["artifacts"]
        stacks = {name: it for name, it in manifest.items() if it["type"] == "aws:cloudformation:stack"}
        self.templates = {name: json.loads((assembly / f"{name}.template.json").read_text()) for name in stacks}
        self.needs = {name: [n for n in it.get("dependencies", []) if n in stacks] for name, it in stacks.items()}

    @cached_property
    def exports(self) -> dict:
        """Export name → (stack, value)."""
        return {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def resources(self, kind: str) -> Iterator[tuple[str, str, dict]]:
        """``(stack, logical id, properties)`` of every resource of a CloudFormation type."""
        for stack, template in self.templates.items():
            for name, resource in template["Resources"].items():
                if resource["Type"] == kind:
                    yield stack, name, resource.get("Properties", {})

    def function_of(self, stack: str, role: str) -> str | None:
        """The folder name of the function that has this role."""
        for other, _, properties in self.resources("AWS::Lambda::Function"):
            if other == stack and properties["Role"]["Fn::GetAtt"][0] == role:
                return properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        return None

    def named(self, stack: str, value) -> str:  # noqa: PLR0911 -- one return a kind of reference is the table it is
        """A reference as people say it: ``table Catalog``, ``bucket InboxBucket/inbox/*``, ``stream of Rights``."""
        if isinstance(value, str):
            return value
        [(function, argument)] = value.items()
        match function:
            case "Fn::ImportValue":
                return self.named(*self.exports[argument])
            case "Fn::Join":
                text = "".join(self.named(stack, part) for part in argument[1])
                return "event bus" if text.endswith(":event-bus/default") else text
            case "Ref" if argument.startswith("AWS::"):
                return f"<{argument.removeprefix('AWS::')}>"
            case "Ref":
                return self._called(stack, argument)
            case "Fn::GetAtt" if argument[1] == "StreamArn":
                return f"stream of {self._short(argument[0])}"
            case "Fn::GetAtt":
                return self._called(stack, argument[0])
            case "Fn::Sub":
                return re.sub(r"\$\{AWS::(\w+)\}", r"<\1>", argument)
        raise AssertionError(f"a reference of a kind nobody reads yet: {value}")

    def _called(self, stack: str, logical_id: str) -> str:
        kind = self.templates[stack]["Resources"][logical_id]["Type"]
        return f"{KINDS.get(kind, kind.split('::')[-1].lower())} {self._short(logical_id)}"

    @staticmethod
    def _short(logical_id: str) -> str:
        return HASH.sub("", logical_id).removesuffix("Secret") if logical_id != "Secret" else logical_id
