import base64
import io
import os
import random
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from legato.ingest import art


def a_cover(width, height, format="JPEG", mode="RGB", **options):
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((width, height)).convert(mode)
    image.save(out, format, **options)
    return out.getvalue()


def opened(body):
    return Image.open(io.BytesIO(body))


def test_a_cover_becomes_squares_in_four_sizes_and_two_formats():
    made = art.variants(a_cover(1500, 1400))
    assert made.art.edges == (96, 300, 640, 1280)
    assert set(made.files) == {f"{edge}.{kind}" for edge in made.art.edges for kind in ("webp", "jpg")}
    for name, body in made.files.items():
        edge, kind = name.split(".")
        image = opened(body)
        assert image.size == (int(edge), int(edge))
        assert image.format == {"webp": "WEBP", "jpg": "JPEG"}[kind]


def test_no_size_is_larger_than_the_picture():
    assert art.variants(a_cover(700, 650)).art.edges == (96, 300, 640)
    assert art.variants(a_cover(50, 50)).art.edges == (96,), "but there is always one"


def test_the_middle_is_kept():
    wide = Image.new("RGB", (900, 300), "red")
    wide.paste("lime", (300, 0, 600, 300))
    out = io.BytesIO()
    wide.save(out, "PNG")
    small = opened(art.variants(out.getvalue()).files["96.jpg"])
    for corner in ((2, 2), (93, 2), (2, 93), (93, 93)):
        red, green, _ = small.getpixel(corner)
        assert green > 200
        assert red < 60


def test_a_picture_on_its_side_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (300, 300), "black")
    image.paste("white", (0, 0, 300, 150))
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    small = opened(art.variants(out.getvalue()).files["96.jpg"]).convert("L")
    assert small.getpixel((80, 48)) > 200
    assert small.getpixel((15, 48)) < 50


@pytest.mark.parametrize(
    ("mode", "format"),
    [("CMYK", "JPEG"), ("L", "PNG"), ("P", "GIF"), ("RGBA", "PNG"), ("1", "PNG"), ("LA", "WEBP"), ("RGB", "BMP")],
)
def test_every_kind_of_picture_is_taken(mode, format):
    made = art.variants(a_cover(320, 320, format, mode))
    assert opened(made.files["300.jpg"]).mode == "RGB"


def test_what_is_transparent_becomes_white():
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(out, "PNG")
    assert opened(art.variants(out.getvalue()).files["96.jpg"]).getpixel((50, 50)) == (255, 255, 255)


def test_the_placeholder_is_tiny_and_a_picture():
    placeholder = art.variants(a_cover(600, 600)).art.placeholder
    head, _, body = placeholder.partition(",")
    assert head == "data:image/webp;base64"
    assert len(placeholder) < 300
    assert opened(base64.b64decode(body)).size == (12, 12)


def test_the_same_picture_has_the_same_key():
    one, again, other = a_cover(400, 400), a_cover(400, 400), a_cover(401, 400)
    assert art.variants(one).art == art.variants(again).art
    assert art.variants(one).art.key != art.variants(other).art.key
    assert art.variants(one).files == art.variants(again).files


def test_ten_megabytes_of_cover_are_no_trouble():
    noise = Image.frombytes("RGB", (2000, 2000), random.Random(1).randbytes(12_000_000))
    out = io.BytesIO()
    noise.save(out, "PNG", compress_level=0)
    assert len(out.getvalue()) > 10_000_000
    assert art.variants(out.getvalue()).art.edges == (96, 300, 640, 1280)


def a_bomb(edge):
    """A PNG of *edge* times *edge* white pixels in a few kilobytes."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    squeeze = zlib.compressobj(9)
    row = b"\0" + b"\xff" * (edge // 8)
    body = b"".join(squeeze.compress(row) for _ in range(edge)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", edge, edge, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("edge", [12_000, 30_000])
def test_a_decompression_bomb_is_no_cover(edge):
    bomb = a_bomb(edge)
    assert len(bomb) < 300_000
    assert art.variants(bomb) is None


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        b"not a picture",
        b"\xff\xd8\xff\xe0" + bytes(100),
        a_cover(500, 500)[:3000],
        a_cover(500, 500, "PNG")[:200],
        b"GIF89a" + bytes(20),
    ],
)
def test_a_broken_picture_is_no_cover_and_no_crash(picture):
    assert art.variants(picture) is None


def test_a_huge_png_is_shrunk_before_it_is_copied():
    """81 megapixels are 324 MB unfolded; six copies of that would not fit into the function."""
    code = (
        "import io, resource, sys; from PIL import Image; from legato.ingest.art import variants\n"
        "out = io.BytesIO(); Image.new('RGBA', (9000, 9000), (200, 40, 40, 128)).save(out, 'PNG', compress_level=1)\n"
        "assert variants(out.getvalue()).art.edges[-1] == 1280\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert int(done.stdout) < 1000
