"""docs/access-patterns.md, read: what a table says each request costs."""

from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs/access-patterns.md"


def written(table):
    """Request → calls, from the table whose first column is headed *table*."""
    rows, inside = {}, False
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = line.strip("| ").split(" | ") if line.startswith("|") else []
        if len(cells) != 2:
            inside = inside and line.startswith("|---")
        elif cells[0] == table:
            inside = True
        elif inside:
            rows[cells[0].strip("`")] = cells[1]
    return rows
