"""One execution environment of a Python function: a process that sees what a Lambda would, and acts as its role."""

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

from local.cloud import runtime
from local.cloud.archives import Archives

RUNTIME = "lambda-runtime"
"""The folder of what Lambda's Python runtime brings, below the cloud's own."""
INIT_SECONDS = 30.0
"""Lambda gives 10 s to initialise; a busy laptop gets more."""


def log_group(config: Mapping[str, Any]) -> str:
    """Where a function's log goes."""
    return str((config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}")


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
        archives = Archives(self.home / "unpacked")
        code, opt = archives.folder([self.code_zip]), archives.folder(self._layers())
        self._proc = subprocess.Popen(
            [sys.executable, "-I", "-S", "-u", "-X", "utf8", runtime.__file__],
            cwd=code,
            env=self._environment(code, opt),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for work, into in ((_read_answers, self._answers), (_read_logs, self._logs)):
            threading.Thread(target=work, args=(self._proc, into), daemon=True).start()
        path = [str(code), str(opt / "python"), str(self.home / RUNTIME)]
        setup = {"handler": self.config["Handler"], "path": path, "memory": self.config.get("MemorySize", 128)}
        answer, log = self._ask(setup, INIT_SECONDS)
        if not answer.get("ready"):
            self.kill()
            return answer, log
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
            "AWS_LAMBDA_LOG_GROUP_NAME": log_group(self.config),
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


def _read_answers(process: "subprocess.Popen[str]", into: "queue.Queue[dict[str, Any]]") -> None:
    assert process.stdout
    for line in process.stdout:
        into.put(json.loads(line))
    into.put({"died": True})


def _read_logs(process: "subprocess.Popen[str]", into: "queue.Queue[str]") -> None:
    assert process.stderr
    for line in process.stderr:
        into.put(line.rstrip("\n"))
