"""The records: who made them, what they are called, and the few numbers that each piece grows from."""

from dataclasses import dataclass

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
DORIAN = (0, 2, 3, 5, 7, 9, 10)
LYDIAN = (0, 2, 4, 6, 7, 9, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    title: str
    tempo: int
    """Beats (quarter notes) a minute."""
    key: int
    """MIDI note of the tonic, octave 3."""
    scale: tuple[int, ...]
    chords: tuple[int, ...]
    """Degrees of the scale, 0 the tonic; a bar of four beats each."""
    rounds: int
    """How many times the chords come round."""
    band: tuple[str, ...]
    """Names of parts in `local.demo.arrange`."""
    sample_rate: int = 44_100
    bits: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    title: str
    artist: str
    genre: str
    date: str
    label: str
    hues: tuple[int, int]
    """Two colours of the cover, degrees on the colour wheel."""
    motif: str
    """``circles``, ``waves``, ``grid`` or ``hills``."""
    pieces: tuple[Piece, ...]


PROGRAMME: tuple[Record, ...] = (
    Record(
        title="Slow Ferry", artist="Marrow & Reed", genre="Folk", date="2021-04-16", label="Harbour Tapes",
        hues=(28, 205), motif="hills",
        pieces=(
            Piece(title="Slow Ferry", tempo=84, key=50, scale=MAJOR, chords=(0, 4, 5, 3), rounds=3, band=("guitar", "flute", "bass")),
            Piece(title="Oats and Honey", tempo=96, key=55, scale=MAJOR, chords=(0, 3, 0, 4), rounds=3, band=("guitar", "bells", "bass")),
            Piece(title="Letter to the Lighthouse", tempo=72, key=45, scale=DORIAN, chords=(0, 3, 6, 0), rounds=2, band=("guitar", "strings", "flute")),
        ),
    ),
    Record(
        title="Night Bus Geometry", artist="Täuschwerk", genre="Electronic", date="2023-10-06", label="Parallel Lines",
        hues=(265, 175), motif="grid",
        pieces=(
            Piece(title="Night Bus Geometry", tempo=118, key=45, scale=MINOR, chords=(0, 5, 2, 6), rounds=5, band=("pulse", "pad", "bass", "drums")),
            Piece(title="Neon Öffnungszeiten", tempo=124, key=48, scale=DORIAN, chords=(0, 0, 3, 4), rounds=5, band=("pulse", "bells", "bass", "drums")),
            Piece(title="Last Stop, Everybody", tempo=108, key=43, scale=MINOR, chords=(0, 3, 5, 4), rounds=4, band=("pad", "keys", "bass", "drums")),
        ),
    ),
    Record(
        title="Études for a Small Room", artist="Inès Valdoré", genre="Classical", date="2019", label="Petite Salle",
        hues=(345, 45), motif="circles",
        pieces=(
            Piece(title="Étude No. 1 (Rain on Zinc)", tempo=92, key=48, scale=MAJOR, chords=(0, 5, 1, 4), rounds=3, band=("piano",)),
            Piece(title="Étude No. 2 (The Stairs)", tempo=104, key=52, scale=MINOR, chords=(0, 6, 5, 4), rounds=3, band=("piano", "strings")),
            Piece(title="Étude No. 3 (Lamplight)", tempo=66, key=50, scale=LYDIAN, chords=(0, 1, 0, 4), rounds=2, band=("piano", "strings"), sample_rate=96_000, bits=24),
        ),
    ),
    Record(
        title="海の手紙", artist="星野ひかり", genre="Ambient", date="2024-06-21", label="Harbour Tapes",
        hues=(195, 230), motif="waves",
        pieces=(
            Piece(title="海の手紙", tempo=60, key=53, scale=LYDIAN, chords=(0, 1, 5, 4), rounds=2, band=("pad", "bells")),
            Piece(title="Tidal Glass", tempo=64, key=46, scale=DORIAN, chords=(0, 3, 0, 6), rounds=2, band=("pad", "flute", "keys")),
        ),
    ),
    Record(
        title="Paper Lanterns", artist="Marrow & Reed", genre="Folk", date="2024-11-29", label="Harbour Tapes",
        hues=(10, 50), motif="circles",
        pieces=(
            Piece(title="Paper Lanterns", tempo=88, key=52, scale=MINOR, chords=(0, 2, 5, 6), rounds=3, band=("guitar", "strings", "bells", "bass")),
        ),
    ),
)  # fmt: skip
