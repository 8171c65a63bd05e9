import pytest

from local.state import StateTaken, claimed


def test_a_reset_empties_a_state_of_ours(tmp_path):
    with claimed(tmp_path / "state", reset=False) as state:
        (state / "cloud").mkdir()
    with claimed(tmp_path / "state", reset=True) as state:
        assert not (state / "cloud").exists()


def test_a_folder_that_holds_something_else_is_never_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StateTaken), claimed(tmp_path, reset=True):
        pass
    assert (tmp_path / "thesis.txt").exists()


def test_two_platforms_do_not_share_a_state(tmp_path):
    with claimed(tmp_path, reset=False), pytest.raises(StateTaken), claimed(tmp_path, reset=False):
        pass
