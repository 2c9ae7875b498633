"""Workers that share a stream: each task goes to one of them, and to another one if the first dies over it.

redislab run examples/python/stream_workers.py
"""

import os
import threading
import time

import redis

r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True, protocol=2)
STREAM, GROUP, DEAD = "mails", "senders", "mails:dead"
IDLE_MS = 400  # a task that was taken so long ago and not acknowledged is somebody else's now
TRIES = 3
done = []


class Crash(Exception):
    """The worker dies in the middle of a task."""


def send(name, task):
    """The work itself: one mail kills the worker that gets it first, and one can never be sent."""
    if task["to"] == "eve" and name == "ann":
        raise Crash
    if task["to"] == "nobody":
        raise ValueError("no such address")
    done.append((task["to"], name))


def work(name, stop):
    """Take new tasks, and now and then those that others left lying."""
    while not stop.is_set():
        taken = r.xreadgroup(GROUP, name, {STREAM: ">"}, count=1, block=50)
        entries = taken[0][1] if taken else r.xautoclaim(STREAM, GROUP, name, min_idle_time=IDLE_MS, count=1)[1]
        for entry, task in entries:
            try:
                send(name, task)
            except ValueError as error:
                give_up_after_some_tries(entry, task, error)
            except Crash:
                return  # without XACK: the task stays in the list of what is pending
            else:
                r.xack(STREAM, GROUP, entry)


def give_up_after_some_tries(entry, task, error):
    """A task that fails each time would go around for ever: put it where a person looks."""
    tries = r.xpending_range(STREAM, GROUP, entry, entry, 1)[0]["times_delivered"]
    if tries >= TRIES:
        with r.pipeline() as pipe:  # both or none, or the task would be lost or doubled
            pipe.xadd(DEAD, {**task, "error": str(error)}).xack(STREAM, GROUP, entry).execute()


def main():
    r.delete(STREAM, DEAD)
    r.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    addresses = ["dan", "eve", "nobody", *(f"user{number}" for number in range(20))]
    for address in addresses:
        r.xadd(STREAM, {"to": address}, maxlen=10_000, approximate=True)
    stop = threading.Event()
    workers = [threading.Thread(target=work, args=(name, stop)) for name in ("ann", "bob", "cy")]
    for worker in workers:
        worker.start()
    # XPENDING tells what was taken and not acknowledged; `lag`, from Redis 7.0 on, what was not even taken.
    end = time.monotonic() + 20
    while time.monotonic() < end:
        group = r.xinfo_groups(STREAM)[0]
        if group["lag"] == 0 and group["pending"] == 0:
            break
        time.sleep(0.05)
    stop.set()
    for worker in workers:
        worker.join()
    print(f"sent {len(done)} of {len(addresses)} mails, each once: {len({to for to, _ in done}) == len(done)}")
    print(f"not sent: {[(task['to'], task['error']) for _, task in r.xrange(DEAD)]}")


if __name__ == "__main__":
    main()
