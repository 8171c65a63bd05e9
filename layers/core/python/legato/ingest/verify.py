"""Every rendition is read back before a master counts as done: it decrypts, it decodes, nothing is missing."""

import re
from pathlib import Path

from legato.ingest import binaries
from legato.ingest.binaries import ToolFailed
from legato.ingest.encode import pcm
from legato.ingest.ladder import Rung
from legato.ingest.package import ContentKey
from legato.media.model import Rendition

TOLERANCE_S = 0.001
_AAC_FRAME = 1024
_TIME = re.compile(r"^out_time_us=(\d+)$", re.MULTILINE)


class NotVerified(Exception):  # noqa: N818 -- a name for Step Functions' Catch
    """A rendition read back is not what went in: our fault, and it must not be published."""


def verify(path: Path, rung: Rung, rendition: Rendition, key: ContentKey, *, duration_s: float, md5: str = "") -> None:
    """Raises `NotVerified` where the file at *path* differs from the master, by *md5* of its samples for FLAC."""
    if rendition.kid != key.kid:
        raise NotVerified(f"{rung.name} is encrypted for another key id")
    if path.stat().st_size != rendition.first + sum(rendition.sizes):
        raise NotVerified(f"{rung.name}: the index does not end where the file ends")
    if abs(rendition.duration_s - duration_s) > TOLERANCE_S:
        raise NotVerified(f"{rung.name} lasts {rendition.duration_s} s, its master {duration_s} s")
    decode = ["-v", "error", "-nostats", "-xerror", "-decryption_key", key.key.hex(), "-i", str(path), "-map", "0:a:0"]
    try:
        if rung.codec == "flac":
            done = binaries.run("ffmpeg", [*decode, "-c:a", pcm(rung), "-f", "md5", "-"], hide=[key.key.hex()])
            if done.stdout.strip() != f"MD5={md5}":
                raise NotVerified(f"{rung.name} does not decode to the samples it was made from")
            return
        done = binaries.run("ffmpeg", [*decode, "-f", "null", "-", "-progress", "pipe:1"], hide=[key.key.hex()])
    except ToolFailed as fault:
        raise NotVerified(f"{rung.name}: {fault}") from fault
    heard = int(_TIME.findall(done.stdout)[-1]) / 1e6
    # Decoders give whole frames; the index cuts the padding off.
    if not 0 <= heard - duration_s + TOLERANCE_S <= _AAC_FRAME / rendition.sample_rate + 2 * TOLERANCE_S:
        raise NotVerified(f"{rung.name} decodes to {heard} s, its master has {duration_s} s")
