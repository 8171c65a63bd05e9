"""The whole ladder in one ffmpeg process: the master is read and decoded once."""

from collections.abc import Sequence
from pathlib import Path

from legato.ingest import binaries
from legato.ingest.ladder import Rung
from legato.ingest.probe import ONLY_FILES

# No tag, picture, chapter or encoder name gets into the renditions, so that the same input makes the same bytes.
_BARE = ("-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")


def encode(master: Path, rungs: Sequence[Rung], folder: Path) -> dict[str, str]:
    """Write ``<folder>/<rung>.mp4`` for each rung; returns the MD5 of the samples each FLAC rung was given.

    The sums are of little-endian PCM of the rung's rate and depth, taken beside the encoder, not after it.
    Raises `binaries.ToolFailed`.
    """
    arguments = ["-v", "error", "-nostats", "-y", *ONLY_FILES, "-i", str(master)]
    for rung in rungs:
        form = ("-ar", str(rung.sample_rate), "-ac", str(rung.channels))
        arguments += [*_BARE, *_codec(rung), *form, "-f", "mp4", str(folder / f"{rung.name}.mp4")]
        if rung.codec == "flac":
            arguments += [*_BARE, "-c:a", pcm(rung), *form, "-f", "md5", str(folder / f"{rung.name}.md5")]
    binaries.run("ffmpeg", arguments)
    return {
        rung.name: (folder / f"{rung.name}.md5").read_text().strip().partition("=")[2]
        for rung in rungs
        if rung.codec == "flac"
    }


def pcm(rung: Rung) -> str:
    """The plain form of a FLAC rung's samples, as ffmpeg names it."""
    return f"pcm_s{rung.bits}le"


def _codec(rung: Rung) -> tuple[str, ...]:
    if rung.codec == "flac":
        return ("-c:a", "flac", "-compression_level", "5", "-sample_fmt", "s16" if rung.bits == 16 else "s32")  # noqa: PLR2004
    return ("-c:a", "aac", "-profile:a", "aac_low", "-aac_coder", "twoloop", "-b:a", str(rung.bit_rate))
