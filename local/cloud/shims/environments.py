"""Execution environments of Python functions, closer to Lambda than ministack's.

- An environment sees its own archive, its layers as one ``/opt`` (with ``bin`` on PATH, executable), boto3 as Lambda
  brings it, and nothing else of this machine: ministack lets functions import whatever its own interpreter can.
- It gets the function's settings and its own role's credentials, not ministack's environment.
- An exception keeps its type, message and stack (ministack: always ``Runtime.HandlerError``, so that Step Functions'
  Retry and Catch never match), and does not end the environment.
- Logs end with a mark, so that nothing waits for more of them (ministack: 50 ms a call).
- Archives are unpacked once, not once for each environment.
- What functions print is in ``functions.log`` too.
"""

import hashlib
import io
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

from local.cloud import runtime

BROUGHT_BY_LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
"""What Lambda's Python runtime holds beside the standard library."""
INIT_SECONDS = 30.0
"""Lambda gives 10 s to initialise; a busy laptop gets more."""


def install(home: Path) -> None:
    assert lambda_runtime._worker_class_for({"Runtime": "python3.13"}) is lambda_runtime.Worker, "ministack changed"
    assert "worker.invoke(" in _source(lambda_svc._execute_function_warm), "ministack changed"
    stock = lambda_runtime._worker_class_for
    Environment.home = home
    _link_runtime(home / "lambda-runtime")

    def worker_class(config: dict[str, Any]) -> Any:
        return Environment if str(config.get("Runtime", "")).startswith("python") else stock(config)

    lambda_runtime._worker_class_for = worker_class
    warm = lambda_svc._execute_function_warm

    def execute(func: dict[str, Any], event: Any, request_id: str) -> Any:
        config = func.get("config") or func
        if not str(config.get("Runtime", "")).startswith("python"):
            return warm(func, event, request_id)
        return _execute(func, config, event, request_id)

    lambda_svc._execute_function_warm = execute


def _execute(func: dict[str, Any], config: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    lambda_svc._ensure_reaper_thread()
    version = config.get("Version", "$LATEST")
    environment, _ = lambda_runtime.acquire_worker(config["FunctionName"], config, func["code_zip"], qualifier=version)
    try:
        answer, log = environment.run(event, request_id, lambda_svc._xray_trace_id_for_invocation(config))
    finally:
        lambda_runtime.release_worker(environment)
    environment.keep(log)
    if "result" in answer:
        return {"body": answer["result"], "log": log}
    return {"body": {**answer, "requestId": request_id}, "error": True, "log": log}


class Environment:
    """One execution environment. ministack pools them, and reads ``in_use``, ``last_used``, ``config``, ``_proc``."""

    home: Path

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        self.func_name = func_name
        self.config = config
        self.code_zip = code_zip
        self.in_use = False
        self.last_used = time.time()
        self._proc: subprocess.Popen[str] | None = None
        self._cold = True
        self._lock = threading.Lock()
        self._tmpdir = ""
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._logs: queue.Queue[str] = queue.Queue()

    def run(self, event: Any, request_id: str, trace: str | None) -> tuple[dict[str, Any], str]:
        """The answer of the function, or its failure, and what it logged."""
        seconds = float(self.config.get("Timeout", 3))
        with self._lock:
            began = self._start()
            if began:
                return began
            arn = self.config.get("FunctionArn", "")
            call = {
                "event": event,
                "request_id": request_id,
                "arn": arn,
                "deadline": time.time() + seconds,
                "trace": trace,
            }
            return self._ask(call, seconds)

    def _ask(self, message: dict[str, Any], seconds: float) -> tuple[dict[str, Any], str]:
        assert self._proc
        assert self._proc.stdin
        try:
            self._proc.stdin.write(json.dumps(message) + "\n")
            self._proc.stdin.flush()
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.kill()
            return {
                "errorType": "Sandbox.Timedout",
                "errorMessage": f"Task timed out after {seconds:.2f} seconds",
            }, self._logged(0)
        except OSError:
            answer = {"died": True}
        if "died" in answer:
            self.kill()
            fault = {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited without providing a reason"}
            return fault, self._logged(0)
        return answer, self._logged(1)

    def _start(self) -> tuple[dict[str, Any], str] | None:
        """Begin the process where there is none; the failure of that, if it failed."""
        if self._proc is not None and self._proc.poll() is None:
            return None
        self._tmpdir = tempfile.mkdtemp(prefix=f"{self.func_name[:40]}-", dir=self._folder("tmp"))
        self._answers, self._logs = queue.Queue(), queue.Queue()
        code, opt = self._unpacked([self.code_zip]), self._unpacked(self._layers())
        self._proc = subprocess.Popen(
            [sys.executable, "-I", "-S", "-u", "-X", "utf8", runtime.__file__],
            cwd=code,
            env=self._environment(code, opt),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process = self._proc
        for work in (_read_answers, _read_logs):
            threading.Thread(
                target=work, args=(process, self._answers if work is _read_answers else self._logs), daemon=True
            ).start()
        path = [str(code), str(opt / "python"), str(self.home / "lambda-runtime")]
        setup = {"handler": self.config["Handler"], "path": path, "memory": self.config.get("MemorySize", 128)}
        answer, log = self._ask(setup, INIT_SECONDS)
        if not answer.get("ready"):
            self.kill()
            return answer, log
        self._cold = False
        return None

    def _environment(self, code: Path, opt: Path) -> dict[str, str]:
        account, region = lambda_runtime._account_region_from_function_config(self.config)
        name = self.config.get("FunctionName", "")
        settings = self.config.get("Environment", {}).get("Variables", {})
        own = {
            **lambda_runtime.execution_credentials(self.config),
            "AWS_ACCOUNT_ID": account,
            "AWS_DEFAULT_REGION": region,
            lambda_runtime.HOST_PREFIX_ENV: "true",  # an account's own host name does not resolve on loopback
            "AWS_REGION": region,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.config.get('Runtime', '')}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.config.get("MemorySize", 128)),
            "AWS_LAMBDA_FUNCTION_VERSION": self.config.get("Version", "$LATEST"),
            "AWS_LAMBDA_LOG_GROUP_NAME": self.config.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}"),
            "AWS_LAMBDA_LOG_STREAM_NAME": new_uuid(),
            "LAMBDA_TASK_ROOT": str(code),
            "LD_LIBRARY_PATH": str(opt / "lib"),
            "PATH": f"{opt}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": self._tmpdir,
            "TMPDIR": self._tmpdir,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
        }
        return {str(k): str(v) for k, v in {**settings, **own}.items()}

    def _layers(self) -> list[bytes]:
        refs = self.config.get("Layers") or []
        zips = [lambda_svc._resolve_layer_zip(ref) for ref in refs]
        if None in zips:
            raise RuntimeError(f"{self.func_name}: layer {refs[zips.index(None)]} has no content")
        return [each for each in zips if each is not None]

    def _unpacked(self, archives: list[bytes]) -> Path:
        """A folder that holds *archives*, later ones over earlier ones, as Lambda merges layers into ``/opt``."""
        digest = hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in archives)).hexdigest()[:32]
        folder = self._folder("unpacked") / digest
        with _unpacking:
            if not folder.exists():
                partial = Path(tempfile.mkdtemp(dir=folder.parent))
                for each in archives:
                    _unzip(each, partial)
                partial.rename(folder)
        return folder

    def _folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _logged(self, marks: int) -> str:
        """The lines until the end mark; without one (*marks* 0), what has arrived."""
        lines = []
        try:
            while (line := self._logs.get(timeout=1 if marks else 0.05)) != runtime.END:
                lines.append(line)
        except queue.Empty:
            pass
        return "\n".join(lines)

    def keep(self, log: str) -> None:
        """For people: the log groups of a stack that was rolled back are gone."""
        if log:
            with (self.home / "functions.log").open("a") as file:
                file.writelines(f"{self.func_name}: {line}\n" for line in log.splitlines())

    def kill(self) -> None:
        lambda_runtime.kill_workers([self])

    def _discard_tmpdir(self) -> None:
        shutil.rmtree(self._tmpdir, ignore_errors=True)


_unpacking = threading.Lock()


def _unzip(archive: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as held:
        held.extractall(folder)
        # zipfile forgets modes; Lambda keeps them.
        for member in held.infolist():
            if mode := (member.external_attr >> 16) & 0o777:
                (folder / member.filename).chmod(mode | 0o600)


def _read_answers(process: "subprocess.Popen[str]", into: "queue.Queue[dict[str, Any]]") -> None:
    assert process.stdout
    for line in process.stdout:
        into.put(json.loads(line))
    into.put({"died": True})


def _read_logs(process: "subprocess.Popen[str]", into: "queue.Queue[str]") -> None:
    assert process.stderr
    for line in process.stderr:
        into.put(line.rstrip("\n"))


def _link_runtime(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    import boto3  # noqa: PLC0415 -- only to find where the packages lie

    packages = Path(boto3.__file__).parents[1]
    for name in BROUGHT_BY_LAMBDA:
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(packages / name)


def _source(function: Any) -> str:
    import inspect  # noqa: PLC0415 -- once, at start

    return inspect.getsource(function)
