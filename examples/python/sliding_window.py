"""A rate limit with a sliding window: at most so many requests in any stretch of so many milliseconds.

A counter per minute lets twice as many through at the turn of the minute. Here each request leaves its time in a
sorted set, and what is older than the window is dropped. Looking and adding must be one step, or two requests at the
same moment would both see the last free place: a script is one step.

    redislab run examples/python/sliding_window.py
"""

import os
import threading
import time

import redis

r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True)

TAKE = r.register_script("""
local window, limit = tonumber(ARGV[1]) * 1000, tonumber(ARGV[2])
local time = redis.call('TIME')                       -- the server's clock: clients' clocks differ
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
if used >= limit then
    local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
    return {0, math.ceil((oldest + window - now) / 1000)}
end
-- Two requests in one microsecond are two members, so the number of the request is part of the name.
redis.call('ZADD', KEYS[1], now, string.format('%.0f-%d', now, redis.call('INCR', KEYS[1] .. ':n')))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1] .. ':n', ARGV[1])
return {1, limit - used - 1}
""")


def take(who, limit, window_ms):
    """Ask for a place: (True, places left) or (False, milliseconds to wait)."""
    allowed, number = TAKE(keys=[f"window:{who}"], args=[window_ms, limit])
    return bool(allowed), number


def main():
    r.delete("window:ann", "window:ann:n", "window:all", "window:all:n")
    for number in range(1, 5):
        allowed, figure = take("ann", limit=3, window_ms=600)
        print(f"request {number}:", f"allowed, {figure} left" if allowed else "refused")
    time.sleep(figure / 1000 + 0.005)
    print("a moment later:", "allowed" if take("ann", limit=3, window_ms=600)[0] else "refused")

    answers = []
    threads = [threading.Thread(target=lambda: answers.append(take("all", 10, 10_000)[0])) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"50 at once, 10 places: {sum(answers)} allowed")


if __name__ == "__main__":
    main()
