import pytest

from legato.api import entry, new_api
from legato.caching import matches, public
from legato.errors import NotFound
from tests.music import request


class SongNotFound(NotFound): ...


@pytest.fixture
def ask():
    api = new_api(validate=False)
    api.use(middlewares=[public(seconds=60)])
    songs = {"1": {"title": "So What"}}

    @api.get("/songs/<id>")
    def song(id: str):
        if id not in songs:
            raise SongNotFound
        return songs[id]

    def asking(path, **headers):
        return entry(api)(request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}), None)

    asking.songs = songs
    return asking


def test_an_answer_may_be_kept_and_asked_about(ask):
    first = ask("/songs/1")
    assert first["headers"]["Cache-Control"] == "public, max-age=60"
    again = ask("/songs/1", if_none_match=first["headers"]["ETag"])
    assert (again["statusCode"], again.get("body") or "") == (304, "")
    assert again["headers"]["Cache-Control"] == "public, max-age=60"


def test_another_answer_has_another_tag(ask):
    tag = ask("/songs/1")["headers"]["ETag"]
    ask.songs["1"] = {"title": "Blue in Green"}
    assert ask("/songs/1", if_none_match=tag)["statusCode"] == 200


def test_a_refusal_is_not_kept(ask):
    assert ask("/songs/2")["headers"]["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("header", "same"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ("", False), ('"b"', False), ("a", False)],
)
def test_tags_are_compared_weakly(header, same):
    assert matches(header, '"a"') is same
