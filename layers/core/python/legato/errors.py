"""What the business may refuse to do. Nothing here knows about HTTP.

The tree, drawn once; every context adds its own leaves below these branches, and a
leaf's class name is its public name (``NotLicensedHere`` is ``/problems/not-licensed-here``)::

    Refusal
    ├── Unauthenticated      who are you?
    ├── PaymentRequired      a plan would open it
    ├── Forbidden            not for you, or not here, or not now
    ├── NotFound
    ├── Conflict             the state of things says no
    ├── Gone                 it was there once
    ├── Stale                somebody else changed it first
    ├── TooLarge
    ├── UnsupportedMedia
    ├── Invalid              the request makes no sense
    ├── Throttled            later, and say when
    ├── Withdrawn            removed for legal reasons
    └── Unavailable          our fault; try again, and say when
"""

import re


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not a fault of the program
    """A rule said no. The class name is the stable, public identifier.

    Keyword arguments become members of the RFC 9457 problem, so they must be JSON-ready.
    ``retry_after`` (whole seconds) also becomes the ``Retry-After`` header.
    """

    def __init__(self, detail: str = "", **context: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.context = context

    @classmethod
    def slug(cls) -> str:
        """``NotLicensedHere`` is published as ``not-licensed-here``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class Unauthenticated(Refusal): ...


class PaymentRequired(Refusal): ...


class Forbidden(Refusal): ...


class NotFound(Refusal): ...


class Conflict(Refusal): ...


class Gone(Refusal): ...


class Stale(Refusal): ...


class TooLarge(Refusal): ...


class UnsupportedMedia(Refusal): ...


class Invalid(Refusal): ...


class Throttled(Refusal): ...


class Withdrawn(Refusal): ...


class Unavailable(Refusal): ...


class MalformedRequest(Invalid):
    """The body, a parameter or a cursor is not what ``docs/openapi.json`` says."""


class TryAgain(Unavailable):
    """Something we depend on did not answer; nothing was changed."""
