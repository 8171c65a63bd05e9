"""``python -m local.edge --endpoint URL --port N --country CC``: prints ``edge ready`` when it listens."""

import argparse
import asyncio
import contextlib
import os
import signal
import stat
import sys
import time
from pathlib import Path

import boto3
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError

from tools.node import node_path

from .control import Control
from .control_plane import ControlPlane
from .edge import Edge
from .function_runtime import FunctionRuntime
from .key_value_store import KeyValueStores
from .origins import Origins
from .server import Server
from .traffic import Traffic
from .watch import Watch


def main() -> int:
    try:
        asyncio.run(serve(_arguments()))
    except (OSError, BotoCoreError, ClientError) as fault:
        print(f"edge: {fault}", file=sys.stderr)
        return 1
    return 0


async def serve(arguments: argparse.Namespace) -> None:
    """Until SIGINT or SIGTERM, or until the parent that holds our stdin is gone."""
    session = boto3.Session(arguments.key, arguments.secret, region_name=arguments.region)
    credentials = ReadOnlyCredentials(arguments.key, arguments.secret, None)
    origins = Origins(arguments.endpoint, credentials, arguments.region)
    functions = FunctionRuntime(arguments.node)
    stores = KeyValueStores(arguments.endpoint, credentials, arguments.region)
    edge = Edge(
        origins=origins,
        functions=functions,
        cache_bytes=arguments.cache_mb << 20,
        country=arguments.country,
        clock=time.time,
    )
    watch = Watch(edge, ControlPlane(arguments.endpoint, session, arguments.distribution), stores, functions)
    traffic = Traffic()
    listening = await Server(edge, traffic).listen(arguments.port)
    if arguments.control:
        listening.append(await Control(traffic).listen(arguments.control))
    await watch.configuration()
    print("edge ready", flush=True)
    watching = asyncio.create_task(watch.forever())
    await _until_told()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    for each in listening:
        each.close()
    for part in (functions, stores, origins):
        await part.close()


async def _until_told() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, told.set)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        loop.add_reader(sys.stdin.fileno(), _read_parent, told)
    await told.wait()


def _read_parent(gone: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        gone.set()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.edge", description=__doc__)
    parser.add_argument("--endpoint", required=True, help="the emulator, http://127.0.0.1:4566")
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument(
        "--country", default="", help="the viewers' country, ISO 3166-1 alpha-2; x-viewer-country overrides it"
    )
    parser.add_argument("--distribution", help="id of the distribution to serve; the first one if left out")
    parser.add_argument("--control", type=int, help="port for /throttle and /log; closed if left out")
    parser.add_argument("--cache-mb", type=int, default=256)
    parser.add_argument("--key", default="test", help="the operator's access key on the emulator")
    parser.add_argument("--secret", default="test")
    parser.add_argument("--region", default=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
    parser.add_argument("--node", type=Path, default=node_path())
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
