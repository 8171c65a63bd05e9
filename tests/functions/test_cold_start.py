"""Import budgets: exact, fast, and not a stopwatch. What a function imports, a listener waits for."""

import os
import subprocess
import sys
from dataclasses import MISSING, fields
from importlib import import_module

import pytest

HEAVY = {"aws_xray_sdk", "boto3", "jwt", "pydantic", "s3transfer"}
PASSKEYS = {"webauthn", "cbor2", "OpenSSL", "pyasn1"}
"""Imported by the routes that need them, when they are asked."""
LEAN = {
    "playback": HEAVY,
    "licences": HEAVY | {"cryptography"},
    "identity": {"aws_xray_sdk", "boto3", "s3transfer"} | PASSKEYS,
    "account": {"aws_xray_sdk", "boto3", "jwt", "s3transfer"} | PASSKEYS,
}


@pytest.mark.parametrize(("function", "banned"), LEAN.items())
def test_a_hot_function_does_not_import(function, banned):
    settings = import_module(f"functions.{function}.settings").Settings
    needed = {each.name.upper(): "x" for each in fields(settings) if each.default is MISSING}
    environment = needed | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    probe = (
        f"import sys, functions.{function}.handler; print(*{{n.split('.')[0] for n, m in sys.modules.items() if m}})"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=environment)
    loaded = set(done.stdout.split())
    assert "botocore" in loaded, "the probe must have imported the function"
    assert not loaded & banned


@pytest.mark.parametrize("function", ["playback", "licences", "rights", "edge_writer"])
def test_an_app_can_be_imported_with_no_aws_and_no_environment(function):
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    subprocess.run([sys.executable, "-c", f"import functions.{function}.app"], check=True, env=environment)
