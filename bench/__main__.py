"""``make bench`` runs every benchmark, ``make bench ONLY=name`` one; writes ``bench/results.json`` and prints a table."""

import importlib
import json
import platform
import sys
from pathlib import Path

from bench.harness import Result

HERE = Path(__file__).parent
NOT_BENCHMARKS = {"__init__", "__main__", "harness"}


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHMARKS)


def main() -> int:
    wanted = sys.argv[1:] or names()
    if unknown := set(wanted) - set(names()):
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    results: list[Result] = []
    print(f"{'benchmark':34} {'a':>24} {'b':>24} {'a ms':>9} {'b ms':>9} {'a/b':>6} {'a/a':>6}")
    for name in wanted:
        for result in importlib.import_module(f"bench.{name}").run():
            results.append(result)
            flag = "" if result.sound else "  unsound: run again on a quieter machine"
            print(
                f"{result.name:34} {result.a:>24} {result.b:>24} {result.a_ms:9.3f} {result.b_ms:9.3f}"
                f" {result.ratio:6.2f} {result.control:6.2f}{flag}",
                flush=True,
            )
    path = HERE / "results.json"
    kept = json.loads(path.read_text())["results"] if path.exists() else []
    fresh = {result.name for result in results}
    rows = [row for row in kept if row["name"] not in fresh] + [result.row() for result in results]
    machine = {"python": platform.python_version(), "machine": platform.machine(), "system": platform.system()}
    path.write_text(json.dumps({"machine": machine, "results": rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
