"""Times in buckets: rounding, percentiles and cumulative counts as Redis has them."""

from __future__ import annotations

from random import Random

from redislab.engine.histogram import HIGHEST_NS, Histogram, highest_equal


def histogram(*times: int) -> Histogram:
    found = Histogram()
    found.add(times)
    return found


def test_small_times_have_buckets_of_their_own() -> None:
    assert [highest_equal(value) for value in (1, 2, 255)] == [1, 2, 255]


def test_larger_ones_share_a_128th_of_a_doubling() -> None:
    assert [highest_equal(value) for value in (256, 257, 258, 511, 512, 515)] == [257, 257, 259, 511, 515, 515]


def test_percentiles_as_a_real_server_showed_them() -> None:
    # LATENCYSTATS of seven DEBUG SLEEP whose µs were taken from SLOWLOG.
    sleeps = histogram(*(us * 1000 for us in (10124, 10184, 20158, 30153, 12165, 55144, 100190)))
    assert sleeps.percentiles((50.0, 99.0, 99.9)) == [20185087, 100663295, 100663295]
    assert sleeps.cumulative() == [(16908, 3), (33816, 5), (67633, 6), (135266, 7)]


def test_nothing_counted() -> None:
    assert Histogram().percentiles((50.0,)) == [0]
    assert Histogram().cumulative() == []


def test_what_is_out_of_range_counts_at_its_ends() -> None:
    found = histogram(0, -5, HIGHEST_NS * 60)
    assert found.total == 3
    assert found.percentiles((0.0, 50.0, 100.0)) == [1, 1, highest_equal(HIGHEST_NS)]
    assert found.cumulative() == [(1, 2), (1073741, 3)]


def test_percentiles_bound_the_share_they_name() -> None:
    random = Random(3)
    times = sorted(int(random.lognormvariate(9, 2)) + 1 for _ in range(30_000))
    found = Histogram()
    for start in range(0, len(times), 1000):
        found.add(times[start : start + 1000])
    for percent, bound in zip((10.0, 50.0, 99.0, 99.9), found.percentiles((10.0, 50.0, 99.0, 99.9)), strict=True):
        exact = times[max(1, int(percent / 100 * len(times) + 0.5)) - 1]
        assert exact <= bound <= exact * 1.01 + 1


def test_cumulative_counts_grow_to_the_total() -> None:
    random = Random(4)
    found = histogram(*(random.randrange(1, 10**9) for _ in range(5000)))
    counts = [count for _, count in found.cumulative()]
    assert counts == sorted(set(counts))
    assert counts[-1] == found.total == 5000
