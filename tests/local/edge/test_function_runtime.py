"""The Node process that runs functions, when functions go wrong."""

import asyncio
import os
import signal

import pytest

from local.edge.function_runtime import FunctionFault, FunctionRuntime
from local.edge.model import Function
from tools.node import node_path

ECHO = Function(name="echo", code="function handler(event) { return event; }", store=None)
SLOW = Function(name="slow", code="async function handler() { await new Promise(function () {}); }", store=None)
LOOP = Function(name="loop", code="function handler() { while (true) {} }", store=None)
STORE = "arn:aws:cloudfront::000000000000:key-value-store/exceptions"


def running(script, patience=5.0):
    async def run():
        runtime = FunctionRuntime(node_path(), patience)
        try:
            return await script(runtime)
        finally:
            await runtime.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    "code",
    [
        "const a = 1;",
        "function handler( {",
        "import fs from 'fs'; function handler() {}",
        "throw 1; function handler() {}",
    ],
)
def test_a_function_that_cannot_be_loaded_is_a_fault(code):
    with pytest.raises(FunctionFault):
        running(lambda runtime: runtime.run(Function(name="x", code=code, store=None), {}))


@pytest.mark.parametrize("endless", [LOOP, SLOW])
def test_an_endless_function_is_stopped_and_others_run_again(endless):
    async def script(runtime):
        await runtime.load(endless)
        with pytest.raises(FunctionFault):
            await runtime.run(endless, {})
        return await runtime.run(ECHO, {"a": 1})

    assert running(script, patience=0.5) == {"a": 1}


def test_a_killed_runtime_is_started_anew_with_its_functions_and_stores():
    reader = Function(
        name="r", code="import cf from 'cloudfront'; function handler() { return cf.kvs().get('k'); }", store=STORE
    )

    async def script(runtime):
        runtime.set_store(STORE, {"k": "v"})
        first = await runtime.run(reader, {})
        os.kill(runtime._process.pid, signal.SIGKILL)
        return first, await runtime.run(reader, {})

    assert running(script) == ("v", "v")


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("get('word')", "seven"),
        ("get('json', { format: 'json' })", {"a": [1]}),
        ("exists('word')", True),
        ("exists('nothing')", False),
        ("count()", 2),
        ("meta().then(function (m) { return m.keyCount; })", 2),
    ],
)
def test_a_store_answers_as_documented(call, found):
    code = f"import cf from 'cloudfront'; async function handler() {{ return cf.kvs('exceptions').{call}; }}"

    async def script(runtime):
        runtime.set_store(STORE, {"word": "seven", "json": '{"a": [1]}'})
        return await runtime.run(Function(name="f", code=code, store=STORE), {})

    assert running(script) == found


@pytest.mark.parametrize("call", ["get('nothing')", "get('word', { format: 'xml' })"])
def test_a_store_throws_for_what_it_has_not(call):
    code = f"import cf from 'cloudfront'; async function handler() {{ return cf.kvs().{call}; }}"

    async def script(runtime):
        runtime.set_store(STORE, {"word": "seven"})
        return await runtime.run(Function(name="f", code=code, store=STORE), {})

    with pytest.raises(FunctionFault):
        running(script)


def test_a_function_without_a_store_cannot_ask_one():
    code = "import cf from 'cloudfront'; const kvs = cf.kvs(); function handler() {}"
    with pytest.raises(FunctionFault, match="no KeyValueStore"):
        running(lambda runtime: runtime.run(Function(name="f", code=code, store=None), {}))
