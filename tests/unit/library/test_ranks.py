import random

from hypothesis import given, settings
from hypothesis import strategies as st

from legato.library import ranks


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_there_is_always_a_place_between_two(seed):
    chance = random.Random(seed)
    order = ranks.several(None, None, 3)
    for _ in range(200):
        at = chance.choice([0, chance.randint(0, len(order)), len(order)])
        before = order[at - 1] if at else None
        after = order[at] if at < len(order) else None
        order.insert(at, ranks.between(before, after))
        assert order == sorted(set(order))


def test_a_thousand_at_the_same_spot_stay_far_below_the_length_of_a_key():
    order = ranks.several(None, None, 2)
    middle = ranks.several(order[0], order[1], 1000)
    assert [order[0], *middle, order[1]] == sorted([order[0], *middle, order[1]])
    assert max(map(len, middle)) < 700


def test_two_who_insert_at_the_same_spot_do_not_meet():
    before, after = ranks.several(None, None, 2)
    assert len({ranks.between(before, after) for _ in range(100)}) > 90
