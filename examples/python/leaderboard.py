"""A leaderboard: a sorted set keeps everybody in order, so that no query ever sorts.

redislab run examples/python/leaderboard.py
"""

import os

import redis

r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True)
BOARD = "board:2026"


def record(player, score):
    """Note a result. GT keeps the best one: a bad day does not cost a place."""
    r.zadd(BOARD, {player: score}, gt=True)


def top(count):
    """The best players with their scores, best first."""
    return [(player, int(score)) for player, score in r.zrange(BOARD, 0, count - 1, desc=True, withscores=True)]


def place(player):
    """A player's place, beginning with 1; None for who has not played. O(log n), for a million players too."""
    rank = r.zrevrank(BOARD, player)
    return None if rank is None else rank + 1


def neighbours(player, each_side):
    """Who is just above and just below a player."""
    rank = r.zrevrank(BOARD, player)
    first = max(0, rank - each_side)
    return r.zrange(BOARD, first, rank + each_side, desc=True)


def main():
    r.delete(BOARD)
    results = [("ann", 310), ("bob", 250), ("cy", 310), ("dee", 90), ("eli", 400), ("bob", 120), ("dee", 260)]
    for player, score in results:
        record(player, score)
    for number, (player, score) in enumerate(top(3), 1):
        print(f"{number}. {player:<4} {score}")
    print(f"bob is number {place('bob')}, between {neighbours('bob', 1)}; zoe is number {place('zoe')}")
    print(f"{r.zcount(BOARD, 300, '+inf')} players have 300 or more")


if __name__ == "__main__":
    main()
