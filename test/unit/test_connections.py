from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

from ionoscloud.connections import bounds


def test_a_call_has_its_own_bounds_and_so_has_one_within_it() -> None:
    with bounds(10, 1000) as call:
        with bounds(5, 2000):
            assert (call.deadline, call.size_limit) == (5, 2000)
        assert (call.deadline, call.size_limit) == (10, 1000)
    assert (call.deadline, call.size_limit) == (math.inf, math.inf)


def test_a_thread_knows_nothing_of_the_bounds_of_another() -> None:
    with bounds(10, 1000) as call, ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: (call.deadline, call.size_limit)).result() == (math.inf, math.inf)
