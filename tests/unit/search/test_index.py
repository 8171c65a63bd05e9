"""Relevance: what people type finds what they mean."""

import pytest

from legato import ids
from legato.search import folding
from legato.search.index import Index, write
from legato.search.model import Entry, Kind, edits

LIBRARY = [
    # artist, album, song
    ("Nina Simone", "Little Girl Blue", "Mood Indigo"),
    ("Björk", "Homogenic", "Jóga"),
    ("Beyoncé", "I Am… Sasha Fierce", "Halo"),
    ("AC/DC", "The Razors Edge", "Thunderstruck"),
    ("The Who", "My Generation", "The Kids Are Alright"),
    ("Кино", "Группа крови", "Спокойная ночь"),
    ("宇多田ヒカル", "First Love", "光"),
    ("Sigur Rós", "Ágætis byrjun", "Svefn-g-englar"),
    ("Simon & Garfunkel", "Bookends", "Mrs. Robinson"),
    ("Midnight Oil", "Blue Sky Mining", "Blue Sky Mine"),
]


def an_entry(song, artist="", album="", **changes):
    return Entry(**{"id": ids.of("trk", song), "title": song, "artists": (artist,), "album": album} | changes)


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    return index_of(
        tmp_path_factory.mktemp("index"), *(an_entry(song, artist, album) for artist, album, song in LIBRARY)
    )


def index_of(folder, *entries):
    write(folder, {entry.id: entry for entry in entries})
    return {entry.id: entry.title for entry in entries}, Index(folder)


def titles(music, typed, limit=10):
    names, index = music
    asked = folding.asked(typed)
    return [names[each] for each in index.find(asked, Kind.TRACK, limit)] if asked else []


@pytest.mark.parametrize(
    ("typed", "song"),
    [
        ("m", "Mood Indigo"),
        ("mood ind", "Mood Indigo"),
        ("nina mood", "Mood Indigo"),
        ("mood idnigo", "Mood Indigo"),  # a swap of neighbours is one mistake
        ("moood indigo", "Mood Indigo"),
        ("thnuderstrukc", "Thunderstruck"),  # two from eight letters on
        ("the kids", "The Kids Are Alright"),  # no stop words
        ("who are", "The Kids Are Alright"),
        ("bjork", "Jóga"),
        ("BEYONCE", "Halo"),
        ("\uff42\uff45yonce", "Halo"),  # full width
        ("acdc", "Thunderstruck"),
        ("ac dc", "Thunderstruck"),
        ("кино", "Спокойная ночь"),
        ("спокоиная ноч", "Спокойная ночь"),
        ("спокйоная", "Спокойная ночь"),
        ("光", "光"),
        ("ヒカル", "光"),
        ("ひかる", "光"),
        ("多田", "光"),
        ("sigur ros", "Svefn-g-englar"),
        ("agaetis", "Svefn-g-englar"),
        ("simon and garfunkel", "Mrs. Robinson"),
        ("simon & garfunkel", "Mrs. Robinson"),
        ("mrs robinson", "Mrs. Robinson"),
        ("homogenic joga", "Jóga"),
        ("  halo\t\u0000", "Halo"),
        ("\u202ehalo", "Halo"),  # right-to-left override
    ],
)
def test_what_people_type_finds_what_they_mean(music, typed, song):
    assert song in titles(music, typed)


@pytest.mark.parametrize(
    "typed", ["zzzzzz", "hxlx", "halo nobody", "\u0000\u0007", "***", '"', "title:(", "AND OR NOT", "😀", "م" * 1000]
)
def test_what_is_not_there_is_not_found_and_breaks_nothing(music, typed):
    assert titles(music, typed) == []


def test_what_is_written_like_the_query_comes_first(tmp_path):
    music = index_of(tmp_path, *map(an_entry, ["Hallo Welt", "Halogen Night", "Halo", "Halos and Horns"]))
    assert titles(music, "halo")[0] == "Halo"
    assert titles(music, "halogen n") == ["Halogen Night"]


def test_fewer_mistakes_come_first(tmp_path):
    music = index_of(tmp_path, *map(an_entry, ["Thunderrroad", "Thunderroad"]))
    assert titles(music, "thundrroad ") == ["Thunderroad", "Thunderrroad"]


def test_what_is_better_known_comes_first(tmp_path):
    entries = [an_entry(f"Angel {plays}", popularity=plays) for plays in (0, 1_000_000, 1_000)]
    assert titles(index_of(tmp_path, *entries), "ange") == ["Angel 1000000", "Angel 1000", "Angel 0"]


def test_no_hit_is_given_twice_and_none_beyond_the_limit(tmp_path):
    music = index_of(tmp_path, *(an_entry(f"Song number {n}") for n in range(30)))
    assert len(set(titles(music, "song", limit=7))) == len(titles(music, "song", limit=7)) == 7


def test_an_entry_that_changes_is_found_as_it_is_now(tmp_path):
    entry = an_entry("Working Title")
    write(tmp_path, {entry.id: entry})
    write(tmp_path, {entry.id: Entry(id=entry.id, title="Final Name")})
    index = Index(tmp_path)
    assert index.find(folding.asked("working"), Kind.TRACK, 10) == []
    assert index.find(folding.asked("final"), Kind.TRACK, 10) == [entry.id]
    write(tmp_path, {entry.id: None})
    assert Index(tmp_path).find(folding.asked("final"), Kind.TRACK, 10) == []


def test_an_index_with_nothing_in_it_finds_nothing():
    assert Index().find(folding.asked("halo"), Kind.TRACK, 10) == []


def test_kinds_do_not_mix(tmp_path):
    album = Entry(id=ids.of("alb", "Halo"), title="Halo")
    write(tmp_path, {album.id: album})
    assert Index(tmp_path).find(folding.asked("halo"), Kind.TRACK, 10) == []
    assert Index(tmp_path).find(folding.asked("halo"), Kind.ALBUM, 10) == [album.id]


@pytest.mark.parametrize(("word", "mistakes"), [("abc", 0), ("abcd", 1), ("abcdefg", 1), ("abcdefgh", 2)])
def test_longer_words_may_hold_more_mistakes(word, mistakes):
    assert edits(word) == mistakes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't Stop", ["dont", "stop"]),
        ("AC/DC", ["ac", "dc", "acdc"]),
        ("宇多田ヒカル", ["宇多", "多田", "田ヒ", "ヒカ", "カル", "ル"]),
        ("がくせい", ["カ\u3099ク", "クセ", "セイ", "イ"]),
        ("Ελλάδα", ["ελλαδα"]),
        ("สวัสดี", ["สวัสดี"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("東京12時", ["東京", "京", "12", "時"]),
        ("", []),
    ],
)
def test_text_is_cut_into_words_as_its_script_is_read(text, words):
    assert folding.indexed(text) == words
