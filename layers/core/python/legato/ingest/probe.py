"""What the master is, in ffprobe's eyes, and whether we take it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legato.ingest import binaries
from legato.ingest.binaries import ToolFailed
from legato.ingest.model import FormatNotTaken, NotAudio, ProtectedFile, Source, VideoNotTaken

# Containers whose audio we take, and some that we name only to say why not. No playlist is among them: a
# "song" that lists other files or addresses must not make us open those.
_TAKEN = ("flac", "wav", "w64", "aiff", "mov", "mp3", "aac", "ogg")
_NAMED = ("matroska", "webm", "avi", "asf", "flv", "mpeg", "mpegts", "ape", "wv", "caf", "ac3", "dsf", "tta")
ONLY_FILES = ("-protocol_whitelist", "file", "-format_whitelist", ",".join(_TAKEN + _NAMED))
"""For every ffmpeg or ffprobe that opens a master."""

_LOSSLESS = {"flac", "alac"}
_LOSSY = {"mp3", "aac", "vorbis", "opus"}
_LINEAR = ("pcm_s", "pcm_u", "pcm_f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    source: Source
    """``samples`` is what the headers claim, 0 where they claim nothing."""
    tags: Mapping[str, str]
    """As ffprobe names them, in lower case."""


def probe(path: Path) -> Probe:
    """The facts in the headers.

    *path* must have no extension: ffprobe would believe it. Raises `NotAudio`, `FormatNotTaken`,
    `VideoNotTaken` or `ProtectedFile`.
    """
    try:
        done = binaries.run(
            "ffprobe", ["-v", "error", *ONLY_FILES, "-of", "json", "-show_format", "-show_streams", str(path)]
        )
    except ToolFailed:
        raise NotAudio from None
    found = json.loads(done.stdout)
    streams = found.get("streams", [])
    if any(s.get("codec_type") == "video" and not s["disposition"]["attached_pic"] for s in streams):
        raise VideoNotTaken
    audio = next((s for s in streams if s.get("codec_type") == "audio"), None)
    if audio is None or int(audio.get("sample_rate", 0)) <= 0 or not audio.get("channels"):
        raise NotAudio
    tags = found["format"].get("tags", {}) | audio.get("tags", {})
    return Probe(source=_source(found["format"], audio), tags={name.lower(): str(text) for name, text in tags.items()})


def _source(container: dict[str, Any], audio: dict[str, Any]) -> Source:
    name = container["format_name"].partition(",")[0]
    codec = audio.get("codec_name", "unknown")
    if audio.get("codec_tag_string") in ("enca", "drms", "aavd"):
        raise ProtectedFile
    linear = codec.startswith(_LINEAR)
    if name not in _TAKEN or not (linear or codec in _LOSSLESS | _LOSSY):
        raise FormatNotTaken(f"{codec} in {name}")
    lossless = linear or codec in _LOSSLESS
    rate = int(audio["sample_rate"])
    bits = int(audio.get("bits_per_raw_sample") or audio.get("bits_per_sample") or 0)
    return Source(
        container=name,
        codec=codec,
        lossless=lossless,
        sample_rate=rate,
        channels=int(audio["channels"]),
        bits=bits if lossless else 0,
        bit_rate=int(audio.get("bit_rate") or container.get("bit_rate") or 0),
        samples=round(float(audio.get("duration") or container.get("duration") or 0) * rate),
    )
