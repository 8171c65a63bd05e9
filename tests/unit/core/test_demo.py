"""The demo music is the same every run and loud enough to be music."""

from dataclasses import replace

import numpy as np

from local.demo.cover import cover
from local.demo.play import play
from local.demo.programme import PROGRAMME

SHORT = replace(PROGRAMME[0].pieces[0], rounds=1, chords=(0, 4))


def test_a_piece_sounds_the_same_every_time():
    first, second = play(SHORT), play(SHORT)
    assert np.array_equal(first, second)
    assert np.abs(first).max() < 1
    assert np.sqrt((first**2).mean()) > 0.05


def test_there_are_a_dozen_pieces_by_several_artists_in_several_genres():
    assert sum(len(record.pieces) for record in PROGRAMME) == 12
    assert len({record.artist for record in PROGRAMME}) >= 4
    assert len({record.genre for record in PROGRAMME}) >= 4


def test_covers_differ_and_repeat():
    assert len({cover(record) for record in PROGRAMME}) == len(PROGRAMME)
    assert cover(PROGRAMME[0]) == cover(PROGRAMME[0])
