"""What time does to what is kept: the clock is the test's own, and so is the origin."""

import asyncio
from types import SimpleNamespace

import pytest

from local.edge.cache import Cache
from local.edge.delivery import Delivery
from local.edge.message import Request
from local.edge.model import Behaviour, CachePolicy, Distribution, ErrorPage, Origin
from local.edge.upstream import Answer, Unreachable

POLICY = CachePolicy(min_ttl=0, default_ttl=0, max_ttl=1000)
BEHAVIOUR = Behaviour(pattern="*", origin=Origin(id="o", domain="x"), cache=POLICY)
DISTRIBUTION = Distribution(
    id="E", arn="", domain="", enabled=True, root_object="", behaviours=(BEHAVIOUR,), errors={404: ErrorPage(ttl=5)}
)


class Origins:
    """Answers with what a test has put into ``says``: (status, headers, body), or a failure to raise."""

    def __init__(self):
        self.says, self.asked = None, []

    async def fetch(self, _, request, *, query, headers):
        self.asked.append(headers)
        said = self.says(headers) if callable(self.says) else self.says
        if isinstance(said, Exception):
            raise said
        status, answered, body = said

        async def stream():
            for at in range(0, len(body), 7):
                yield body[at : at + 7]

        return Answer(status=status, headers=dict(answered), length=len(body), body=stream())


@pytest.fixture
def world():
    """``get(**headers)`` at the time ``now``; what the origin ``says`` is the test's."""
    origins, now = Origins(), SimpleNamespace(time=1000.0)
    delivery = Delivery(Cache(10_000), origins, lambda: now.time, largest=5_000)

    def get(method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def ask():
            response = await delivery.serve(
                DISTRIBUTION, BEHAVIOUR, Request(method=method, path="/song", headers=named)
            )
            body = await response.read()
            return SimpleNamespace(
                status=response.status, headers=response.headers, x_cache=response.x_cache, body=body
            )

        return asyncio.run(ask())

    return SimpleNamespace(get=get, origins=origins, now=now)


def song(text=b"la la la", tag='"1"', control="max-age=10"):
    return 200, {"etag": tag, "cache-control": control}, text


def test_an_object_past_its_age_is_revalidated_by_its_etag(world):
    world.origins.says = lambda asked: (
        (304, {"cache-control": "max-age=10"}, b"") if asked.get("if-none-match") == '"1"' else song()
    )
    seen = []
    for time in (0, 9.9, 10.1, 20, 20.2):
        world.now.time = 1000 + time
        seen.append(world.get().x_cache)
    assert seen == ["Miss", "Hit", "RefreshHit", "Hit", "RefreshHit"]
    assert world.get().body == b"la la la"
    assert len(world.origins.asked) == 3


def test_a_changed_object_replaces_the_old_one_when_that_is_old(world):
    world.origins.says = song(b"one")
    world.get()
    world.origins.says = song(b"two", '"2"')
    assert world.get().body == b"one"
    world.now.time += 11
    assert (world.get().body, world.get().x_cache) == (b"two", "Hit")


@pytest.mark.parametrize(
    "failure", [(503, {}, b""), (500, {}, b""), Unreachable(502, "gone"), Unreachable(504, "late")]
)
def test_an_old_object_stands_in_for_a_failing_origin(world, failure):
    world.origins.says = song()
    world.get()
    world.now.time += 11
    world.origins.says = failure
    assert (world.get().status, world.get().body) == (200, b"la la la")
    assert world.get(range="bytes=0-1").status == 206


@pytest.mark.parametrize(
    "control", ["max-age=10, stale-if-error=0", "max-age=10, must-revalidate", "max-age=10, stale-if-error=5"]
)
def test_but_not_against_its_will(world, control):
    world.origins.says = song(control=control)
    world.get()
    world.now.time += 16
    world.origins.says = (503, {}, b"")
    assert world.get().status == 503


def test_age_tells_how_long_it_lay_here(world):
    world.origins.says = song()
    assert "age" not in world.get().headers
    world.now.time += 7.9
    assert world.get().headers["age"] == "7"


@pytest.mark.parametrize(("status", "seconds"), [(404, 5), (500, 10), (502, 10)])
def test_an_error_is_forgotten_after_its_own_ttl(world, status, seconds):
    world.origins.says = (status, {}, b"no")
    world.get()
    world.origins.says = song()
    world.now.time += seconds - 0.1
    assert world.get().status == status
    world.now.time += 0.2
    assert world.get().status == 200


def test_an_origin_that_cannot_be_reached_is_left_alone_for_a_while(world):
    world.origins.says = Unreachable(502, "gone")
    assert [world.get().status for _ in range(3)] == [502] * 3
    assert len(world.origins.asked) == 1


def test_parts_under_a_weak_etag_are_not_put_together(world):
    world.origins.says = (206, {"etag": 'W/"1"', "cache-control": "max-age=9", "content-range": "bytes 0-3/8"}, b"la l")
    assert [world.get(range="bytes=0-3").x_cache for _ in range(2)] == ["Miss", "Miss"]


def test_parts_of_different_objects_are_not_put_together(world):
    def part(tag):
        return 206, {"etag": tag, "cache-control": "max-age=9", "content-range": "bytes 0-3/8"}, b"la l"

    world.origins.says = part('"1"')
    world.get(range="bytes=0-3")
    world.origins.says = (206, {"etag": '"2"', "cache-control": "max-age=9", "content-range": "bytes 4-7/8"}, b"XXXX")
    world.get(range="bytes=4-7")
    world.origins.says = part('"2"')
    assert world.get(range="bytes=0-7").x_cache == "Miss"


def test_an_object_too_large_passes_through(world):
    world.origins.says = song(b"x" * 6000)
    assert [world.get().x_cache for _ in range(2)] == ["Miss", "Miss"]


def test_an_object_without_a_length_or_an_etag_is_kept_when_it_is_whole(world):
    world.origins.says = (200, {"cache-control": "max-age=9"}, b"la la la")
    world.get()
    assert (world.get(range="bytes=3-4").body, world.get().x_cache) == (b"la", "Hit")


def test_a_viewers_condition_on_what_is_not_here_goes_to_the_origin(world):
    world.origins.says = lambda asked: (304, {}, b"") if asked.get("if-none-match") == '"1"' else song()
    assert world.get(if_none_match='"1"').status == 304
    assert world.get().status == 200
    assert world.get(if_none_match='"1"').x_cache == "Hit"
