"""Masters for tests, rendered by ffmpeg and by the standard library; small, and the same on every run."""

import functools
import struct
import tempfile
import wave
from pathlib import Path

from legato.ingest import binaries

RATE = 44_100


@functools.cache
def _kept() -> tempfile.TemporaryDirectory:
    """Removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="legato-audio-")


def _folder() -> Path:
    return Path(_kept().name)


def rendered(
    name: str, *options: str, seconds: float = 3, rate: int = RATE, channels: int = 2, source: str = ""
) -> Path:
    """``name`` as ffmpeg writes it with *options*; the same call gives the same file."""
    path = _folder() / f"{abs(hash((name, options, seconds, rate, channels, source))):x}-{name}"
    if not path.exists():
        tone = "0.3*sin(2*PI*{}*t)+0.02*sin(2*PI*3001*t*t)"
        left_right = "|".join(tone.format(220 + 110 * channel) for channel in range(channels))
        graph = source or f"aevalsrc={left_right}:s={rate}:d={seconds}"
        layout = () if source else ("-af", f"aformat=channel_layouts={_LAYOUTS[channels]}")
        binaries.run(
            "ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", graph, *layout, "-bitexact", *options, str(path)]
        )
    return path


_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def flac(**shape) -> Path:
    return rendered("master.flac", "-c:a", "flac", "-sample_fmt", "s16", **shape)


def pcm_of(path: Path, *, form: str = "s16le") -> bytes:
    """The samples of *path*, decoded by ffmpeg."""
    with tempfile.NamedTemporaryFile(suffix=".pcm") as out:
        binaries.run("ffmpeg", ["-v", "error", "-y", "-i", str(path), "-f", form, out.name])
        return Path(out.name).read_bytes()


def wav(path: Path, *, seconds: float = 1, rate: int = 8000, channels: int = 1) -> Path:
    """A plain WAV by the standard library."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        count = int(seconds * rate)
        values = [((n * 37) % 2000 - 1000) * 8 for n in range(count) for _ in range(channels)]
        file.writeframes(struct.pack(f"<{len(values)}h", *values))
    return path


def cut(path: Path, name: str, *, keep: float) -> Path:
    """The first *keep* of *path*'s bytes."""
    whole = path.read_bytes()
    out = _folder() / f"cut-{path.name}-{keep}-{name}"
    out.write_bytes(whole[: int(len(whole) * keep)])
    return out
