"""``python -m local.demo DIR``: write the demo records as tagged FLAC files, one folder a record."""

import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mutagen.flac import FLAC, Picture

from legato.ingest import binaries
from local.demo.cover import cover
from local.demo.play import play
from local.demo.programme import PROGRAMME, Piece, Record


def write(folder: Path, programme: Sequence[Record] = PROGRAMME) -> list[Path]:
    """Every piece of *programme* below *folder*; what is there already is left alone."""
    written = []
    for record in programme:
        art = cover(record)
        for position, piece in enumerate(record.pieces, 1):
            path = folder / record.artist / record.title / f"{position:02} {piece.title}.flac"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _encode(piece, path)
                _tag(path, record, piece, position, art)
            written.append(path)
    return written


def _encode(piece: Piece, path: Path) -> None:
    frames = play(piece)
    depth = 1 << (piece.bits - 1)
    noise = np.random.default_rng(0).triangular(
        -1, 0, 1, frames.shape
    )  # dither, so that fades end in hiss and not steps
    samples = np.clip(np.round(frames * (depth - 1) + noise), -depth, depth - 1).astype("<i4")
    pcm = samples.astype("<i2").tobytes() if piece.bits == 16 else (samples << 8).tobytes()  # noqa: PLR2004
    form = "s16le" if piece.bits == 16 else "s32le"  # noqa: PLR2004
    part = path.with_suffix(".part")
    command = [
        binaries.path("ffmpeg"),
        "-v",
        "error",
        "-y",
        "-f",
        form,
        "-ar",
        str(piece.sample_rate),
        "-ac",
        "2",
        "-i",
        "-",
    ]
    command += [
        "-c:a",
        "flac",
        "-bits_per_raw_sample",
        str(piece.bits),
        "-fflags",
        "+bitexact",
        "-f",
        "flac",
        str(part),
    ]
    subprocess.run(command, input=pcm, check=True)
    part.rename(path)


def _tag(path: Path, record: Record, piece: Piece, position: int, art: bytes) -> None:
    file = FLAC(path)
    file.delete()
    file.update(
        {
            "title": piece.title, "artist": record.artist, "albumartist": record.artist, "album": record.title,
            "tracknumber": str(position), "tracktotal": str(len(record.pieces)), "date": record.date,
            "genre": record.genre, "label": record.label, "bpm": str(piece.tempo),
        }
    )  # fmt: skip
    picture = Picture()
    picture.type, picture.mime, picture.data, picture.width, picture.height = 3, "image/jpeg", art, 1200, 1200
    picture.depth = struct.calcsize("BBB") * 8
    file.add_picture(picture)
    file.save()


if __name__ == "__main__":
    for written in write(Path(sys.argv[1])):
        print(written)
