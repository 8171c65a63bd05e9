"""The small record collection that journeys listen to: made by code, made once, and not all of it is music.

``SIDE_A`` and ``SIDE_B`` follow each other on one album; ``STUDIO`` is 24-bit at 96 kHz; ``BOOTLEG`` is an MP3 with no
tags; ``LINER_NOTES`` is text that calls itself FLAC, and ``BROKEN`` is an Ogg that was cut off.
"""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from legato.ingest import binaries
from local.demo.__main__ import write
from local.demo.programme import PROGRAMME

FOLDER = Path(__file__).parents[1] / ".cache/records/1"
SIDE_A, SIDE_B = "Slow Ferry", "Oats and Honey"
STUDIO = "Étude No. 3 (Lamplight)"
BOOTLEG = "bootleg take 7.mp3"
LINER_NOTES = "liner notes.flac"
BROKEN = "cut off.ogg"
TRACKS = 4
REFUSED = {LINER_NOTES, BROKEN}


def collection() -> Path:
    """The folder of the collection. Rendering it takes a few seconds, the first time."""
    if FOLDER.exists():
        return FOLDER
    part = FOLDER.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    folk, piano = PROGRAMME[0], PROGRAMME[2]
    short = [replace(piece, rounds=1) for piece in folk.pieces[:2]]
    studio = replace(piano.pieces[2], rounds=1, chords=(0, 4))
    written = write(part, (replace(folk, pieces=tuple(short)), replace(piano, pieces=(studio,))))
    _ffmpeg(written[0], part / BOOTLEG, "-map_metadata", "-1", "-vn", "-b:a", "128k")
    (part / LINER_NOTES).write_text("Recorded in one afternoon, with the window open.\n" * 50)
    _ffmpeg(written[1], part / "whole.ogg", "-vn", "-c:a", "libopus")
    whole = (part / "whole.ogg").read_bytes()
    (part / BROKEN).write_bytes(whole[: len(whole) * 2 // 3])
    (part / "whole.ogg").unlink()
    part.rename(FOLDER)
    return FOLDER


def source(title: str) -> Path:
    """The delivered file of a track of the collection."""
    [found] = [path for path in collection().rglob("*.flac") if path.stem.endswith(title)]
    return found


def pcm(path: Path, *, bits: int = 16) -> bytes:
    """Every sample of *path*, interleaved little-endian."""
    form = {16: "s16le", 24: "s24le"}[bits]
    command = [binaries.path("ffmpeg"), "-v", "error", "-i", str(path), "-map", "0:a:0", "-f", form, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _ffmpeg(source: Path, target: Path, *options: str) -> None:
    command = [binaries.path("ffmpeg"), "-v", "error", "-y", "-i", str(source), *options, str(target)]
    subprocess.run(command, check=True)
