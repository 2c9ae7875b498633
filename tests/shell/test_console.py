"""Lines as they are typed: commands, clients, repeats, questions, pipes, and the words with a colon."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from redislab.resp.types import BLOCKED


def test_a_command_and_its_friendly_reply(talk: Any) -> None:
    assert talk.say("SET tea green") == "OK\n"
    assert talk.say("GET tea") == '"green"\n'
    assert talk.say("INCR n") == "(integer) 1\n"
    assert talk.say("GET nokey") == "(nil)\n"


def test_comments_and_blanks_do_nothing(talk: Any) -> None:
    assert talk.say("") == talk.say("   ") == talk.say("# SET a 1") == ""
    assert talk.say("DBSIZE") == "(integer) 0\n"


def test_did_you_mean_and_usage(talk: Any) -> None:
    assert "Did you mean GETRANGE?" in talk.say("GETRANG k")
    assert "Did you mean CONFIG GET?" in talk.say("CONFIG GETT x")
    assert "Usage: INCR key" in talk.say("INCR")
    assert "SET key value" in talk.say("SET k v EX")


def test_unbalanced_quotes_say_where(talk: Any) -> None:
    assert "column 12" in talk.say('SET k "abc"d')


def test_repeats(talk: Any) -> None:
    assert talk.say("3 INCR n") == "(integer) 1\n(integer) 2\n(integer) 3\n"
    assert "repeat" in talk.say("0 INCR n")


def test_pasted_lines_run_one_after_another(talk: Any) -> None:
    printed = talk.say('SET a 1\nSET b "x\ny"\n\nINCR a\n')
    assert printed == '> SET a 1\nOK\n> SET b "x\ny"\nOK\n> INCR a\n(integer) 2\n'
    assert talk.say("GET b") == '"x\\ny"\n'


def test_other_clients(talk: Any) -> None:
    talk.all("@bob SELECT 3", "@bob SET k v")
    assert talk.say("GET k") == "(nil)\n"
    assert talk.say("@bob CLIENT GETNAME") == '"bob"\n'
    assert talk.say(":client use bob") == ""
    assert talk.say("GET k") == '"v"\n'
    assert "database 3" in talk.say(":client")
    talk.say(":client close bob")
    assert talk.say("GET k") == "(nil)\n"


def test_a_client_that_waits_disturbs_no_other(talk: Any) -> None:
    assert "waits" in talk.say("@bob BLPOP q 0")
    assert talk.console.outcomes[-1].reply is BLOCKED
    assert "waiting in BLPOP q 0" in talk.say("@bob GET k")
    assert talk.say("RPUSH q x") == '(integer) 1\n@bob\n1) "q"\n2) "x"\n'
    talk.all("@bob BLPOP q 0", ":client cancel bob", "RPUSH q y")
    assert talk.say("LLEN q") == "(integer) 1\n"


def test_messages_carry_the_name_of_the_client(talk: Any) -> None:
    talk.say("@bob SUBSCRIBE news")
    assert talk.say("PUBLISH news hello") == '(integer) 1\n@bob [news] "hello"\n'


def test_exec_shows_each_item_with_its_command(talk: Any) -> None:
    printed = talk.all("MULTI", "SET tea green", "INCR tea", "LRANGE nokey 0 -1", "EXEC")
    assert printed.splitlines() == [
        "1) SET tea green → OK",
        "2) INCR tea → (error) ERR value is not an integer or out of range",
        "3) LRANGE nokey 0 -1 → (empty array)",
    ]


def test_questions_come_with_much_data_only(talk: Any) -> None:
    for number in range(9):
        talk.say(f"SET k{number} v")
    talk.say("FLUSHALL")
    talk.say("KEYS *")
    assert talk.questions == []
    for number in range(150):
        talk.console.session.call("SET", f"k{number}", "v")
    talk.answer = False
    assert "Nothing was done" in talk.say("FLUSHALL")
    assert "150 keys" in talk.questions[-1]
    assert talk.say("DBSIZE") == "(integer) 150\n"
    talk.say("KEYS *")
    assert len(talk.questions) == 1
    talk.all(":set warn_from 10", "KEYS *")
    assert "KEYS looks at all 150 keys" in talk.questions[-1]
    talk.all(":set warn off", "FLUSHDB")
    assert talk.say("DBSIZE") == "(integer) 0\n"
    assert len(talk.questions) == 2


def test_pipes(talk: Any) -> None:
    talk.say('SET j "b a"')
    assert talk.say("GET j | tr a-z A-Z") == "B A\n"
    assert "ended with 3" in talk.say("GET j | exit 3")
    talk.say('SET p "a | b"')
    assert talk.say("GET p") == '"a | b"\n'
    talk.say(":set pipes off")
    assert "wrong number of arguments" in talk.say("GET j | tr a-z A-Z")


def test_wire(talk: Any) -> None:
    talk.say(":wire on")
    assert talk.say("SET a 1").splitlines()[:2] == [
        r"--> *3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n",
        r"<-- +OK\r\n",
    ]


def test_diff_after_each_command(talk: Any) -> None:
    talk.say(":diff on")
    assert talk.say("SET n 1") == 'OK\n+ n string "1"\n'
    assert talk.say("GET n") == '"1"\n'
    assert talk.say("INCR n") == "(integer) 2\n~ n 1 → 2\n"


def test_undo_redo_goto(talk: Any) -> None:
    talk.all("SET n 1", "INCR n", "GET n")
    assert talk.say(":undo") == "Undone: step 2 (INCR n)\n~ n 2 → 1\n"
    assert talk.say("GET n") == '"1"\n'
    assert talk.say(":redo") == "Done again: step 2 (INCR n)\n~ n 1 → 2\n"
    talk.say(":undo 2")
    assert talk.say("EXISTS n") == "(integer) 0\n"
    assert "nothing to undo" in talk.say(":undo")
    talk.say(":goto 2")
    assert talk.say("GET n") == '"2"\n'
    assert "step 9" in talk.say(":goto 9")
    history = talk.say(":history")
    assert history.splitlines()[1].startswith(">   2 INCR n")
    assert "~ n 1 → 2" in history


def test_clock(talk: Any) -> None:
    talk.say("SET k v EX 60")
    printed = talk.say(":clock +1h30m")
    assert printed.splitlines()[0] == '- k expired (string, was "v")'
    assert "+1h30m" in printed
    assert talk.say("GET k") == "(nil)\n"
    talk.say(":undo")
    assert talk.say("TTL k") == "(integer) 60\n"
    assert "stands still" in talk.say(":clock freeze")
    assert "the real time" in talk.say(":clock now")
    assert "no move of the clock" in talk.say(":clock soon")


def test_usage_of_words_with_a_colon(talk: Any) -> None:
    assert talk.say(":undo x") == "error: usage: :undo [count]\n"
    assert "usage: :goto number" in talk.say(":goto")
    assert "did you mean :undo?" in talk.say(":undoo")
    assert ":peek key" in talk.say(":help")
    assert ":clock +61s" in talk.say(":help clock")
    assert "whole number" in talk.say(":undo -1")


def test_peek_reads_every_type(talk: Any) -> None:
    talk.all("SET s v", "HSET h f v", "RPUSH l a", "SADD m x", "ZADD z 1 a")
    for key, shown in (
        ("s", '> GET s\n"v"\n'),
        ("h", '> HGETALL h\nf  "v"\n'),
        ("l", '> LRANGE l 0 99\n1) "a"\n'),
        ("m", '> SMEMBERS m\n1) "x"\n'),
        ("z", '> ZRANGE z 0 99 WITHSCORES\n1) "a"  1\n'),
    ):
        assert talk.say(f":peek {key}") == shown
    assert "no key nokey" in talk.say(":peek nokey")


def test_peek_is_not_queued(talk: Any) -> None:
    talk.all("SET s v", "MULTI")
    assert talk.say(":peek s") == '> GET s\n"v"\n'
    assert talk.say("EXEC") == "(empty array)\n"


def test_inspect_uses_the_thresholds_in_force(talk: Any) -> None:
    talk.all("HSET h f v", "CONFIG SET hash-max-listpack-entries 1")
    printed = " ".join(talk.say(":inspect h").split())
    assert "at most 1 field (hash-max-listpack-entries; it has 1)" in printed
    talk.all("HSET h g w", "HDEL h g")
    assert "never becomes a listpack again" in " ".join(talk.say(":inspect h").split())
    talk.say("SET t v EX 100")
    assert "100 s, until" in talk.say(":inspect t")
    assert "no key nokey" in talk.say(":inspect nokey")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["RPUSH tea a", "GET tea"], ["tea holds a list", "GET works on a string", "Step 1", "(RPUSH tea a)"]),
        (["SET tea a", "DEL tea", "GET tea"], ["no key tea", "Step 2", "(DEL tea), removed it"]),
        (["SET tea a PX 10", ":clock +5s", "GET tea"], ["expired"]),
        (["GET tea"], ["No step of this shell has made one"]),
        (["SET Tea a", "GET tea"], ["There is Tea."]),
        (["SELECT 1", "SET tea a", "SELECT 0", "GET tea"], ["Database 1 has one"]),
        (["HSET u name Ann", "HGET u nam"], ["u has 1 field, and nam is not among them"]),
        (["SADD s a", "SADD s a"], ["a is in s"]),
        (["SET tea a", "INCR tea"], ['tea holds "a"', "no number", "(SET tea a)"]),
        (["SET tea a EX 10 EX"], ['"EX" is the first word that does not fit']),
        (["GETT x"], ["Did you mean GET"]),
        (["HSET h f v", "OBJECT ENCODING h"], ["hash-max-listpack-entries"]),
        (["WATCH w", "@bob SET w 1", "MULTI", "EXEC"], ["watched key was changed"]),
        (["MULTI", "SET a 1"], ["runs at EXEC"]),
        (["MULTI", "INCR", "EXEC"], ["refused while"]),
    ],
)
def test_why(talk: Any, lines: list[str], told: list[str]) -> None:
    talk.all(*lines)
    printed = " ".join(talk.say(":why").split())
    for words in told:
        assert words in printed


def test_why_touches_nothing(talk: Any) -> None:
    talk.all("RPUSH tea a", "GET tea")
    talk.lab.advance(30)
    talk.say(":why")
    assert talk.say("OBJECT IDLETIME tea") == "(integer) 30\n"


def test_save_and_load(talk: Any, tmp_path: Path) -> None:
    talk.all("SET a 'x y'", "@bob INCR n", ":clock +5s", "AUTH geheim", "CONFIG SET requirepass geheim")
    file, page = tmp_path / "session.redis", tmp_path / "session.md"
    talk.say(f":save {file}")
    talk.say(f":save {page}")
    secret = "# a command with a password was here"
    assert file.read_text().splitlines() == ['SET a "x y"', "@bob INCR n", ":clock +5s", secret, secret]
    assert "> SET a \"x y\"\nOK\n" in page.read_text()
    assert "geheim" not in page.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("FLUSHALL\nSET b 1\nINCR b\n")
    talk.say(f":load {file}")
    assert talk.say("KEYS *") == '1) "b"\n'
    assert "No such file" in talk.say(f":load {tmp_path}/none")


def test_a_file_that_loads_itself_ends(talk: Any, tmp_path: Path) -> None:
    file = tmp_path / "loop.redis"
    file.write_text(f"INCR n\n:load {file}\nINCR n\n")
    assert "too deeply" in talk.say(f":load {file}")


def test_settings(talk: Any) -> None:
    assert "form      friendly" in talk.say(":set")
    talk.say(":set form formatted")
    talk.say("HSET h f v")
    assert talk.say("HGETALL h") == '1) "f"\n2) "v"\n'
    assert "is one of" in talk.say(":set form nice")
    assert "no setting" in talk.say(":set nosuch on")
    assert "on or off" in talk.say(":set hints maybe")


def test_help(talk: Any) -> None:
    assert "help @hash" in talk.say("help")
    page = talk.say("help set")
    for words in ("SET key value", "Since           1.0.0", "Complexity", "@string", "> SET "):
        assert words in page
    assert "GETRANGE" in talk.say("help @string")
    assert "CONFIG GET parameter" in talk.say("help config get")
    assert "Did you mean GETRANGE" in talk.say("help getrang")
    assert "@string" in talk.say("help @nosuch")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_help_fits_the_terminal(talk: Any, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for line in ("help @string", "help @generic", ":help", ":help clock"):
        assert max(map(len, talk.say(line).splitlines())) <= columns, line


def test_leaving(talk: Any) -> None:
    for line in ("quit", "exit", "QUIT", ":quit"):
        talk.console.finished = False
        talk.say(line)
        assert talk.console.finished


def test_help_fits_into_a_narrow_terminal(talk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    page = talk.say("help SET").partition("Example")[0]
    assert "Since 7.0.0: NX and GET" in page
    assert max(map(len, page.splitlines())) <= 40
