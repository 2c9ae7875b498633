"""A chat room over pub/sub: what one says, all others who are there hear.

    redislab run --port 6399 examples/python/chat.py kitchen ann
    REDIS_URL=redis://127.0.0.1:6399/0 python examples/python/chat.py kitchen bob      # in another window

Pub/sub keeps nothing: who comes later does not hear what was said before. For that, see stream_workers.py.
"""

import json
import os
import sys

import redis


def main(room, name):
    r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True)
    channel = f"chat:{room}"

    def hear(message):
        said = json.loads(message["data"])
        if said["name"] != name:
            print(f"<{said['name']}> {said['text']}", flush=True)

    # A subscribed connection does nothing but listen, so it has a thread of its own; publishing uses another one.
    listener = r.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(**{channel: hear})
    thread = listener.run_in_thread(sleep_time=0.1, daemon=True)
    print(f"{name} is in the {room}; end with Ctrl-D", flush=True)
    for line in sys.stdin:
        heard_by = r.publish(channel, json.dumps({"name": name, "text": line.strip()}))
        if heard_by == 1:  # PUBLISH says how many listened, and one of them is ourselves
            print("(nobody else is here)", flush=True)
    thread.stop()
    thread.join()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: chat.py ROOM NAME")
    main(*sys.argv[1:])
