"""Voices: a pitch and a length in, a mono wave out. Additive and subtractive synthesis in numpy, nothing sampled."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]
Voice = Callable[[float, float, int, np.random.Generator], Wave]


def hertz(note: float) -> float:
    """The frequency of a MIDI note number, A4 = 69 = 440 Hz."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def _time(seconds: float, rate: int) -> Wave:
    return np.arange(int(seconds * rate)) / rate


def _envelope(t: Wave, seconds: float, attack: float, release: float) -> Wave:
    return np.minimum(np.minimum(t / attack, 1.0), np.clip((seconds - t) / release, 0.0, 1.0))


def _partials(pitch: float, t: Wave, levels: tuple[float, ...], *, stretch: float = 0.0, rate: int) -> Wave:
    """Harmonics with *levels*; *stretch* is a stiff string's inharmonicity. None above half the sample rate."""
    wave = np.zeros_like(t)
    for n, level in enumerate(levels, 1):
        frequency = hertz(pitch) * n * np.sqrt(1 + stretch * n * n)
        if frequency < rate / 2.2:
            wave += level * np.sin(2 * np.pi * frequency * t)
    return wave


def _struck(
    pitch: float, seconds: float, rate: int, *, levels: tuple[float, ...], decay: float, stretch: float
) -> Wave:
    """A struck or plucked string: the higher a partial, the sooner it is gone."""
    t = _time(seconds, rate)
    wave = np.zeros_like(t)
    for n, level in enumerate(levels, 1):
        frequency = hertz(pitch) * n * np.sqrt(1 + stretch * n * n)
        if frequency < rate / 2.2:
            wave += level * np.sin(2 * np.pi * frequency * t) * np.exp(-t * decay * (0.6 + 0.4 * n))
    return wave * _envelope(t, seconds, 0.003, 0.08)


def piano(pitch: float, seconds: float, rate: int, _: np.random.Generator) -> Wave:
    return 0.5 * _struck(
        pitch, seconds + 0.8, rate, levels=(1.0, 0.55, 0.3, 0.2, 0.12, 0.08, 0.05), decay=1.3, stretch=0.0004
    )


def keys(pitch: float, seconds: float, rate: int, _: np.random.Generator) -> Wave:
    """An electric piano: a sine that a second one, two octaves up and short, gives its bark."""
    t = _time(seconds + 0.5, rate)
    bark = 1.6 * np.exp(-t * 7) * np.sin(2 * np.pi * hertz(pitch) * 4 * t)
    return (
        0.5 * np.sin(2 * np.pi * hertz(pitch) * t + bark) * np.exp(-t * 1.5) * _envelope(t, seconds + 0.5, 0.004, 0.2)
    )


def guitar(pitch: float, seconds: float, rate: int, _: np.random.Generator) -> Wave:
    return 0.45 * _struck(
        pitch, seconds + 0.6, rate, levels=(0.8, 0.7, 0.5, 0.25, 0.2, 0.14, 0.1, 0.05), decay=2.0, stretch=0.0001
    )


def bells(pitch: float, seconds: float, rate: int, _: np.random.Generator) -> Wave:
    t = _time(seconds + 1.6, rate)
    wave = np.zeros_like(t)
    for ratio, level, decay in ((1, 0.7, 1.4), (2.76, 0.35, 2.6), (5.4, 0.18, 4.5), (8.93, 0.07, 7.0)):
        if hertz(pitch + 12) * ratio < rate / 2.2:
            wave += level * np.sin(2 * np.pi * hertz(pitch + 12) * ratio * t) * np.exp(-t * decay)
    return 0.35 * wave * _envelope(t, seconds + 1.6, 0.002, 0.1)


def flute(pitch: float, seconds: float, rate: int, chance: np.random.Generator) -> Wave:
    t = _time(seconds, rate)
    vibrato = 0.006 * np.minimum(t / 0.4, 1) * np.sin(2 * np.pi * 5.1 * t)
    phase = 2 * np.pi * hertz(pitch + 12) * np.cumsum(1 + vibrato) / rate
    breath = np.convolve(chance.standard_normal(t.size), np.ones(12) / 12, mode="same")
    tone = np.sin(phase) + 0.22 * np.sin(2 * phase) + 0.07 * np.sin(3 * phase)
    return 0.28 * (tone + 0.05 * breath) * _envelope(t, seconds, 0.06, 0.12)


def strings(pitch: float, seconds: float, rate: int, chance: np.random.Generator) -> Wave:
    t = _time(seconds + 0.4, rate)
    levels = tuple(0.7 / n for n in range(1, 9))
    section = sum(_partials(pitch + detune, t + chance.random(), levels, rate=rate) for detune in (-0.06, 0.0, 0.07))
    return np.asarray(0.11 * section * _envelope(t, seconds + 0.4, 0.35, 0.5))


def pad(pitch: float, seconds: float, rate: int, chance: np.random.Generator) -> Wave:
    t = _time(seconds + 0.8, rate)
    section = sum(
        _partials(pitch + detune, t + chance.random(), (0.8, 0.3, 0.2, 0.08, 0.06), rate=rate) for detune in (-0.1, 0.1)
    )
    swell = 0.8 + 0.2 * np.sin(2 * np.pi * 0.21 * t)
    return np.asarray(0.16 * section * swell * _envelope(t, seconds + 0.8, 0.6, 0.8))


def pulse(pitch: float, seconds: float, rate: int, _: np.random.Generator) -> Wave:
    """A short square-ish blip whose upper partials close like a filter."""
    return 0.3 * _struck(
        pitch, seconds + 0.15, rate, levels=(1.0, 0.0, 0.5, 0.0, 0.33, 0.0, 0.2, 0.0, 0.12), decay=5.0, stretch=0.0
    )


def bass(pitch: float, seconds: float, rate: int, _: np.random.Generator) -> Wave:
    t = _time(seconds, rate)
    wave = _partials(pitch - 12, t, (1.0, 0.35, 0.15, 0.06), rate=rate)
    return 0.5 * wave * np.exp(-t * 0.9) * _envelope(t, seconds, 0.01, 0.06)


def kick(_: float, __: float, rate: int, ___: np.random.Generator) -> Wave:
    t = _time(0.32, rate)
    return 0.9 * np.sin(2 * np.pi * (46 * t + 5.2 * (1 - np.exp(-t * 26)))) * np.exp(-t * 11)


def snare(_: float, __: float, rate: int, chance: np.random.Generator) -> Wave:
    t = _time(0.22, rate)
    noise = np.diff(chance.standard_normal(t.size + 1)) * 0.4
    return np.asarray(0.4 * (noise * np.exp(-t * 22) + np.sin(2 * np.pi * 185 * t) * np.exp(-t * 28)))


def hat(_: float, __: float, rate: int, chance: np.random.Generator) -> Wave:
    t = _time(0.07, rate)
    return np.asarray(0.12 * np.diff(np.diff(chance.standard_normal(t.size + 2))) * np.exp(-t * 70))


VOICES: dict[str, Voice] = {
    "piano": piano, "keys": keys, "guitar": guitar, "bells": bells, "flute": flute, "strings": strings,
    "pad": pad, "pulse": pulse, "bass": bass, "kick": kick, "snare": snare, "hat": hat,
}  # fmt: skip
