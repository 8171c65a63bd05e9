from legato.catalog import lyrics
from legato.catalog.model import SyncedLine


def lines(text):
    return [(line.at_ms, line.text) for line in lyrics.synced(text)]


def test_lines_come_in_the_order_of_their_times():
    assert lines("[ti:Song]\n[00:12.5]two\n[00:01.00]one\n[1:02.345]three\nno time") == [
        (1000, "one"),
        (12_500, "two"),
        (62_345, "three"),
    ]


def test_a_refrain_has_several_times():
    assert lines("[00:05.00][00:25.00]la la") == [(5000, "la la"), (25_000, "la la")]


def test_an_offset_moves_every_line_and_none_before_the_beginning():
    assert lines("[offset:+500]\n[00:00.20]a\n[00:02.00]b") == [(0, "a"), (1500, "b")]


def test_times_of_words_are_left_out():
    assert lines("[00:01.00]<00:01.00>one <00:01.50>two") == [(1000, "one two")]


def test_words_without_times_are_not_synced():
    assert lyrics.synced("[Chorus]\nla la") == ()
    assert lyrics.plain((SyncedLine(at_ms=0, text="a"), SyncedLine(at_ms=1, text="b"))) == "a\nb"
