"""From chords to notes: each part of the band is a rule that turns a bar into events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from local.demo.programme import Piece

BEATS = 4


@dataclass(frozen=True, slots=True)
class Note:
    voice: str
    pitch: float
    beat: float
    """From the start of the piece."""
    beats: float
    level: float
    pan: float
    """-1 left … 1 right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    piece: Piece
    number: int
    degree: int
    last: bool
    chance: np.random.Generator

    @property
    def start(self) -> float:
        return float(self.number * BEATS)

    def pitch(self, step: int) -> int:
        """The MIDI note *step* degrees of the scale above the tonic."""
        octave, degree = divmod(step, len(self.piece.scale))
        return self.piece.key + 12 * octave + self.piece.scale[degree]

    def chord(self, size: int = 3) -> list[int]:
        """The chord in thirds, folded so that no voice jumps more than it must."""
        steps = [self.degree + 2 * n for n in range(size)]
        return sorted(self.pitch(step - 7 if step > 6 else step) for step in steps)  # noqa: PLR2004 -- seven degrees


def _comping(bar: Bar, voice: str, pattern: tuple[tuple[float, int], ...], pan: float) -> Iterator[Note]:
    chord = [*bar.chord(), bar.chord()[0] + 12]
    for beat, which in pattern:
        swing = float(bar.chance.normal(0, 0.008))
        level = 0.55 + 0.15 * (beat % 2 == 0) + float(bar.chance.normal(0, 0.04))
        yield Note(voice, chord[which] + 12, bar.start + beat + swing, 1.5, level, pan)


def guitar(bar: Bar) -> Iterator[Note]:
    """Travis picking: a thumb on the beats, fingers between them."""
    picked = ((0, 0), (0.5, 2), (1, 1), (1.5, 3), (2, 0), (2.5, 2), (3, 1), (3.5, 2))
    yield from _comping(bar, "guitar", picked, -0.25)


def piano(bar: Bar) -> Iterator[Note]:
    rolling = ((0, 0), (0.5, 1), (1, 2), (1.5, 3), (2, 2), (2.5, 1), (3, 2), (3.5, 1))
    yield from _comping(bar, "piano", rolling, -0.1)
    yield Note("piano", bar.chord()[0] - 12, bar.start, 3.5, 0.6, -0.1)
    yield from _melody(bar, "piano", 24, 0.15)


def keys(bar: Bar) -> Iterator[Note]:
    for beat in (0.0, 1.5, 2.5):
        for pitch in bar.chord(4):
            yield Note("keys", pitch + 12, bar.start + beat, 0.9, 0.34, 0.3)


def pulse(bar: Bar) -> Iterator[Note]:
    """Sixteenths that climb through the chord; every third one is dropped for air."""
    chord = bar.chord()
    for n in range(16):
        if n % 3 != 2 or bar.number % 2:  # noqa: PLR2004 -- the third of three
            yield Note("pulse", chord[n % 3] + 12 * (1 + (n // 6) % 2), bar.start + n / 4, 0.25, 0.5, 0.6 * np.sin(n))


def pad(bar: Bar) -> Iterator[Note]:
    for n, pitch in enumerate(bar.chord(4)):
        yield Note("pad", pitch, bar.start, 4.0, 0.6, (-0.6, 0.5, -0.2, 0.3)[n])


def strings(bar: Bar) -> Iterator[Note]:
    for n, pitch in enumerate(bar.chord()):
        yield Note("strings", pitch + 12, bar.start, 4.0, 0.5, (-0.5, 0.0, 0.5)[n])


def bass(bar: Bar) -> Iterator[Note]:
    root = bar.chord()[0] if bar.degree else bar.piece.key
    for beat, beats in ((0.0, 1.6), (2.0, 1.0), (3.0, 0.8)):
        yield Note("bass", root - (12 if root > 52 else 0), bar.start + beat, beats, 0.75, 0.0)  # noqa: PLR2004 -- E3


def drums(bar: Bar) -> Iterator[Note]:
    if bar.number < 2:  # noqa: PLR2004 -- the band begins without them
        return
    for beat in (0.0, 1.0, 2.0, 3.0):
        yield Note("kick", 0, bar.start + beat, 0.3, 0.8, 0.0)
        yield Note("hat", 0, bar.start + beat + 0.5, 0.1, 0.8, 0.35)
    for beat in (1.0, 3.0):
        yield Note("snare", 0, bar.start + beat, 0.2, 0.6, -0.05)


def bells(bar: Bar) -> Iterator[Note]:
    yield from _melody(bar, "bells", 12, 0.4)


def flute(bar: Bar) -> Iterator[Note]:
    yield from _melody(bar, "flute", 12, 0.2)


RHYTHMS = (
    ((0.0, 1.5), (1.5, 0.5), (2.0, 2.0)),
    ((0.0, 1.0), (1.0, 1.0), (2.5, 1.5)),
    ((0.5, 1.0), (1.5, 1.5), (3.0, 1.0)),
)


def _melody(bar: Bar, voice: str, above: int, pan: float) -> Iterator[Note]:
    """A phrase of four bars, said, answered and said again: the rhythm returns, the turns differ."""
    if bar.number % 8 in (3, 7) and not bar.last:
        return  # a breath at the end of the phrase
    rhythm = RHYTHMS[(bar.number % 4) % len(RHYTHMS)]
    step = bar.degree + (0, 2, 4)[bar.number % 3]
    for n, (beat, beats) in enumerate(rhythm):
        step += int(bar.chance.integers(-2, 3)) if n else 0
        step = min(max(step, -2), 9)
        on_chord = n == 0 or bar.last
        pitch = bar.chord()[step % 3] if on_chord else bar.pitch(step)
        yield Note(voice, pitch + above, bar.start + beat, beats, 0.6, pan)


PARTS: dict[str, Callable[[Bar], Iterator[Note]]] = {
    "guitar": guitar, "piano": piano, "keys": keys, "pulse": pulse, "pad": pad, "strings": strings,
    "bass": bass, "drums": drums, "bells": bells, "flute": flute,
}  # fmt: skip


def arrange(piece: Piece, chance: np.random.Generator) -> list[Note]:
    """Every note of *piece*: an intro of the first part alone, then the band, then the tonic held."""
    notes: list[Note] = []
    chords = [*piece.chords * piece.rounds, 0]
    for number, degree in enumerate(chords):
        last = number == len(chords) - 1
        bar = Bar(piece=piece, number=number, degree=degree, last=last, chance=chance)
        for part in piece.band[:1] if number < 2 or last else piece.band:  # noqa: PLR2004 -- two bars of intro
            notes += PARTS[part](bar)
    return notes
