"""The whole platform on this machine, in the foreground: ``make up``.

Everything that stays runs as a child (`local.children`); whatever ends this process ends them. State lives in one
folder: ``cloud/`` (ministack's), ``accounts.json``, ``library.json``, logs, and while the platform is ready ``up.json``.
"""

import argparse
import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from legato.billing.table import BillingTable
from legato.identity.table import IdentityTable
from local import accounts, synth
from local.children import ChildFailed, Children, drain
from local.cloud import process as cloud
from local.deploy import DeployFailed, Deployment, client
from local.library import Library, LibraryFailed, Published
from local.music import DemoMusic
from local.ports import is_free, remembered
from local.progress import say, step
from local.state import StateTaken, claimed
from tools.node import links

ROOT = Path(__file__).parents[1]


class Stop(BaseException):
    """SIGINT or SIGTERM. Not an `Exception`: nobody may swallow it."""


class NotStarted(Exception):  # noqa: N818 -- what is wrong, in one line
    """The platform cannot start here, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The command line."""

    port: int
    state: Path
    library: Path | None
    country: str
    reset: bool


def wishes(arguments: list[str]) -> Wishes:
    parser = argparse.ArgumentParser(prog="make up")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--state", type=Path, default=Path(".local"))
    parser.add_argument("--library", type=lambda name: Path(name).expanduser())  # make hands ~ on as it is
    parser.add_argument("--country", default="DE")
    parser.add_argument("--reset", action="store_true")
    return Wishes(**vars(parser.parse_args(arguments)))


def main(arguments: list[str]) -> int:
    wanted = wishes(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with ExitStack() as resources:
            state = resources.enter_context(claimed((ROOT / wanted.state).resolve(), reset=wanted.reset))
            _check(wanted)
            children = resources.enter_context(Children())
            try:
                _run(wanted, state, children, resources)
            except (OSError, HTTPException, BotoCoreError, ClientError) as fault:
                children.check()  # a child that is gone explains it better
                raise NotStarted(f"{type(fault).__name__}: {fault} (logs are in {state})") from fault
    except Stop:
        return 0
    except (NotStarted, StateTaken, ChildFailed, LibraryFailed, cloud.CloudFailed) as reason:
        sys.stdout.flush()
        sys.stderr.write(f"make up: {reason}\n")
        return 1
    return 0


def _run(wanted: Wishes, state: Path, children: Children, resources: ExitStack) -> None:
    began = time.monotonic()
    port = remembered(state / "cloud-port")
    running = children.adopt("the local cloud", cloud.start(state / "cloud", port))
    demo = None if wanted.library else DemoMusic(children, _environment())
    with step("building the web app"):
        children.begin("the web app", [sys.executable, "-m", "tools.web"], env=_environment(), cwd=ROOT).finish()
    with step("synthesising the templates"):
        assembly = synth.assembly(lambda command, env: children.begin("synth", command, env=env, cwd=ROOT).finish())
    _point(state / "cdk.out", assembly)
    with step("starting the local cloud"):
        endpoint = cloud.ready(running, port)
    with step("deploying the stacks"):
        _deploy(assembly, endpoint)
    client("ses", endpoint).verify_domain_identity(Domain=synth.SENDER.rpartition("@")[2])  # the operator's part on AWS
    with step("starting the edge"):
        _start_edge(wanted, endpoint, children, state)
    url = f"http://localhost:{wanted.port}"
    with step("registering the accounts"):
        known = _accounts(url, endpoint, state)
    if demo:
        with step("composing the demo music"):
            demo.finish()
    folder = demo.folder if demo else wanted.library
    assert folder
    published = _publish(url, known, folder, state)
    _announce(state, resources, url=url, known=known, published=published, endpoint=endpoint)
    say(f"{len(published.tracks)} tracks after {time.monotonic() - began:.0f} s; Ctrl-C stops")
    say(f"ready {url}")
    while True:
        children.check()
        time.sleep(0.5)


def _deploy(assembly: Path, endpoint: str) -> None:
    try:
        Deployment(assembly, endpoint).run(
            lambda name, seconds: say(f"  {name} ({seconds:.1f} s)") if seconds > 1 else None
        )
    except DeployFailed as fault:
        raise NotStarted(f"{fault} (RESET=1 starts empty)") from fault


def _point(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _accounts(url: str, endpoint: str, state: Path) -> list[accounts.Account]:
    os.environ |= {**cloud.CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}  # for `legato.dynamo`
    tables = _tables(endpoint)
    return accounts.seed(
        url,
        state / "accounts.json",
        identity=IdentityTable(tables["Identity"]),
        billing=BillingTable(tables["Billing"]),
    )


def _publish(url: str, known: list[accounts.Account], folder: Path, state: Path) -> Published:
    operator = next(account for account in known if account.roles)
    library = Library(
        url=url, sign_in=lambda: accounts.token(url, operator), folder=folder, ledger=state / "library.json"
    )
    with step("publishing the music"):
        published = library.publish(say)
    for name, reason in published.refused:
        say(f"  refused {name}: {reason}")
    return published


def _announce(
    state: Path,
    resources: ExitStack,
    *,
    url: str,
    known: list[accounts.Account],
    published: Published,
    endpoint: str,
) -> None:
    """``up.json``, whole or not at all, and gone when we are."""
    content = {
        "url": url,
        "accounts": accounts.listed(known),
        "tracks": len(published.tracks),
        "pid": os.getpid(),
        "aws_endpoint": endpoint,
    }
    resources.callback((state / "up.json").unlink, missing_ok=True)
    partial = state / "up.json.new"
    partial.touch(0o600)
    partial.write_text(json.dumps(content, indent=2))
    partial.replace(state / "up.json")
    for account in known:
        say(f"  {account.email} {account.password} ({', '.join([account.plan, *account.roles])})")


def _stop(number: int, _frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # stopping takes seconds; it is not interrupted
    raise Stop(number)


def _check(wanted: Wishes) -> None:
    if not is_free(wanted.port):
        raise NotStarted(f"port {wanted.port} is in use: stop what listens there, or choose another with PORT=")
    if wanted.library and not wanted.library.is_dir():
        raise NotStarted(f"LIBRARY={wanted.library} is not a folder")


def _environment() -> dict[str, str]:
    """For our own tools: this machine's environment with our Node first and our packages found."""
    return {
        **os.environ,
        "NO_COLOR": "1",  # its words may end in ours
        "PATH": f"{links()}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers/core/python'}",
    }


def _start_edge(wanted: Wishes, endpoint: str, children: Children, state: Path) -> None:
    command = [sys.executable, "-m", "local.edge", "--endpoint", endpoint, "--port", str(wanted.port)]
    edge = children.start(
        "the edge", [*command, "--country", wanted.country], env={**_environment(), **cloud.CREDENTIALS}, cwd=ROOT
    )
    assert edge.stdout
    said = []
    for raw in edge.stdout:
        line = raw.decode(errors="replace").strip()
        if line == "edge ready":
            break
        said.append(line)
    else:
        raise ChildFailed("\n".join(["the edge did not start", *said[-15:]]))
    drain(edge, state / "edge.log")


def _tables(endpoint: str) -> dict[str, str]:
    """Physical names of the tables by logical id."""
    cloudformation = client("cloudformation", endpoint)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for stack in cloudformation.describe_stacks()["Stacks"]
        if stack["StackStatus"] != "DELETE_COMPLETE"
        for resource in cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]
        if resource["ResourceType"] == "AWS::DynamoDB::Table"
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
