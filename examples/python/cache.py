"""Keep slow answers for a while: the cache-aside pattern, as a decorator.

redislab run examples/python/cache.py
"""

import functools
import json
import os
import random
import time

import redis

r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True)


def cached(seconds):
    """Keep what a function returns for about so many seconds, under a key made of its name and arguments.

    Results must be what JSON can hold. `function.forget(...)` throws one answer away, for when the truth has changed.
    """

    def decorate(function):
        def key_of(args, kwargs):
            # Sorted, so that f(a=1, b=2) and f(b=2, a=1) share an answer.
            return f"cache:{function.__name__}:{json.dumps([args, kwargs], sort_keys=True)}"

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            key = key_of(args, kwargs)
            kept = r.get(key)
            if kept is not None:  # not `if kept:`, for an answer may be empty and still an answer
                return json.loads(kept)
            answer = function(*args, **kwargs)
            # A little chance in the lifetime: keys made together do not all vanish in the same moment.
            lifetime = int(seconds * 1000 * random.uniform(0.9, 1.1))
            r.set(key, json.dumps(answer), px=lifetime)
            return answer

        wrapper.forget = lambda *args, **kwargs: r.delete(key_of(args, kwargs))
        return wrapper

    return decorate


calls = 0


@cached(seconds=60)
def load_user(number):
    """Stands for a query that takes its time."""
    global calls
    calls += 1
    time.sleep(0.05)
    return {"id": number, "name": f"User {number}"} if number < 1000 else None


def main():
    for number in (7, 7, 7, 8, 4711, 4711):
        before = calls
        user = load_user(number)
        print(f"user {number}: {user} ({'from the database' if calls > before else 'from the cache'})")
    load_user.forget(7)
    load_user(7)
    print(f"7 lookups, {calls} queries, {len(list(r.scan_iter('cache:*')))} answers kept")


if __name__ == "__main__":
    main()
