"""What the stacks set is what the functions read, and the layers hold what the functions import."""

import ast
import importlib
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from legato.config import load
from tests.infra.cloud import Cloud
from tools import layers

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers/core/python"
IN_THE_RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil"}
"""What Lambda's own Python brings along."""
FOLDERS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))


@pytest.fixture(scope="module")
def functions(assembly):
    """Folder name → the function's properties and its stack."""
    cloud = Cloud(assembly)
    found = {}
    for stack, _, properties in cloud.resources("AWS::Lambda::Function"):
        found[properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]] = (stack, properties)
    return found


def test_every_folder_with_a_handler_is_deployed_and_nothing_else(functions):
    assert sorted(functions) == FOLDERS


@pytest.mark.parametrize("name", FOLDERS)
def test_the_function_is_told_what_its_settings_ask_for_and_no_more(functions, name):
    _, properties = functions[name]
    told = {key: str(value) for key, value in properties["Environment"]["Variables"].items()}
    told.pop("POWERTOOLS_SERVICE_NAME")
    if not (ROOT / f"functions/{name}/settings.py").exists():
        assert not told
        return
    settings = importlib.import_module(f"functions.{name}.settings").Settings
    load(settings, told)
    assert set(told) == {field.name.upper() for field in fields(settings)}


@pytest.mark.parametrize("name", FOLDERS)
def test_the_function_is_shaped_like_every_other(functions, name):
    _, properties = functions[name]
    assert properties["Handler"] == f"functions.{name}.handler.handler"
    assert (properties["Runtime"], properties["Architectures"]) == ("python3.13", ["arm64"])
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert "LogGroup" in properties["LoggingConfig"]


def test_logs_end(assembly):
    for _, name, properties in Cloud(assembly).resources("AWS::Logs::LogGroup"):
        assert properties["RetentionInDays"] == 14, name


def test_the_writers_that_must_be_alone_are(functions):
    assert {n for n, (_, p) in functions.items() if p.get("ReservedConcurrentExecutions") == 1} == {
        "edge_writer",
        "indexer",
    }


@pytest.mark.parametrize("name", FOLDERS)
def test_the_layers_hold_what_the_function_imports(functions, assembly, name):
    stack, properties = functions[name]
    cloud = Cloud(assembly)
    attached = {cloud.named(stack, ref).split()[1].removesuffix("Layer").lower() for ref in properties["Layers"]}
    assert "core" in attached
    held = IN_THE_RUNTIME | {module for layer in attached - {"core"} for module in modules_of(layer)}
    missing = imported_by(ROOT / f"functions/{name}/handler.py") - held - set(sys.stdlib_module_names)
    assert not missing


@pytest.mark.parametrize("name", FOLDERS)
def test_no_layer_is_carried_for_nothing(functions, assembly, name):
    stack, properties = functions[name]
    cloud = Cloud(assembly)
    attached = {cloud.named(stack, ref).split()[1].removesuffix("Layer").lower() for ref in properties["Layers"]}
    used = imported_by(ROOT / f"functions/{name}/handler.py")
    # SigV4A comes into play inside botocore, validation inside Powertools, and ffmpeg is a program.
    unseen = {"edge": "botocore", "schema": "aws_lambda_powertools", "media": "subprocess"}
    for layer in attached - {"core"}:
        assert used & (modules_of(layer) | {unseen.get(layer)}), f"{name} does not need {layer}"


@cache
def modules_of(layer):
    """The importable names in a layer, as it would be deployed."""
    return {path.name.split(".")[0] for path in (layers.build(layer, "arm64") / "python").iterdir()}


def imported_by(handler):
    """Top-level names of everything outside the house that *handler* imports, however far away."""
    seen, waiting, outside = set(), [handler], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in _imports(path):
            inside = [p for p in _files(name) if p.exists()]
            waiting += inside
            if not inside and name.split(".")[0] not in {"legato", "functions"}:
                outside.add(name.split(".")[0])
    return outside


def _imports(path):
    package = path.parent.relative_to(CORE if path.is_relative_to(CORE) else ROOT).as_posix().replace("/", ".")
    for node in _run_time(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = f"{package}.{node.module}" if node.module and node.level else node.module or package
            yield origin
            yield from (
                f"{origin}.{alias.name}" for alias in node.names if _files(f"{origin}.{alias.name}")[0].exists()
            )


def _run_time(tree):
    """Every statement but those under ``if TYPE_CHECKING``, which only mypy reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _run_time(node)


def _files(name):
    root = CORE if name.split(".")[0] == "legato" else ROOT
    place = root / name.replace(".", "/")
    return (
        [place.with_suffix(".py"), place / "__init__.py"]
        if name.split(".")[0] in {"legato", "functions"}
        else [place / "-"]
    )


def test_what_costs_money_says_whose_it_is(assembly):
    cloud = Cloud(assembly)
    for kind in (
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::Lambda::Function",
        "AWS::Kinesis::Stream",
        "AWS::CloudFront::Distribution",
    ):
        for stack, name, properties in cloud.resources(kind):
            tags = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
            assert tags == {"project": "legato", "stage": "dev"}, (stack, name)
