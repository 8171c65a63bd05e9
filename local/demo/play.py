"""Notes to sound: mix the voices in stereo, put them in a room, and keep the peaks in hand."""

import zlib

import numpy as np
from numpy.typing import NDArray

from local.demo.arrange import BEATS, arrange
from local.demo.instruments import VOICES
from local.demo.programme import Piece

TAIL_SECONDS = 3.0
PEAK = 10 ** (-1.5 / 20)


def play(piece: Piece) -> NDArray[np.float64]:
    """*piece* as frames by two channels, between -1 and 1; the title is the seed, so every run is the same."""
    chance = np.random.default_rng(zlib.crc32(piece.title.encode()))
    beat = 60 / piece.tempo
    bars = len(piece.chords) * piece.rounds + 1
    mix = np.zeros((int((bars * BEATS * beat + TAIL_SECONDS) * piece.sample_rate), 2))
    for note in arrange(piece, chance):
        wave = note.level * VOICES[note.voice](note.pitch, note.beats * beat, piece.sample_rate, chance)
        start = max(int(note.beat * beat * piece.sample_rate), 0)
        end = min(start + wave.size, len(mix))
        angle = (note.pan + 1) * np.pi / 4  # equal power
        mix[start:end, 0] += np.cos(angle) * wave[: end - start]
        mix[start:end, 1] += np.sin(angle) * wave[: end - start]
    mix += 0.28 * _room(mix, piece.sample_rate, chance)
    fade = int(TAIL_SECONDS * piece.sample_rate)
    mix[-fade:] *= np.linspace(1, 0, fade)[:, None] ** 2
    mix /= max(float(np.abs(mix).max()), 1e-9)
    return np.asarray(np.tanh(1.4 * mix) / np.tanh(1.4) * PEAK)


def _room(mix: NDArray[np.float64], rate: int, chance: np.random.Generator) -> NDArray[np.float64]:
    """Reverberation: convolution with decaying noise, dull at the end as rooms are."""
    t = np.arange(int(1.6 * rate)) / rate
    answer = chance.standard_normal((t.size, 2)) * np.exp(-t * 4.2)[:, None]
    answer = np.apply_along_axis(lambda side: np.convolve(side, np.hanning(24) / 12, mode="same"), 0, answer)
    answer /= np.sqrt((answer**2).sum(axis=0))
    size = 1 << (len(mix) + len(answer)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(mix, size, axis=0) * np.fft.rfft(answer, size, axis=0), size, axis=0)
    return np.asarray(wet[: len(mix)])
