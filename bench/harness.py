"""How to measure on a noisy machine: CPU time, A and B in turn, the ratio of medians, and A against itself.

Wall-clock time on a shared machine swings by a third; CPU time by a few per cent. A control of A against A that
leaves 0.97 … 1.03 says that the run proves nothing, and `Result.sound` says so.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONTROL = (0.97, 1.03)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    name: str
    a: str
    b: str
    a_ms: float
    """Median CPU milliseconds."""
    b_ms: float
    ratio: float
    """a / b: below 1, a is cheaper."""
    control: float
    """a / a, from every other run of a."""
    pairs: int

    @property
    def sound(self) -> bool:
        return CONTROL[0] <= self.control <= CONTROL[1]

    def row(self) -> dict[str, object]:
        return asdict(self) | {"sound": self.sound}


def compare(
    name: str, a: tuple[str, Callable[[], float]], b: tuple[str, Callable[[], float]], *, pairs: int = 25
) -> Result:
    """Run both in turn, *pairs* times after a warm-up; each call returns its CPU seconds."""
    a[1](), b[1]()
    first, second, other = [], [], []
    for _ in range(pairs):
        first.append(a[1]())
        other.append(b[1]())
        second.append(a[1]())
    mine, its = statistics.median(first + second), statistics.median(other)
    return Result(
        name=name,
        a=a[0],
        b=b[0],
        a_ms=round(mine * 1000, 3),
        b_ms=round(its * 1000, 3),
        ratio=round(mine / its, 3),
        control=round(statistics.median(first) / statistics.median(second), 3),
        pairs=pairs,
    )


def calls(work: Callable[[], object], times: int) -> Callable[[], float]:
    """CPU seconds of one call of *work*, from *times* of them in this process."""

    def measured() -> float:
        began = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - began) / times

    return measured


def process(code: str) -> Callable[[], float]:
    """CPU seconds of a fresh interpreter that runs *code*, children and start-up included."""
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers/core/python'}",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def measured() -> float:
        child = subprocess.Popen([sys.executable, "-c", code], env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"ended with {child.returncode}: {code}")
        return usage.ru_utime + usage.ru_stime

    return measured
