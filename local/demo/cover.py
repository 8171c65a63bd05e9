"""Cover art, drawn: two colours and one motif, 1,200 pixels square."""

import colorsys
import io
import math
import random

from PIL import Image, ImageDraw

from local.demo.programme import Record

EDGE = 1200


def cover(record: Record) -> bytes:
    """The cover of *record* as JPEG."""
    chance = random.Random(record.title)  # noqa: S311 -- it draws circles
    picture = _gradient(_colour(record.hues[0], 0.55, 0.95), _colour(record.hues[1], 0.65, 0.45))
    MOTIFS[record.motif](ImageDraw.Draw(picture, "RGBA"), record, chance)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _colour(hue: float, saturation: float, value: float, alpha: int = 255) -> tuple[int, int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255), alpha


def _gradient(top: tuple[int, ...], bottom: tuple[int, ...]) -> Image.Image:
    column = Image.new("RGB", (1, EDGE))
    for y in range(EDGE):
        share = y / EDGE
        red, green, blue = (int(a + (b - a) * share) for a, b in zip(top[:3], bottom[:3], strict=True))
        column.putpixel((0, y), (red, green, blue))
    return column.resize((EDGE, EDGE))


def _circles(draw: ImageDraw.ImageDraw, record: Record, chance: random.Random) -> None:
    x, y = EDGE * chance.uniform(0.35, 0.65), EDGE * chance.uniform(0.35, 0.6)
    for n in range(9, 0, -1):
        radius = n * 58
        colour = _colour(record.hues[n % 2] + n * 4, 0.5, 0.98 if n % 2 else 0.7, 120)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _waves(draw: ImageDraw.ImageDraw, record: Record, chance: random.Random) -> None:
    for row in range(11):
        level, swing, phase = EDGE * (0.3 + row * 0.065), 22 + 5 * row, chance.uniform(0, 6.28)
        line = [(x, level + swing * math.sin(x / (130 + 12 * row) + phase)) for x in range(0, EDGE + 20, 20)]
        draw.polygon(
            [*line, (EDGE, EDGE), (0, EDGE)], fill=_colour(record.hues[0] + 4 * row, 0.45, 0.95 - row * 0.05, 90)
        )
    draw.ellipse((780, 130, 980, 330), fill=_colour(50, 0.2, 1.0, 230))


def _grid(draw: ImageDraw.ImageDraw, record: Record, chance: random.Random) -> None:
    cell = EDGE // 12
    for row in range(12):
        for column in range(12):
            x, y = column * cell, row * cell
            inset = cell * chance.uniform(0.05, 0.45)
            colour = _colour(chance.choice(record.hues) + chance.uniform(-15, 15), 0.5, chance.uniform(0.5, 1.0), 150)
            draw.rectangle((x + inset, y + inset, x + cell - inset, y + cell - inset), fill=colour)


def _hills(draw: ImageDraw.ImageDraw, record: Record, chance: random.Random) -> None:
    draw.ellipse((420, 200, 780, 560), fill=_colour(45, 0.35, 1.0, 235))
    for row in range(6):
        level, a, b = EDGE * (0.45 + row * 0.09), chance.uniform(90, 240), chance.uniform(0, 6.28)
        line = [(x, level + 46 * math.sin(x / a + b) + 18 * math.sin(x / 61 + 2 * b)) for x in range(0, EDGE + 12, 12)]
        draw.polygon([*line, (EDGE, EDGE), (0, EDGE)], fill=_colour(record.hues[1] - 9 * row, 0.5, 0.85 - row * 0.12))


MOTIFS = {"circles": _circles, "waves": _waves, "grid": _grid, "hills": _hills}
