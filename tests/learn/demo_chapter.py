"""The text of a small chapter with a step of every kind, and how events are looked at in tests."""

from __future__ import annotations

from typing import Any

CHAPTER = """\
id: demo
number: 1
title: A demo
intro: Everything once.
outro: Well done.
steps:
- id: hello
  title: A server answers
  kind: read
  say: Behind this prompt runs a Redis.
  show: [SET door open, GET door]
  teaches: [GET, SET]

- id: expiring-greeting
  title: A key that goes away
  kind: do
  say: Store `hello` under `greeting` for a minute.
  setup: [SET other 1]
  goal:
  - key: greeting
    is: {type: string, value: hello, ttl: [1, 60]}
  - changes_only: [greeting]
  hints: [One command can do both., "`SET` takes options after the value."]
  mistakes:
  - when: {key: greeting, is: {ttl: none}}
    say: It will stay for ever.
  - when: {absent: other}
    say: You have thrown away what was there.
  wrong:
  - {commands: [SET greeting hello], says: stay for ever}
  - {commands: [FLUSHALL], says: thrown away}
  - {commands: [SET greeting hi EX 60], says: 'to hold "hello"'}
  solution:
  - commands: [SET greeting hello EX 60]
    note: One command, one moment.
  - commands: [SET greeting hello, EXPIRE greeting 60]
  variants:
  - setup: [SET greeting old]
  why: The server removes it by itself.
  complexity: O(1)
  corrects:
  - {claim: Keys vanish at once., fact: They are removed when they are touched or found.}
  teaches: [SET EX, EXPIRE]

- id: move-one
  title: The oldest job
  kind: do
  say: Move the first element of `orders` to the end of `done`.
  setup: [RPUSH orders a b c]
  goal:
  - key: orders
    is: {value: [b, c]}
  - key: done
    is: {value: [a]}
  hints: [One command does both., "`LMOVE` names two lists and two ends."]
  mistakes:
  - {when: {key: done, is: {value: [c]}}, say: That was the newest.}
  wrong:
  - {commands: [LMOVE orders done RIGHT RIGHT], says: the newest}
  - {commands: [RPUSH done a, LPOP orders], says: Would it be right for another list}
  solution:
  - commands: [LMOVE orders done LEFT RIGHT]
  variants:
  - setup: [LPUSH orders z]
    goal:
    - {key: orders, is: {value: [a, b, c]}}
    - {key: done, is: {value: [z]}}
    note: Would it be right for another list?
  teaches: [LMOVE, LPOP]

- id: next-length
  title: What does it answer?
  kind: predict
  say: The list has two elements.
  setup: [RPUSH l a b]
  command: RPUSH l c
  mistakes:
  - {when: {answer: OK}, say: RPUSH tells the new length.}
  wrong:
  - {answer: OK, says: the new length}
  - {answer: "2", says: does not answer `2`}
  teaches: [RPUSH]

- id: no-list
  title: A list that is not there
  kind: choose
  say: Which reply?
  command: LLEN nothing
  options:
  - {text: (integer) 0, say: A missing key is an empty list.}
  - {text: (nil), say: Counting always gives a number.}
  - {text: (error) ERR no such key, say: Missing keys are no error here.}
  wrong:
  - {answer: "2", says: always gives a number}
  teaches: [LLEN]

- id: which-stay
  title: Which keys stay?
  kind: choose
  say: Which of these leave `k` without a time to live? All of them.
  setup: [SET k v EX 60]
  goal: [{key: k, is: {ttl: none}}]
  options:
  - {text: PERSIST k, run: [PERSIST k], say: That is what it is for.}
  - {text: SET k w, run: [SET k w], say: SET clears it.}
  - {text: APPEND k w, run: [APPEND k w], say: A change in place keeps it.}
  wrong:
  - {answer: "1", says: not the only one}
  - {answer: "1 3", says: in place keeps it}

- id: blank
  title: Seconds
  kind: fill
  say: Let it live for a minute.
  template: SET k v __ 60
  goal: [{key: k, is: {value: v, ttl: [50, 60]}}]
  solution: [{answer: EX}]
  wrong:
  - {answer: PX, says: to expire in 50 to 60 seconds}

- id: line-up
  title: In order
  kind: order
  say: Bring them into an order that ends with 2 in `b`.
  lines: [SET a 1, INCR a, RENAME a b]
  goal: [{key: b, is: {value: 2}}, {absent: a}]
  wrong:
  - {answer: 1 3 2, says: 'to hold "2"'}
  teaches: [INCR, RENAME]

- id: pairs
  title: Who counts what?
  kind: match
  say: Match them.
  pairs:
  - {left: LLEN, right: elements of a list, say: L is for list.}
  - {left: SCARD, right: members of a set}
  extra: [fields of a hash]
  wrong:
  - {answer: 1b 2a, says: 0 of 2}
  - {answer: 1c 2b, says: L is for list}

- id: repair
  title: A broken queue
  kind: fix
  say: The oldest job should be first.
  broken: [LPUSH queue one two]
  goal: [{key: queue, is: {value: [one, two]}}]
  hints: [Which end?]
  solution: [{commands: [RPUSH queue one two]}]
  mistakes:
  - {when: {key: queue, is: {value: [two, one]}}, say: That is the order in which LPUSH leaves them.}
  wrong:
  - {commands: [LPUSH queue one two], says: LPUSH leaves them}
  teaches: [RPUSH, LPUSH]
"""


def kinds(events: list[Any]) -> list[str]:
    return [event.kind for event in events]


def text(events: list[Any], *wanted: str) -> str:
    """The texts of events of these kinds, one after another."""
    return "\n".join(event.text for event in events if event.kind in wanted)
