import pytest

from legato import ids


def test_new_ids_sort_by_birth_and_are_recognised():
    made = [ids.new("trk") for _ in range(3)]
    assert len(set(made)) == 3
    assert all(ids.is_id("trk", each) for each in made)
    assert [each[:13] for each in made] == sorted(each[:13] for each in made)


def test_an_item_of_a_playlist_has_an_id_like_everything_else():
    assert ids.is_id("itm", ids.new("itm"))


def test_the_same_names_always_have_the_same_id_and_boundaries_count():
    assert ids.of("alb", "a", "b") == ids.of("alb", "a", "b") != ids.of("alb", "ab", "")


@pytest.mark.parametrize(
    "value", ["", "trk_", "trk_UPPERCASE0000000000", "alb_0123456789abcdef", "trk_../../etc/passwd00"]
)
def test_anything_else_is_not_an_id(value):
    assert not ids.is_id("trk", value)
