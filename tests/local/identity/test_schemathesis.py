"""Every route of accounts and tokens, asked by schemathesis what the document allows and what it does not: never a 5xx.

Past the edge, at the APIs' own addresses, with the origin secret and a fresh viewer's address for each request:
otherwise a guesser's back-off would answer from the thirtieth on, and the rest would be all alike.
"""

import os
from collections import Counter
from itertools import count

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

CASES = 300 if os.environ.get("LEGATO_PROVE") else 15
OURS = {"identity", "account"}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def secret(platform):
    """What CloudFront adds to each request."""
    vault = platform.aws("secretsmanager")
    [arn] = [each["ARN"] for each in vault.list_secrets()["SecretList"] if "Origin" in each["Name"]]
    return vault.get_secret_value(SecretId=arn)["SecretString"]


@pytest.fixture(scope="module")
def bases(platform):
    """Function → the address of the API that it stands behind."""
    identity = platform.resource("AWS::ApiGatewayV2::Api", "IdentityApi")
    return {"account": platform.api, "identity": f"{platform.endpoint}/_aws/execute-api/{identity}/$default"}


@pytest.fixture
def headers_of(secret):
    """``headers_of(listener)``: his, from another address each time they are asked for."""
    numbers = count()

    def headers(listener):
        number = next(numbers)
        return {
            "Authorization": listener.headers["Authorization"],
            "x-legato-origin": secret,
            "x-legato-host": "localhost:8080",
            "CloudFront-Viewer-Address": f"198.18.{number >> 8 & 255}.{number & 255}:4711",
            "CloudFront-Forwarded-Proto": "http",
        }

    return headers


def asking(operation, ask):
    """*ask*, with `CASES` of what the document says of *operation*, and of what it does not."""

    @settings(
        max_examples=CASES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in MODES]))
    def each(case):
        ask(case)

    return each


@pytest.mark.proof
def test_no_route_of_identity_breaks_whatever_it_is_asked(document, bases, headers_of, newcomer, capsys):
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    ours = [each for each in operations if each.definition.raw["x-function"] in OURS]
    answers = Counter()
    broken = []
    for operation in ours:
        base, listener = bases[operation.definition.raw["x-function"]], newcomer()  # some routes end him

        def ask(case, base=base, listener=listener):
            answer = case.call(base_url=base, headers=headers_of(listener), timeout=60)
            answers[answer.status_code] += 1
            case.validate_response(answer, checks=[not_a_server_error])

        try:
            asking(operation, ask)()
        except Exception as fault:  # noqa: BLE001 -- every route is asked, also after one has broken
            broken.append(f"{operation.label}: {fault}")
    with capsys.disabled():
        print(f"\n{answers.total()} requests to {len(ours)} routes: {dict(sorted(answers.items()))}")  # noqa: T201
    assert not broken, "\n\n".join(broken)
    assert len(ours) > 20
    assert answers[422] and sum(n for status, n in answers.items() if status < 300), "some made sense and some did not"
