"""Cover art: square variants of a picture that somebody else made, and that may be anything."""

import base64
import hashlib
import io
import math
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from legato import log
from legato.catalog.model import Art

EDGES = (96, 300, 640, 1280)
"""Pixels: a row in a list, a tile, an album page, a full screen."""
RECIPE = 1
"""Raise it when variants are made differently: their address is kept by caches for a year."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_PLACEHOLDER_EDGE = 12
_WEBP = {"quality": 80, "method": 4}
_JPEG = {"quality": 82, "optimize": True, "progressive": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """What to store under ``art/<art.key>/``: file name → bytes."""

    art: Art
    files: dict[str, bytes]


def variants(picture: bytes) -> Variants | None:
    """*picture* cut to its middle square, in every edge up to its own size; None where it is no usable picture."""
    try:
        with warnings.catch_warnings():
            # From 90 megapixels on Pillow warns: a decompression bomb, or a poster.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _variants(picture)
    # Pillow's decoders raise nearly anything on a broken file; a cover is never worth a song.
    except (UnidentifiedImageError, Image.DecompressionBombError, Warning, OSError, ValueError, SyntaxError) as fault:
        log.warning("cover art cannot be used", fault=type(fault).__name__)
    return None


def _variants(picture: bytes) -> Variants:
    with Image.open(io.BytesIO(picture), formats=_FORMATS) as opened:
        width, height = opened.size
        # JPEG's own scaling: an 80 megapixel cover is never unfolded whole.
        opened.draft("RGB", (EDGES[-1], EDGES[-1]))
        # The rest are unfolded once, and shrunk before anything copies them: a function has 2 GB.
        spare = min(opened.size) / (2 * EDGES[-1])
        if spare > 1:
            opened.thumbnail((math.ceil(opened.width / spare), math.ceil(opened.height / spare)))
        square = _square(ImageOps.exif_transpose(opened))
    whole = min(width, height)
    edges = tuple(edge for edge in EDGES if edge <= whole) or EDGES[:1]
    files = {}
    for edge in edges:
        # reducing_gap: shrink in two steps, the first one cheap (Pillow, "Image.resize").
        small = square.resize((edge, edge), Image.Resampling.LANCZOS, reducing_gap=3.0)
        files[f"{edge}.webp"] = _saved(small, "WEBP", _WEBP)
        files[f"{edge}.jpg"] = _saved(small, "JPEG", _JPEG)
    tiny = square.resize((_PLACEHOLDER_EDGE, _PLACEHOLDER_EDGE), Image.Resampling.BOX, reducing_gap=3.0)
    blur = base64.b64encode(_saved(tiny, "WEBP", {"quality": 40})).decode()
    digest = hashlib.sha256(f"legato art|{RECIPE}|".encode() + picture).digest()[:10]
    key = base64.b32hexencode(digest).decode().lower()
    return Variants(art=Art(key=key, edges=edges, placeholder=f"data:image/webp;base64,{blur}"), files=files)


def _square(image: Image.Image) -> Image.Image:
    """The middle square in RGB; what is transparent becomes white."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    image = image.crop((left, top, left + edge, top + edge))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image)
        image = paper
    return image.convert("RGB")


def _saved(image: Image.Image, format: str, options: dict[str, int | bool]) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()
