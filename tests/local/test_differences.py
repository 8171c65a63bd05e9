"""How the local cloud differs from the deployed one: the exact list, so that it cannot grow unnoticed.

The templates are the same but for the processor, given the same wishes (`local.synth.CONTEXT`). Of those, the emulator passes over the properties of `IGNORED`; what
else it does differently is mended in `local.cloud.shims`, each with a conformance test of its own.
"""

import json
import re
from pathlib import Path

import pytest

from local import synth
from local.children import Children
from local.cloud import shims
from local.deploy import Deployment
from local.ports import free_port
from tests.assembly import synthesised
from tests.local.conftest import a_cloud
from tests.local.unread import ignored, watched

PROCESSOR = {
    "AWS::Lambda::Function.Architectures",
    "AWS::Lambda::LayerVersion.CompatibleArchitectures",
    "AWS::Lambda::LayerVersion.Content.S3Key",
}
"""What ``arch=host`` changes: wheels for this machine instead of arm64's."""

IGNORED = {
    "AWS::CloudFront::KeyValueStore": {"Tags"},
    "AWS::Kinesis::Stream": {"StreamEncryption"},
    "AWS::Lambda::EventSourceMapping": {"Tags"},
    "AWS::S3::Bucket": {
        "BucketEncryption",
        "LifecycleConfiguration",  # nothing expires on a laptop
        "LoggingConfiguration",
        "OwnershipControls",
        "Tags",
    },
    "AWS::SecretsManager::Secret": {"GenerateSecretString.IncludeSpace"},  # its alphabet has no space
    "AWS::StepFunctions::StateMachine": {"TracingConfiguration"},
}
"""What encrypts, traces, logs or expires in the cloud; nothing that a listener or an operator could tell."""

SHIMS = {
    "custom_resources",
    "environments",
    "execute_api",
    "key_value_store",
    "loopback_tls",
    "public_keys",
    "reserved_concurrency",
    "secrets",
    "sender_identities",
    "service_roles",
    "snapshots",
    "stream_batches",
    "table_settings",
    "token_checks",
    "used_grants",
}


@pytest.fixture(scope="module")
def local_assembly():
    with Children() as children:
        return synth.assembly(lambda command, env: children.begin("synth", command, env=env, cwd=synth.ROOT).finish())


def leaves(value, path=""):
    """(path, value) of everything in a resource that has no members; the places in a list count."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, f"{path}.{key}")
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from leaves(member, f"{path}[{place}]")
    else:
        yield path, value


def resources(folder: Path) -> dict[str, dict]:
    """Every resource of every stack; the hash that ends a layer version's name is left out."""
    found = {}
    for template in sorted(folder.glob("*.template.json")):
        text = re.sub(r"(\w+Layer)[0-9A-F]{8}", r"\1", template.read_text())
        content = json.loads(text)["Resources"]
        found |= {f"{template.stem}/{name}": resource for name, resource in content.items()}
    return found


def test_the_local_templates_are_the_deployed_ones_but_for_the_processor(local_assembly):
    same = {name: value for name, value in synth.CONTEXT.items() if name != "arch"}
    deployed, local = resources(synthesised(**same)), resources(local_assembly)
    assert deployed.keys() == local.keys()
    different = set()
    for name, resource in deployed.items():
        before, after = dict(leaves(resource["Properties"])), dict(leaves(local[name]["Properties"]))
        for path in before.keys() | after.keys():
            if before.get(path) != after.get(path):
                different.add(resource["Type"] + re.sub(r"\[\d+\]", "", path))
    assert different <= PROCESSOR
    assert "AWS::Lambda::LayerVersion.Content.S3Key" in different


def test_the_emulator_passes_over_exactly_these_properties(local_assembly, tmp_path):
    with a_cloud(tmp_path, free_port(), module="tests.local.unread") as cloud:
        Deployment(local_assembly, cloud.endpoint).run()
    found = {kind: set(paths) for kind, paths in json.loads((tmp_path / "unread.json").read_text()).items()}
    assert found == IGNORED


def test_the_shims_are_these_and_each_says_what_it_mends():
    assert {shim.__name__.rpartition(".")[2] for shim in shims.SHIMS} == SHIMS
    assert all(len(shim.__doc__ or "") > 80 for shim in shims.SHIMS)


def test_what_is_read_taken_whole_or_looked_into_is_told_from_what_is_passed_over():
    read = set()
    props = {"Read": 1, "Whole": {"a": 1}, "Into": {"seen": 1, "missed": 2}, "Missed": {"deep": 1}}
    seen = watched(props, "", read)
    assert (seen["Read"], seen["Whole"], seen["Into"].get("seen")) == (1, {"a": 1}, 1)
    written = {"Read", "Whole", "Whole.a", "Into", "Into.seen", "Into.missed", "Missed", "Missed.deep"}
    assert ignored(written, read) == {"Into.missed", "Missed"}
