"""Constructs that know AWS and the house, and nothing about music."""

from infra.constructs.bucket import Bucket
from infra.constructs.http_api import HttpApi
from infra.constructs.key_pair import KeyPair, Secret
from infra.constructs.nag import acknowledge
from infra.constructs.python_function import PythonFunction
from infra.constructs.python_layer import PythonLayer
from infra.constructs.table import Table

__all__ = ["Bucket", "HttpApi", "KeyPair", "PythonFunction", "PythonLayer", "Secret", "Table", "acknowledge"]
