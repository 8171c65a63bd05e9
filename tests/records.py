"""The small record collection that journeys listen to: made by code, made once, and not all of it is music.

``TONE_A`` and ``TONE_B`` are one tone, cut in two where no frame, no fragment and no millisecond ends.
``SIDE_A`` and ``SIDE_B`` follow each other on one album; ``STUDIO`` is 24-bit at 96 kHz; ``BOOTLEG`` is an MP3 with no
tags; ``LINER_NOTES`` is text that calls itself FLAC, and ``BROKEN`` is an Ogg that was cut off.
"""

import fcntl
import math
import random
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

from legato.ingest import binaries
from local.demo.__main__ import write
from local.demo.programme import PROGRAMME

FOLDER = Path(__file__).parents[1] / ".cache/records/3"
SIDE_A, SIDE_B = "Slow Ferry", "Oats and Honey"
TONE_A, TONE_B = "Tone, First Half", "Tone, Second Half"
TONE_HZ, TONE_RATE, TONE_CUT, TONE_END = 441, 44_100, 12 * 44_100 + 12_345, 26 * 44_100 + 777
STUDIO = "Étude No. 3 (Lamplight)"
BOOTLEG = "bootleg take 7.mp3"
LINER_NOTES = "liner notes.flac"
BROKEN = "cut off.ogg"
TRACKS = 6
REFUSED = {LINER_NOTES, BROKEN}


def collection() -> Path:
    """The folder of the collection. Rendering it takes a few seconds, the first time."""
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:  # test processes that start together wait for one rendering
        fcntl.flock(lock, fcntl.LOCK_EX)
        return FOLDER if FOLDER.exists() else _rendered()


def _rendered() -> Path:
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
    _tone(part / "Signal" / "One Tone")
    part.rename(FOLDER)
    return FOLDER


def _tone(folder: Path) -> None:
    """A sine at half of full scale, as an album of two tracks; with so much hiss that FLAC is its heaviest rendition."""
    folder.mkdir(parents=True)
    hiss = random.Random(0)
    step = 2 * math.pi * TONE_HZ / TONE_RATE
    samples = [round(16_000 * math.sin(step * n)) + hiss.randint(-64, 64) for n in range(TONE_END)]
    for number, title, half in ((1, TONE_A, samples[:TONE_CUT]), (2, TONE_B, samples[TONE_CUT:])):
        tags = {"title": title, "artist": "Signal", "album": "One Tone", "track": f"{number}/2"}
        command = [binaries.path("ffmpeg"), "-v", "error", "-f", "s16le", "-ar", str(TONE_RATE), "-ac", "1", "-i", "-"]
        command += [word for name, value in tags.items() for word in ("-metadata", f"{name}={value}")]
        pcm = struct.pack(f"<{len(half)}h", *half)
        subprocess.run([*command, str(folder / f"{number:02} {title}.flac")], input=pcm, check=True)


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
