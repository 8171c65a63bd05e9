"""CloudFront's wildcards: `*` is any run of characters, `?` exactly one, and case matters."""

import re
from functools import lru_cache
from posixpath import normpath
from urllib.parse import unquote


@lru_cache(maxsize=1024)
def wildcard(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(each) or re.escape(each) for each in pattern), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    return wildcard(pattern).fullmatch(text) is not None


def path_matches(pattern: str, path: str) -> bool:
    """Whether a behaviour's path pattern (with or without its leading slash) covers *path*, already normalised."""
    return matches(pattern if pattern.startswith(("/", "*")) else f"/{pattern}", path)


def normalised(path: str) -> str:
    """The path that behaviours are matched with: RFC 3986 §6, so that no spelling slips past a guarded behaviour."""
    if "%" not in path and "//" not in path and "/." not in path:
        return path
    plain = unquote(path, errors="replace")
    tidy = normpath("/" + plain.lstrip("/"))
    return tidy + "/" if plain.endswith("/") and tidy != "/" else tidy
