"""The documents say what the code does, or a test here fails."""

import json
import re
from pathlib import Path

from tools import problems

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def _rows(document, columns):
    """The cells of every table row of *document* with that many columns, code marks taken off."""
    rows = [
        line.strip("| ").split(" | ")
        for line in document.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    return [[cell.strip().strip("`") for cell in row] for row in rows if len(row) == columns]


def test_every_problem_a_client_may_meet_is_explained():
    assert (DOCS / "problems.md").read_text(encoding="utf-8") == problems.page()


def test_every_dependency_has_its_reason():
    written = {name for name, _ in _rows(DOCS / "dependencies.md", 2)} - {"package", "---"}
    wanted = {
        re.split(r"[\[=<>]", line)[0]
        for line in (ROOT / "requirements.in").read_text().splitlines()
        if line and not line.startswith("#")
    }
    package = json.loads((ROOT / "web/package.json").read_text())
    wanted |= set(package.get("dependencies", {})) | set(package.get("devDependencies", {}))
    assert written == wanted


def test_the_commands_of_the_readme_are_in_the_makefile():
    named = set(re.findall(r"`make (\w+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named >= {"up", "test", "prove", "check", "synth", "deploy", "smoke", "bench"}
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets


def test_links_between_documents_lead_somewhere():
    for document in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_decisions_are_numbered_once():
    numbers = [path.name[:4] for path in (DOCS / "adr").glob("0*.md")]
    assert len(numbers) == len(set(numbers))


def test_no_lock_file_names_a_registry():
    assert "://" not in (ROOT / "requirements.lock").read_text()
    assert '"resolved"' not in (ROOT / "web/package-lock.json").read_text()
