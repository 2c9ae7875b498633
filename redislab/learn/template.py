"""The chapter that `redislab course new` writes: a read, a do and a predict step that prove themselves."""

from __future__ import annotations

__all__ = ["TEMPLATE"]

TEMPLATE = """\
# yaml-language-server: $schema=./lesson.schema.json
id: first-steps
number: 1
title: First steps
intro: |
  In this chapter you store a greeting and let it go away by itself.
steps:
- id: welcome
  title: A server that answers
  kind: read
  say: Behind this prompt runs a Redis. `PING` asks whether it is there.
  show: [PING]
  teaches: [PING]

- id: expiring-greeting
  title: A key that goes away
  kind: do
  say: Store `hello` under `greeting` so that it vanishes after a minute, in one command.
  goal:
  - key: greeting
    is: {type: string, value: hello, ttl: [1, 60]}
  - max_writes: 1
  hints:
  - One command can store a value and set its time.
  - "`SET` takes options after the value."
  - "`EX` counts seconds: `SET key value EX seconds`."
  mistakes:
  - when: {key: greeting, is: {ttl: none}}
    say: The value is there, but it will stay for ever. Which option gives it a time to live?
  wrong:
  - commands: [SET greeting hello]
    says: stay for ever
  solution:
  - commands: [SET greeting hello EX 60]
    note: The clock starts with the write, so no crash can leave the key without its time.
  - commands: [SETEX greeting 60 hello]
    note: The older form of the same thing.
  variants:
  - setup: [SET greeting old]
  why: A key with a time to live is removed by the server; nobody has to remember to delete it.
  complexity: O(1)
  teaches: [SET, SET EX, SETEX]

- id: what-is-left
  title: No such key
  kind: predict
  say: "`greeting` was stored for a minute, and two have passed. What does Redis answer?"
  setup: [SET greeting hello EX 60, ":clock +2m"]
  command: GET greeting
  teaches: [GET]
"""
