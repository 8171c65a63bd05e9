"""One pass over the decoded samples: how many, how loud (EBU R 128), the waveform, and every decoding error."""

import math
import re
import subprocess
import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from legato.ingest import binaries
from legato.ingest.binaries import ToolFailed
from legato.ingest.model import Damaged, EmptyFile, Measure, Source, Truncated
from legato.ingest.probe import ONLY_FILES
from legato.media.model import ABSOLUTE_GATE_LUFS, Loudness

COLUMNS = 800
"""Of the waveform: a player's width on a large screen."""
SILENT_PEAK = -144.0
"""dBTP of 24 bit's last bit: what digital silence is given, since JSON has no infinity."""

_PEAK_RATE = 8000
_BLOCK = 400
_SUMMARY = {
    "lufs": re.compile(r"^\s+(?:\[info\]\s+)?I:\s+(\S+) LUFS", re.MULTILINE),
    "range": re.compile(r"^\s+(?:\[info\]\s+)?LRA:\s+(\S+) LU", re.MULTILINE),
    "peak": re.compile(r"^\s+(?:\[info\]\s+)?Peak:\s+(\S+) dBFS", re.MULTILINE),
}
_SAMPLES = re.compile(r"^\[Parsed_astats_\d+ @ \w+\] \[info\] Number of samples: (\d+)$", re.MULTILINE)
_ERRORS = re.compile(r"^.*\[(?:error|fatal|panic)\] (.*)$", re.MULTILINE)
_GRAPH = (
    "[0:a:0]asplit[a][b];"
    "[a]astats=measure_perchannel=none:measure_overall=none+Number_of_samples,ebur128=peak=true:framelog=quiet[m];"
    f"[b]aformat=channel_layouts=mono,aresample={_PEAK_RATE},aformat=sample_fmts=s16[w]"
)


def measure(path: Path, source: Source) -> Measure:
    """Decode all of *path*. Raises `Truncated`, `Damaged` or `EmptyFile` where the sound is not all there."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 -- arguments are a list, no shell reads them
            [
                binaries.path("ffmpeg"),
                *("-hide_banner", "-nostats", "-v", "level+info", "-err_detect", "crccheck"),
                *(*ONLY_FILES, "-i", str(path), "-filter_complex", _GRAPH),
                *("-map", "[m]", "-f", "null", "-", "-map", "[w]", "-f", "s16le", "pipe:1"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        with process:
            assert process.stdout
            blocks = _blocks(process.stdout)
        log.seek(0)
        text = log.read().decode(errors="replace")
    return _read(text, process.returncode, source, blocks)


def _read(text: str, code: int, source: Source, blocks: Sequence[int]) -> Measure:
    counted = _SAMPLES.findall(text)
    samples = int(counted[-1]) if counted else 0
    errors = _ERRORS.findall(text)
    if samples == 0 and not errors:
        raise EmptyFile("the file has no sound in it")
    _whole(samples, source, errors)
    if code:
        raise ToolFailed("ffmpeg", code, text)
    # Metadata is printed above the summary and could imitate it: only what comes after counts.
    summary = text.rpartition("Summary:")[2]
    lufs, span, peak = (float(_SUMMARY[name].findall(summary)[-1]) for name in ("lufs", "range", "peak"))
    return Measure(
        samples=samples,
        loudness=Loudness(integrated_lufs=max(lufs, ABSOLUTE_GATE_LUFS), true_peak_dbtp=max(peak, SILENT_PEAK)),
        range_lu=span if math.isfinite(span) else 0.0,
        peaks=_columns(blocks),
    )


def _whole(samples: int, source: Source, errors: list[str]) -> None:
    """A lossless master must decode to every sample it claims, without an error; a lossy one nearly so."""
    # Decoders of lossy formats may give a frame more or less, at either end.
    slack = 0 if source.codec == "flac" else max(source.sample_rate // 10, source.samples // 1000)
    if samples < source.samples - slack and source.container not in ("mp3", "aac"):
        raise Truncated(f"the header says {source.samples} samples, {samples} are there")
    frames = samples / 1024
    if errors and (source.lossless or len(errors) > max(3, frames / 100)):
        raise Damaged(errors[0][:200], errors=len(errors))


def _blocks(stream: IO[bytes]) -> list[int]:
    """Lowest and highest sample of each 50 ms in turn: three hours are 430,000 numbers, not 86 million."""
    out: list[int] = []
    while chunk := stream.read(_BLOCK * 2 * 64):
        values = array("h", chunk[: len(chunk) // 2 * 2])
        for start in range(0, len(values), _BLOCK):
            block = values[start : start + _BLOCK]
            out += (min(block), max(block))
    return out


def _columns(blocks: Sequence[int]) -> tuple[int, ...]:
    count = len(blocks) // 2
    columns = min(COLUMNS, count)
    out: list[int] = []
    for column in range(columns):
        start, end = column * count // columns, (column + 1) * count // columns
        out += (min(blocks[2 * start : 2 * end : 2]) >> 8, max(blocks[2 * start + 1 : 2 * end : 2]) >> 8)
    return tuple(out)
