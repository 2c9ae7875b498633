"""A web application with Flask: answers are cached, clients are limited, users have sessions.

pip install flask redis
redislab run examples/python/flask_app.py 5000       # then: curl -i http://127.0.0.1:5000/products
"""

import functools
import json
import os
import secrets
import sys
import time

import redis
from flask import Flask, jsonify, make_response, request

app = Flask(__name__)
r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), decode_responses=True)


def cache_for(seconds):
    """Answer from the cache where it has the answer for this address; the header X-Cache tells which it was."""

    def decorate(view):
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            key = f"page:{request.full_path}"
            kept = r.get(key)
            if kept is not None:
                answer, source = json.loads(kept), "hit"
            else:
                answer, source = view(*args, **kwargs), "miss"
                r.set(key, json.dumps(answer), ex=seconds)
            response = jsonify(answer)
            response.headers["X-Cache"] = source
            return response

        return wrapper

    return decorate


def limit(requests, seconds):
    """Let each address in so many times in each window of time.

    INCR counts, and the first one starts the clock. Both go in one transaction: a program that died between the two
    would leave a counter that never ends, and lock its client out for good. NX keeps a running clock running.
    """

    def decorate(view):
        @functools.wraps(view)
        def wrapper(*args, **kwargs):
            key = f"limit:{view.__name__}:{request.remote_addr}"
            with r.pipeline(transaction=True) as pipe:
                count, _, left = pipe.incr(key).expire(key, seconds, nx=True).ttl(key).execute()
            if count > requests:
                response = make_response(jsonify(error="too many requests"), 429)
                response.headers["Retry-After"] = left
            else:
                response = make_response(view(*args, **kwargs))
            response.headers["X-RateLimit-Remaining"] = max(0, requests - count)
            return response

        return wrapper

    return decorate


@app.get("/products")
@cache_for(seconds=30)
def products():
    time.sleep(0.05)  # the database is slow today
    return [{"id": 1, "name": "Tea"}, {"id": 2, "name": "Coffee"}]


@app.get("/search")
@limit(requests=5, seconds=60)
def search():
    return jsonify(found=[])


@app.post("/login")
def login():
    """A session is a hash under a name that nobody can guess; it ends by itself when it is not used."""
    token = secrets.token_urlsafe()
    with r.pipeline() as pipe:
        pipe.hset(f"session:{token}", mapping={"user": request.get_json()["user"], "visits": 0})
        pipe.expire(f"session:{token}", 1800).execute()
    return jsonify(token=token)


@app.get("/me")
def me():
    key = f"session:{request.headers.get('Authorization', '')}"
    if not r.expire(key, 1800):  # says 0 where there is no such key, and else makes the session last longer
        return jsonify(error="log in first"), 401
    return jsonify(user=r.hget(key, "user"), visits=r.hincrby(key, "visits", 1))


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
