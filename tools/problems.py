"""Write ``docs/problems.md``, the refusals a client may meet, from the classes and the CDN function that refuse.

``--check`` writes nothing and fails where the committed page is not what the code says.
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path

import legato
from legato import errors
from legato.api import status_of
from legato.errors import Refusal

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/problems.md"
EDGE = ROOT / "infra/edge/viewer_request.js"
HEAD = """# Problems

Every refusal of our code is `application/problem+json` (RFC 9457). Its `type` is `/problems/` and the name below, and
never changes; `detail` is for people, and does. Members that a problem carries besides are named in its line; a
`retry_after` is in seconds, and in the `Retry-After` header too.

What API Gateway answers by itself carries `{"message"}` instead: 401 without a good token, 403 without the scope, 404 for
a route that is not there, 413, 429 and 503. On `/media` our function at the CDN refuses with a problem like any other;
a signature that is wrong or has expired is refused by CloudFront itself, with 403 and no problem.

This page is written by `make openapi` from the classes that refuse, and from the function at the CDN.

| type | status | meaning |
|---|---|---|
"""
OF_THE_API = {
    "body-too-large": (413, "The body is larger than `limit_bytes`."),
    "internal-error": (500, "Our fault, and logged. Nothing is known about what was done; writes may be repeated."),
    "no-such-route": (404, "The address exists in no version of this API."),
    "unsupported-media-type": (415, "The body is not `application/json`."),
}
"""What ``legato/api.py`` answers before any rule is asked."""

OF_THE_EDGE = {
    "media-not-found": "The address names no media, or not in the form that a grant does.",
    "method-not-allowed": "Media are read, with GET or HEAD.",
    "one-range-only": "Media are read one range at a time.",
}
"""What ``infra/edge/viewer_request.js`` alone answers."""


def refusals() -> Iterator[type[Refusal]]:
    """Every class that refuses: the leaves of the contexts, and the two that all share."""
    for module in pkgutil.walk_packages(legato.__path__, "legato."):
        importlib.import_module(module.name)
    for path in sorted(ROOT.glob("functions/*/app.py")):
        importlib.import_module(f"functions.{path.parent.name}.app")
    ours = ("legato.", "functions.")  # and not what a test defines in the same process
    yield from (k for k in _below(Refusal) if k.__module__.startswith(ours) and k.__module__ != errors.__name__)
    yield from (errors.MalformedRequest, errors.TryAgain)


def page() -> str:
    known = {kind.slug(): (status_of(kind()), _meaning(kind)) for kind in refusals()} | OF_THE_API
    known |= {slug: (status, OF_THE_EDGE[slug]) for slug, status in of_the_edge(known).items()}
    rows = (f"| `{slug}` | {status} | {meaning} |" for slug, (status, meaning) in sorted(known.items()))
    return HEAD + "\n".join(rows) + "\n"


def of_the_edge(known: Mapping[str, tuple[int, str]]) -> dict[str, int]:
    """The refusals of the CDN function that the API does not know, with their statuses."""
    found = {slug: int(status) for status, slug in re.findall(r"refusal\((\d+), '([a-z-]+)'", EDGE.read_text("utf-8"))}
    for slug, status in found.items():
        if slug in known and known[slug][0] != status:
            raise SystemExit(f"{EDGE.name} answers {slug} with {status}, the API with {known[slug][0]}")
    own = {slug: status for slug, status in found.items() if slug not in known}
    if own.keys() != OF_THE_EDGE.keys():
        raise SystemExit(f"{EDGE.name} alone answers {sorted(own)}: say here what each means")
    return own


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _below(sub)


def _meaning(kind: type[Refusal]) -> str:
    if kind.__doc__ and kind.__doc__ != kind.__base__.__doc__:
        return " ".join(kind.__doc__.split()).replace("``", "`")
    if status_of(kind()) == HTTPStatus.NOT_FOUND:
        return f"There is no such {kind.slug().removesuffix('-not-found').replace('-', ' ')}."
    raise SystemExit(f"{kind.__module__}.{kind.__name__} needs a docstring: docs/problems.md shows it to clients")


def main() -> int:
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        print("docs/problems.md is not what the code says: run `make openapi`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
