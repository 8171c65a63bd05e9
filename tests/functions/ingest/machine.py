"""The deployed state machine's definition, walked a state at a time, so that executions can be interleaved."""

import json

from botocore.awsrequest import AWSResponse

from functions.encode import app as encode
from functions.inspect import app as inspect
from functions.publish import app as publish
from infra.ingest_steps import definition

STEPS = {"${inspect}": inspect.handle, "${encode}": encode.handle, "${publish}": publish.handle}


class Crash(Exception):  # noqa: N818 -- a name as Step Functions sees it
    """The function's process is gone, between any two calls that it makes."""


class Weather:
    """What may befall any call to AWS: it is refused, or the caller is dead before or after it."""

    def __init__(self, rng, clients):
        self.rng, self.odds, self.met = rng, 0.0, {}
        for client in clients:
            client.meta.events.register("before-call", self.before)
            client.meta.events.register("after-call", self.after)

    def before(self, model, **_):
        if self.rng.random() < self.odds:
            service = model.service_model.service_name
            slow = ("SlowDown", 503) if service == "s3" else ("ThrottlingException", 400)
            code, status = self.rng.choice([slow, ("ServiceUnavailable", 503)])
            self.count(f"{service} {code}")
            return AWSResponse("", status, {}, None), {"Error": {"Code": code, "Message": "injected"}}
        if self.rng.random() < self.odds:
            self.count("crash before a call")
            raise Crash
        return None

    def after(self, **_):
        if self.rng.random() < self.odds:
            self.count("crash after a call")
            raise Crash

    def count(self, what):
        self.met[what] = self.met.get(what, 0) + 1


def execution(event, letters):
    """A generator that stops after every attempt at a state; Retry, Catch and Choice are those of the template."""
    states, name, given = definition()["States"], definition()["StartAt"], event
    while True:
        state = states[name]
        if state["Type"] in ("Succeed", "Fail"):
            return
        if state["Type"] == "Choice":
            held = given["state"] == state["Choices"][0]["StringEquals"]
            name = state["Choices"][0]["Next"] if held else state["Default"]
            continue
        if state["Resource"].endswith("sqs:sendMessage"):
            letters.append({"event": event, "outcome": given})
            name = state["Next"]
            continue
        tried = {}
        while True:
            try:
                given, name = json.loads(json.dumps(STEPS[state["Resource"]](given))), state["Next"]
                break
            except Exception as fault:  # noqa: BLE001 -- every failure is an answer
                error = type(fault).__name__
                rule = next(n for n, r in enumerate(state["Retry"]) if {error, "States.ALL"} & set(r["ErrorEquals"]))
                tried[rule] = tried.get(rule, 0) + 1
                yield
                if tried[rule] <= state["Retry"][rule]["MaxAttempts"]:
                    continue
                [catch] = state["Catch"]
                cause = json.dumps({"errorType": error, "errorMessage": str(fault)})
                given = given | {catch["ResultPath"].removeprefix("$."): {"Error": error, "Cause": cause}}
                name = catch["Next"]
                break
        yield
