"""What a hot function's start costs, beside the usual way to write it (docs/adr/0004)."""

from collections.abc import Iterator

from bench.harness import Result, compare, process

USUAL = """
import boto3, jwt
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel
APIGatewayHttpResolver(enable_validation=True); Logger(service="x"); Tracer(service="x", disabled=True)
boto3.client("dynamodb"); boto3.client("secretsmanager")
"""
OURS = """
from legato import dynamo, secrets
import functions.{name}.app
dynamo.client(); secrets.client()
"""


def run() -> Iterator[Result]:
    for name in ("playback", "licences"):
        ours = ("ours", process(OURS.format(name=name)))
        yield compare(f"cold start of {name}", ours, ("usual imports", process(USUAL)), pairs=11)
