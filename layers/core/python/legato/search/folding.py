"""Text as it is compared: case, accents, width, kana and punctuation do not count. Pure.

Unicode's NFKD after case folding (Unicode 16, chapter 3.11 and 3.13) does most of it; the tables below add
the letters that Unicode does not take apart (``ø``) and the scripts that are written without spaces.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

LONGEST_WORD = 64
MOST_WORDS = 32
"""Of a query; what comes after them is not looked at."""

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ð": "d",
        "\u2019": "'",
    }
)
_VOICING = "\u3099\u309a"
"""Combining marks that make another kana (``か`` and ``が``), not an accent."""
_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_UNSPACED = re.compile(
    r"[\u3005-\u3007\u3040-\u3098\u309b-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\u3099\u309a]?"
)
"""One character of Han, Hiragana or Katakana."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query: whole words, and a last one that may still be being typed."""

    words: tuple[str, ...]
    last: str


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", plain).translate(_HIRAGANA)
    return "".join(c for c in plain if not unicodedata.combining(c) or c in _VOICING)


def indexed(text: str) -> list[str]:
    """The words under which *text* is found: ``AC/DC`` under ``ac``, ``dc`` and ``acdc``."""
    found: list[str] = []
    for chunk in fold(text).split():
        parts = _parts(chunk)
        found += [word for part in parts for word in _grams(part, closed=True)]
        if len(parts) > 1 and not _UNSPACED.search(chunk):
            found.append("".join(parts)[:LONGEST_WORD])
        if "&" in chunk:
            found.append("and")
        if not parts:
            found.append(chunk[:LONGEST_WORD])
    return found


def asked(query: str) -> Asked | None:
    """*query* in words; None where there is nothing to look for."""
    chunks = fold(query).split()
    words = [word for chunk in chunks for part in _parts(chunk) for word in _grams(part, closed=False)]
    # "simon & garfunkel" does not insist on the sign, but a band named "!!!" can be asked for.
    words = words or [chunk[:LONGEST_WORD] for chunk in chunks if _printable(chunk)]
    if not words:
        return None
    *words, last = words[:MOST_WORDS]
    return Asked(words=tuple(words), last=last)


def unspaced(word: str) -> bool:
    """Whether *word* is a gram of a script without spaces: it has neither prefixes to complete nor typos."""
    return _UNSPACED.match(word) is not None


def _parts(chunk: str) -> list[str]:
    """Runs of letters and digits; an apostrophe joins (``don't`` is ``dont``), other signs divide."""
    kept = [c for c in chunk if c != "'" and unicodedata.category(c) != "Cf"]
    text = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in kept)
    return text.split()


def _grams(run: str, *, closed: bool) -> list[str]:
    """*run* itself; where it holds unspaced characters, those in overlapping pairs.

    The last character stands alone as well where the run is *closed*, so that it is found by itself.
    """
    found: list[str] = []
    for spaced, characters in _by_script(run):
        if spaced:
            found.append(spaced[:LONGEST_WORD])
            continue
        pairs = [a + b for a, b in pairwise(characters)]
        found += pairs + ([characters[-1]] if closed or not pairs else [])
    return found


def _by_script(run: str) -> list[tuple[str, list[str]]]:
    """Stretches of *run*: ``(text, [])`` with spaces between words, ``("", characters)`` without."""
    stretches: list[tuple[str, list[str]]] = []
    at = 0
    for match in _UNSPACED.finditer(run):
        if match.start() > at:
            stretches.append((run[at : match.start()], []))
        if stretches and stretches[-1][1] and match.start() == at:
            stretches[-1][1].append(match.group())
        else:
            stretches.append(("", [match.group()]))
        at = match.end()
    if at < len(run):
        stretches.append((run[at:], []))
    return stretches


def _printable(chunk: str) -> bool:
    return all(unicodedata.category(c)[0] != "C" for c in chunk)
