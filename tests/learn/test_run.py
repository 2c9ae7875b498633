"""The runner, fed with the lines a learner types."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import convert

from redislab.learn.load import ChapterFile, parse_chapter
from redislab.learn.progress import Progress
from redislab.learn.run import Runner
from redislab.learn.schema_goal import Check
from tests.learn.demo_chapter import kinds, text

Start = Callable[..., Runner]


def test_nothing_advances_by_itself(start: Start) -> None:
    runner = start("expiring-greeting")
    assert kinds(runner.feed("")) == ["advice"]
    events = runner.feed("set greeting 'hello' ex 60")
    assert "solved" in kinds(events)
    assert runner.step.id == "expiring-greeting"
    assert text(runner.feed(""), "step") == "The oldest job"


def test_success_tells_routes_why_and_corrections(start: Start) -> None:
    events = start("expiring-greeting").feed("SET greeting hello EX 60")
    assert text(events, "solved") == "Solved."
    assert text(events, "route") == "SET greeting hello EX 60\nSET greeting hello\nEXPIRE greeting 60"
    assert text(events, "why") == "The server removes it by itself."
    assert "touched" in text(events, "corrects")


def test_any_route_passes(start: Start) -> None:
    runner = start("expiring-greeting")
    runner.feed("SET greeting hello")
    assert not runner.solved
    runner.feed("PEXPIRE greeting 60000")
    assert runner.solved


def test_the_way_to_a_solution_is_no_miss(start: Start) -> None:
    runner = start("expiring-greeting")
    events = runner.feed("set greeting hello")
    assert kinds(events) == ["sent", "diff", "note"]
    assert text(events, "note") == "It will stay for ever."
    assert runner.record.step("expiring-greeting").tries == 0


def test_a_mistake_has_its_own_message(start: Start) -> None:
    runner = start("expiring-greeting")
    assert text(runner.feed("SET greeting hi"), "mistake") == "It will stay for ever."
    assert runner.record.step("expiring-greeting").tries == 1


def test_a_miss_says_expected_found_and_where_to_look(start: Start) -> None:
    events = start("expiring-greeting").feed("SET greeting hi EX 60")
    assert text(events, "missed") == 'Expected `greeting` to hold "hello"; found "hi". See `GET greeting`.'


def test_looking_around_is_no_try(start: Start) -> None:
    runner = start("expiring-greeting")
    assert kinds(runner.feed("GET other")) == ["sent"]
    assert runner.record.step("expiring-greeting").tries == 0


def test_other_keys_must_stay_as_they_were(start: Start) -> None:
    runner = start("expiring-greeting")
    events = runner.feed("SET other 2")
    assert "Expected nothing but `greeting` to change; found changes in `other`." in text(events, "missed")
    assert "So far so good" in text(runner.feed("SET greeting hello EX 60"), "info")
    assert "[ ]" not in text(runner.feed(":check"), "check")
    assert [event.data["ok"] for event in runner.feed(":check")] == [True, True, True, False]


def test_a_hard_coded_answer_fails_on_a_variant(start: Start) -> None:
    runner = start("move-one")
    runner.feed("RPUSH done a")
    events = runner.feed("LPOP orders")
    assert "Would it be right for another list? Beginning with `LPUSH orders z`:" in text(events, "mistake")
    assert "to hold [z]" in text(events, "mistake")


def test_hints_come_one_by_one(start: Start) -> None:
    runner = start("expiring-greeting")
    assert [text(runner.feed(":hint"), "hint", "info") for _ in range(3)] == [
        "One command can do both.",
        "`SET` takes options after the value.",
        "Those were all the hints; `:solution` puts the solution into the input line.",
    ]


def test_the_solution_waits_in_the_input_line(start: Start) -> None:
    runner = start("expiring-greeting")
    runner.feed(":solution")
    assert not runner.solved
    assert runner.record.status("expiring-greeting") == ""
    assert runner.take_input() == "SET greeting hello EX 60"
    assert runner.take_input() == ""
    assert runner.record.step("expiring-greeting").shown


def test_skip_back_goto_list(start: Start) -> None:
    runner = start("expiring-greeting")
    assert text(runner.feed(":skip"), "step") == "The oldest job"
    assert text(runner.feed(":back"), "step") == "A key that goes away"
    assert text(runner.feed(":goto pairs"), "step") == "Who counts what?"
    assert text(runner.feed(":goto 2"), "step") == "A key that goes away"
    assert "did you mean `pairs`" in text(runner.feed(":goto pears"), "error")
    assert "  [-]  2  A key that goes away" in text(runner.feed(":list"), "list").replace(">", " ")


def test_a_skipped_step_that_was_solved_stays_solved(start: Start) -> None:
    runner = start("expiring-greeting")
    runner.feed("SET greeting hello EX 60")
    runner.feed(":skip")
    assert runner.record.status("expiring-greeting") == "solved"


def test_reset_brings_the_data_back(start: Start) -> None:
    runner = start("move-one")
    runner.feed("DEL orders")
    runner.feed(":reset")
    assert text(runner.feed("LLEN orders"), "sent") == "(integer) 3"


def test_undo_takes_a_change_back(start: Start) -> None:
    runner = start("expiring-greeting")
    runner.feed("DEL other")
    runner.feed(":undo")
    runner.feed("SET greeting hello EX 60")
    assert runner.solved
    assert "undo" in text(start("expiring-greeting").feed(":undo"), "error")


def test_changes_are_shown_until_switched_off(start: Start) -> None:
    runner = start("expiring-greeting")
    assert "other" in text(runner.feed("INCR other"), "diff")
    runner.feed(":diff off")
    assert "diff" not in kinds(runner.feed("INCR other"))


def test_the_clock_moves(start: Start) -> None:
    runner = start("expiring-greeting")
    runner.feed("SET other 1 EX 60")
    runner.feed(":clock +61s")
    assert text(runner.feed("GET other"), "sent") == "(nil)"


def test_several_clients(start: Start) -> None:
    runner = start("move-one")
    assert text(runner.feed("@bob RPUSH orders x"), "sent") == "(integer) 4"
    assert text(runner.feed("LLEN orders"), "sent") == "(integer) 4"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("SET 'a", "a quote is open"),
        (":hnit", "Did you mean `:hint`?"),
        (":clock soon", "is no time"),
        ("NOSUCH x", "ERR unknown command"),
    ],
)
def test_what_is_wrongly_typed(start: Start, line: str, told: str) -> None:
    assert told in text(start("expiring-greeting").feed(line), "error", "sent")


def test_predict(start: Start) -> None:
    runner = start("next-length")
    assert text(runner.feed("OK"), "mistake") == "RPUSH tells the new length."
    assert "does not answer `(integer) 2`" in text(runner.feed("(integer) 2"), "missed")
    events = runner.feed("(integer) 3")
    assert text(events, "sent") == "(integer) 3"
    assert runner.solved


def test_choose_one_and_many(start: Start) -> None:
    runner = start("no-list")
    right = runner.feed(":solution") and runner.take_input()
    assert "number" in text(runner.feed("7"), "error")
    runner.feed(right)
    assert runner.solved
    runner.feed("")
    many = runner.feed(":solution") and runner.take_input()
    assert len(many.split()) == 2
    assert "not the only one" in text(runner.feed(many.split()[0]), "missed")
    runner.feed(many)
    assert runner.solved


def test_fill_takes_the_blank_or_the_whole_command(start: Start) -> None:
    for answer in ("ex", "SET k v EX 60", "SET k v PX 60000"):
        runner = start("blank")
        assert "There is 1 blank" in text(runner.feed("EX 60 70"), "error")
        assert "to expire in 50 to 60" in text(runner.feed("PX"), "missed")
        runner.feed(answer)
        assert runner.solved, answer


def test_order_is_judged_by_state(start: Start) -> None:
    runner = start("line-up")
    runner.feed("1 2 3")
    assert not runner.solved
    assert "every number from 1 to 3" in text(runner.feed("1 2"), "error")
    runner.feed(":solution")
    runner.feed(runner.take_input())
    assert runner.solved


def test_match(start: Start) -> None:
    runner = start("pairs")
    assert "Give every number" in text(runner.feed("1a"), "error")
    runner.feed(":solution")
    runner.feed(runner.take_input())
    assert runner.solved


def test_fix_puts_the_broken_command_into_the_line(start: Start) -> None:
    runner = start("repair")
    assert runner.take_input() == "LPUSH queue one two"
    assert "LPUSH leaves them" in text(runner.feed("LPUSH queue one two"), "mistake")
    runner.feed(":reset")
    runner.feed("RPUSH queue one two")
    assert runner.solved


def test_free_play_on_a_copy(start: Start) -> None:
    runner = start("move-one")
    runner.feed(":play")
    runner.feed("DEL orders")
    assert text(runner.feed("EXISTS orders"), "sent") == "(integer) 0"
    runner.feed(":main")
    assert text(runner.feed("EXISTS orders"), "sent") == "(integer) 1"


def test_looking_glasses(start: Start) -> None:
    runner = start("move-one")
    assert '1) "a"' in text(runner.feed(":peek orders"), "look")
    assert "no key nothing" in text(runner.feed(":peek nothing"), "error")
    assert "list" in text(runner.feed(":inspect orders"), "look")
    assert "no command has been sent" in text(runner.feed(":why"), "error")
    runner.feed("GET orders")
    assert "list" in text(runner.feed(":why"), "look")
    assert "LMOVE" in text(runner.feed("help lmove"), "look")
    assert runner.attempt.log.sent[-1].argv[0] == b"GET"


def test_the_end_says_what_is_open(start: Start) -> None:
    runner = start("repair")
    runner.feed("RPUSH queue one two")
    events = runner.feed("")
    assert "Still open: hello," in text(events, "end")
    assert runner.finished


def test_a_step_is_resumed_with_its_data_and_time(start: Start) -> None:
    first = start("move-one")
    for line in ("SET session x EX 100", ":clock +40s", "@bob RPUSH orders x y", "SPOP nothing", ":hint"):
        first.feed(line)
    ids = text(first.feed("XADD log * a 1"), "sent")
    left = int(text(first.feed("PTTL session"), "sent").split()[-1])
    again = start()
    assert again.step.id == "move-one"
    assert text(again.feed("LLEN orders"), "sent") == "(integer) 5"
    assert 55_000 < int(text(again.feed("PTTL session"), "sent").split()[-1]) <= left
    if not ids.startswith("(error)"):
        assert ids in text(again.feed("XRANGE log - +"), "sent")
    assert text(again.feed(":hint"), "hint") == "`LMOVE` names two lists and two ends."


def test_a_solved_step_is_resumed_as_solved(start: Start) -> None:
    start("expiring-greeting").feed("SET greeting hello EX 60")
    again = start()
    assert again.step.id == "expiring-greeting"
    assert again.solved
    start("next-length").feed("3")
    assert start().solved


def test_a_step_that_changed_meanwhile_begins_anew(start: Start, home: Path) -> None:
    start("expiring-greeting").feed("SET greeting hi")
    file = home / "home" / "progress" / "test" / "demo.json"
    data = json.loads(file.read_text())
    data["resume"]["lines"].append([data["resume"]["start_ms"], "SET 'open"])
    file.write_text(json.dumps(data))
    runner = start()
    assert runner.step.id == "expiring-greeting"
    assert text(runner.feed("EXISTS greeting"), "sent") == "(integer) 0"


def test_a_bad_setup_is_told_and_can_be_skipped(home: Path) -> None:
    content = (
        "id: bad\nnumber: 1\ntitle: B\nintro: i\nsteps:\n- id: a\n  title: A\n  kind: read\n  say: s\n  setup: [GET]\n"
    )
    loaded: ChapterFile = parse_chapter("01-bad.yaml", content)
    runner = Runner(loaded, Progress("test"))
    assert "the setup of this step fails at `GET`" in text(runner.begin(), "error")
    assert "end" in kinds(runner.feed(":skip"))


@pytest.mark.parametrize("line", ["SUBSCRIBE news", "MULTI", "QUIT", "CLIENT REPLY SKIP", "HELLO 3", "RESET"])
def test_every_state_of_a_client_has_its_text(start: Start, line: str) -> None:
    runner = start("move-one")
    assert text(runner.feed(line), "sent")
    assert text(runner.feed("PING"), "sent")


def test_messages_to_any_client_are_shown(start: Start) -> None:
    runner = start("move-one")
    runner.feed("SUBSCRIBE news")
    assert '"hi"' in text(runner.feed("@bob PUBLISH news hi"), "message")


def test_the_rest_of_a_solution_goes_when_something_else_is_typed(start: Start) -> None:
    runner = start("expiring-greeting")
    runner.step.solution.reverse()
    runner.feed(":solution")
    assert runner.take_input() == "SET greeting hello"
    runner.feed("SET greeting hello")
    assert runner.take_input() == "EXPIRE greeting 60"
    runner.feed(":reset")
    runner.feed(":solution")
    runner.take_input()
    runner.feed("SET greeting hi")
    assert runner.take_input() == ""


def test_a_look_is_free_and_a_remark_on_it_is_made_once(start: Start) -> None:
    runner = start("repair")
    runner.step.mistakes[0].when.key = None
    runner.step.mistakes[0].when.is_ = None
    runner.step.mistakes[0].when.used = "LRANGE"
    assert text(runner.feed("LRANGE queue 0 -1"), "note") == "That is the order in which LPUSH leaves them."
    assert kinds(runner.feed("LRANGE queue 0 -1")) == ["sent"]
    assert runner.record.step("repair").tries == 0


def test_a_mistake_of_an_earlier_command_is_not_told_again(start: Start) -> None:
    runner = start("move-one")
    runner.step.mistakes[0].when.key = None
    runner.step.mistakes[0].when.is_ = None
    runner.step.mistakes[0].when.used = "LTRIM"
    assert "mistake" in kinds(runner.feed("LTRIM orders 2 -1"))
    assert kinds(runner.feed("NOSUCH x")) == ["sent", "info"]
    assert kinds(runner.feed("LPUSH orders q")) == ["sent", "diff", "missed"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("LMOEV orders done LEFT RIGHT", "Did you mean `LMOVE`?"),
        ("SET orders", "It is written `SET key value"),
        ("GET orders", "`:why` explains this error."),
    ],
)
def test_after_an_error_the_next_thing_to_do_is_told(start: Start, line: str, told: str) -> None:
    assert told in text(start("move-one").feed(line), "info")


def test_a_command_that_was_not_called_shows_no_changes(start: Start) -> None:
    runner = start("move-one")
    runner.feed("LPUSH orders z")
    for line in ("LPUSH orders", "NOSUCH", "CONFIG NOSUCH"):
        assert "diff" not in kinds(runner.feed(line)), line


def test_a_move_of_the_clock_is_no_change_of_the_next_command(start: Start) -> None:
    runner = start("move-one")
    runner.feed(":clock +1h")
    assert kinds(runner.feed("TTL orders")) == ["sent"]


def test_a_command_where_a_reply_is_asked_for_is_no_try(start: Start) -> None:
    runner = start("next-length")
    assert "That is a command" in text(runner.feed("RPUSH l c"), "error")
    assert runner.record.step("next-length").tries == 0


def test_a_wrong_choice_does_not_show_the_reply(start: Start) -> None:
    runner = start("no-list")
    right = runner.feed(":solution") and runner.take_input()
    wrong = next(number for number in "123" if number != right)
    assert "sent" not in kinds(runner.feed(wrong))
    assert text(runner.feed(right), "sent") == "(integer) 0"


def test_what_stands_at_the_end_of_a_success(start: Start) -> None:
    runner = start("expiring-greeting")
    runner.feed("SET greeting hi EX 60")
    events = runner.feed("SET greeting hello EX 60")
    assert text(events, "solved") == "Solved. It took 2 commands; 1 is enough."
    assert [event.data["own"] for event in events if event.kind == "route"] == [True, False]
    assert (events[-1].kind, events[-1].text) == ("advice", "Enter goes on.")


def test_a_read_step_shows_its_background_and_how_to_go_on(start: Start) -> None:
    runner = start("hello")
    runner.step.why, runner.step.complexity = "Because.", "O(1)"
    assert kinds(runner.feed(":goto hello"))[-4:] == ["sent", "why", "complexity", "advice"]


BLOCKING = """\
id: waits
number: 1
title: Waiting
intro: i
steps:
- id: wait
  title: Wait
  kind: do
  say: Wait for a job.
  when_blocked: ["@bob RPUSH jobs one"]
  goal:
  - reply: {equals: [jobs, one]}
  hints: [Wait., A blocking pop.]
  mistakes: [{when: {reply: {of: LPOP, kind: nil}}, say: It does not wait.}]
  solution: [{commands: [BLPOP jobs 0]}]
"""


@pytest.fixture
def waiting(home: Path) -> Runner:
    runner = Runner(parse_chapter("01-waits.yaml", BLOCKING), Progress("waits"))
    runner.begin()
    return runner


def test_a_late_reply_is_shown_once_with_what_led_to_it(waiting: Runner) -> None:
    events = waiting.feed("BLPOP jobs 0")
    assert [event.text for event in events if event.kind in ("sent", "message")] == [
        "(integer) 1",
        '1) "jobs"\n2) "one"',
    ]
    assert waiting.solved


def test_who_gives_up_and_waits_anew_is_helped_anew(waiting: Runner) -> None:
    assert "still" not in text(waiting.feed("BLPOP other 0"), "sent")
    assert waiting.cancel() and not waiting.cancel()
    waiting.feed("DEL jobs")
    waiting.feed("BLPOP jobs 0")
    assert waiting.solved


def test_giving_up_is_lived_through_again(waiting: Runner) -> None:
    waiting.feed("BLPOP other 0")
    waiting.cancel()
    waiting.feed("SET after 1")
    again = Runner(waiting.loaded, Progress("waits"))
    assert "You are where you left" in text(again.begin(), "info")
    assert text(again.feed("GET after"), "sent") == '"1"'


def test_the_command_to_repair_comes_back_after_a_look(start: Start) -> None:
    runner = start("repair")
    assert runner.take_input() == "LPUSH queue one two"
    runner.feed(":hint")
    assert runner.take_input() == "LPUSH queue one two"
    runner.feed("EXISTS queue")
    assert runner.take_input() == "LPUSH queue one two"
    runner.feed("RPUSH queue 'one two")
    assert runner.take_input() == "RPUSH queue 'one two"
    runner.feed("RPUSH queue two one")
    assert runner.take_input() == ""


def test_a_reply_that_comes_too_early_is_a_look(start: Start) -> None:
    runner = start("move-one")
    runner.step.goal.append(convert({"reply": {"of": "LLEN", "equals": 1}}, Check))
    assert kinds(runner.feed("LLEN done")) == ["sent"]
    runner.feed("LMOVE orders done LEFT RIGHT")
    assert kinds(runner.feed("LLEN orders")) == ["sent", "missed"]


def test_a_solved_repair_is_resumed_without_the_broken_line(start: Start) -> None:
    start("repair").feed("RPUSH queue one two")
    again = start()
    assert again.solved and again.take_input() == ""


@pytest.mark.parametrize("line", ["exit", "quit", "redislab lesson"])
def test_who_wants_to_leave_is_told_how(start: Start, line: str) -> None:
    assert "`:quit`" in text(start("move-one").feed(line), "info")
