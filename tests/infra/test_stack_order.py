"""No stack needs a later one: deployed in this order from nothing, every reference finds its target."""

import pytest

from tests.infra.cloud import Cloud

ORDER = ["Data", "Identity", "Api", "Ingest", "Delivery", "Events", "Alarms"]


@pytest.fixture(scope="module")
def cloud(assembly):
    return Cloud(assembly)


def imports(value):
    """Every ``Fn::ImportValue`` below *value*."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from [below] if key == "Fn::ImportValue" else imports(below)
    elif isinstance(value, list):
        for below in value:
            yield from imports(below)


def test_the_stacks_are_these(cloud):
    assert set(cloud.templates) == set(ORDER)


def test_what_a_stack_imports_an_earlier_one_exports(cloud):
    for stack, template in cloud.templates.items():
        for name in imports(template):
            exporter, _ = cloud.exports[name]
            assert ORDER.index(exporter) < ORDER.index(stack), f"{stack} needs {name} of {exporter}"


def test_what_a_stack_waits_for_is_earlier(cloud):
    for stack, needed in cloud.needs.items():
        assert all(ORDER.index(other) < ORDER.index(stack) for other in needed), (stack, needed)


def test_the_issuer_answers_before_the_authorizer_is_made(cloud):
    assert "Identity" in cloud.needs["Api"]


def test_no_name_is_handed_on_behind_cloudformations_back(cloud):
    """A reference by SSM parameter or by a physical name would not show up in the walk above."""
    for stack, template in cloud.templates.items():
        parameters = {n for n, p in template.get("Parameters", {}).items() if n != "BootstrapVersion"}
        assert not parameters, stack


def test_each_stack_stays_far_below_cloudformations_limits(cloud):
    for stack, template in cloud.templates.items():
        assert len(template["Resources"]) < 250, stack
        assert len(template.get("Outputs", {})) < 100, stack
