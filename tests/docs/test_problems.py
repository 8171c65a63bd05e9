"""docs/problems.md knows what the CDN answers, and the CDN answers what the API would."""

import pytest

from tools import problems

ALONE = {"media-not-found": 404, "method-not-allowed": 405, "one-range-only": 416}


def test_the_page_lists_what_only_the_edge_answers():
    rows = problems.PAGE.read_text(encoding="utf-8")
    for slug, status in ALONE.items():
        assert f"| `{slug}` | {status} |" in rows


def test_the_edge_may_not_answer_one_problem_with_two_statuses(tmp_path, monkeypatch):
    other = tmp_path / "viewer_request.js"
    other.write_text(problems.EDGE.read_text(encoding="utf-8").replace("(451, 'taken-down')", "(403, 'taken-down')"))
    monkeypatch.setattr(problems, "EDGE", other)
    with pytest.raises(SystemExit, match="taken-down with 403, the API with 451"):
        problems.page()


def test_an_answer_of_the_edge_that_nobody_explained_is_noticed(tmp_path, monkeypatch):
    other = tmp_path / "viewer_request.js"
    other.write_text(problems.EDGE.read_text(encoding="utf-8").replace("'one-range-only'", "'no-such-luck'"))
    monkeypatch.setattr(problems, "EDGE", other)
    with pytest.raises(SystemExit, match="no-such-luck"):
        problems.page()
