import pytest

from legato.catalog import shelves
from legato.catalog.shelves import Sort
from tests.music import COVER, an_album


def test_an_album_stands_once_in_every_order_and_once_more_in_its_genre():
    assert [shelf for shelf, _ in shelves.places(an_album(genre="Jazz"))] == [
        "albums/new",
        "albums/new/jazz",
        "albums/title",
        "albums/title/jazz",
        "albums/popular",
        "albums/popular/jazz",
    ]


def test_an_album_without_a_genre_stands_in_none():
    assert [shelf for shelf, _ in shelves.places(an_album(genre=""))] == [
        "albums/new",
        "albums/title",
        "albums/popular",
    ]


@pytest.mark.parametrize(
    ("one", "other"), [("Drum & Bass", "drum & bass"), ("Électro", "electro"), ("K-Pop", "\uff2b-pop")]
)
def test_a_genre_is_one_however_it_is_written(one, other):
    assert shelves.albums(Sort.NEW, one) == shelves.albums(Sort.NEW, other)


def test_dates_sort_however_precise_they_are():
    dates = ["1999", "2020", "2020-05", "2020-05-01", "2020-06", "2021"]
    ranks = [shelves.by_date(an_album(release_date=date)) for date in dates]
    assert ranks == sorted(ranks)


def test_an_album_without_a_date_is_as_new_as_its_arrival():
    assert shelves.by_date(an_album(release_date="", added_at="2026-03-04T05:06:07.000Z")).startswith("2026-03-04#")


def test_a_title_of_any_length_is_a_key():
    assert len(shelves.by_name("愛" * 5000, "alb_" + "x" * 26).encode()) < 1024
    assert len(shelves.albums(Sort.TITLE, "愛" * 5000).encode()) < 1024


def test_what_is_not_mentioned_is_not_forgotten():
    known = an_album(label="Bethlehem", added_at="2026-01-01T00:00:00.000Z")
    later = an_album(label="", genre="Blues", art=None, added_at="2027-01-01T00:00:00.000Z")
    updated = known.updated(later)
    assert (updated.label, updated.genre, updated.art) == ("Bethlehem", "Blues", COVER)
    assert updated.added_at == "2026-01-01T00:00:00.000Z"
