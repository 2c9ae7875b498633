"""ACL where a transcript cannot look: the log, clients that are closed, the file, undo, copies, lines of redis.conf."""

from __future__ import annotations

from typing import Any

import pytest

from redislab import Lab, ReplyError
from redislab.engine.host import Host, HostError
from redislab.engine.session import Session


@pytest.fixture
def lab() -> Lab:
    return Lab(clock="manual", seed=1)


@pytest.fixture
def admin(lab: Lab) -> Session:
    return lab.session("admin")


def client(lab: Lab, name: str, *rules: str) -> Session:
    """A client logged in as a new user without a password."""
    lab.session().call("ACL", "SETUSER", name, "on", "nopass", *rules)
    session = lab.session(name)
    session.call("AUTH", name, "any")
    return session


def refused(session: Session, *words: str) -> str:
    with pytest.raises(ReplyError) as caught:
        session.call(*words)
    return caught.value.text


# -- the log -------------------------------------------------------------------------------------------------


def log(session: Session) -> list[dict[str, Any]]:
    return [{key.decode(): value for key, value in entry.items()} for entry in session.call("ACL", "LOG")]


def test_the_log_tells_what_was_refused_to_whom_and_where(lab: Lab, admin: Session) -> None:
    bob = client(lab, "bob", "~a", "+get", "+multi", "+exec", "+publish", "+subscribe")
    refused(bob, "SET", "a", "1")
    refused(bob, "get", "other")
    refused(bob, "SUBSCRIBE", "news")
    refused(bob, "AUTH", "nobody", "x")
    refused(bob, "hello", "3", "AUTH", "nobody", "x")
    lab.advance(2.5)
    found = log(admin)
    assert [(e["reason"], e["context"], e["object"], e["username"]) for e in found] == [
        (b"auth", b"toplevel", b"hello", b"nobody"),
        (b"auth", b"toplevel", b"AUTH", b"nobody"),
        (b"channel", b"toplevel", b"news", b"bob"),
        (b"key", b"toplevel", b"other", b"bob"),
        (b"command", b"toplevel", b"set", b"bob"),
    ]
    assert {e["age-seconds"] for e in found} == {2.5}
    assert found[-1]["client-info"].startswith(b"id=%d addr=" % bob.id)
    assert found[-1]["client-info"].endswith(b"cmd=set user=bob redir=-1 resp=2")


def test_refusals_alike_within_a_minute_are_one_entry(lab: Lab, admin: Session) -> None:
    bob = client(lab, "bob", "~a", "+get")
    refused(bob, "GET", "x")
    refused(bob, "GET", "y")
    lab.advance(59)
    refused(bob, "GET", "x")
    assert [(e["object"], e["count"], e["age-seconds"]) for e in log(admin)] == [(b"x", 2, 0.0), (b"y", 1, 59.0)]
    lab.advance(61)
    refused(bob, "GET", "x")
    assert [(e["object"], e["count"]) for e in log(admin)] == [(b"x", 1), (b"x", 2), (b"y", 1)]


def test_only_the_ten_newest_entries_are_looked_at(lab: Lab, admin: Session) -> None:
    bob = client(lab, "bob", "~a", "+get")
    for number in [*range(11), 0, 1]:
        refused(bob, "GET", f"k{number}")
    assert [e["object"] for e in log(admin)][:3] == [b"k1", b"k0", b"k10"]
    assert len(admin.call("ACL", "LOG", 100)) == 13 and len(admin.call("ACL", "LOG", 3)) == 3


def test_the_log_keeps_as_much_as_it_may(lab: Lab, admin: Session) -> None:
    admin.call("CONFIG", "SET", "acllog-max-len", 2)
    for name in ("a", "b", "c"):
        refused(admin, "AUTH", name, "x")
    assert [e["username"] for e in log(admin)] == [b"c", b"b"]
    admin.call("CONFIG", "SET", "acllog-max-len", 0)
    assert len(log(admin)) == 2
    refused(admin, "AUTH", "d", "x")
    assert log(admin) == []


def test_in_a_transaction_the_context_is_multi(lab: Lab, admin: Session) -> None:
    bob = client(lab, "bob", "~*", "+@all", "&x")
    bob.call("MULTI")
    refused(bob, "PUBLISH", "y", "1")
    bob.call("DISCARD")
    bob.call("MULTI")
    bob.call("GET", "a")
    bob.call("AUTH", "nobody", "x")
    admin.call("ACL", "SETUSER", "bob", "-get")
    first, second = bob.call("EXEC")
    assert first.text.startswith("NOPERM ACLs rules changed") and second.code == "WRONGPASS"
    assert [(e["context"], e["object"]) for e in log(admin)] == [
        (b"multi", b"AUTH"), (b"multi", b"get"), (b"multi", b"y"),
    ]  # fmt: skip
    assert b" flags=x " in log(admin)[1]["client-info"] and b" multi=2 " in log(admin)[1]["client-info"]
    assert not bob.in_multi


def test_in_a_script_the_context_is_lua_and_the_client_the_caller(lab: Lab, admin: Session) -> None:
    bob = client(lab, "bob", "~a", "+@all", "-flushall")
    assert refused(bob, "EVAL", "return redis.call('get', 'b')", "0").startswith(
        "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments"
    )
    refused(bob, "EVAL", "return redis.pcall('flushall')", "0")
    found = log(admin)
    assert [(e["reason"], e["context"], e["object"], e["username"]) for e in found] == [
        (b"command", b"lua", b"flushall", b"bob"), (b"key", b"lua", b"b", b"bob"),
    ]  # fmt: skip
    assert found[0]["client-info"].startswith(b"id=%d " % bob.id)
    assert b" cmd=eval user=bob " in found[0]["client-info"]
    asking = "return {redis.acl_check_cmd('get', 'a'), redis.acl_check_cmd('get', 'b')}"
    assert bob.call("EVAL", asking, "0") == [1, None]
    assert len(log(admin)) == 2


def test_a_refused_call_counts_as_rejected_and_spoils_the_transaction(lab: Lab) -> None:
    bob = client(lab, "bob", "+multi", "+exec", "+ping")
    with pytest.raises(ReplyError) as caught:
        bob.call("GET", "a")
    assert caught.value.rejected
    bob.call("MULTI")
    refused(bob, "GET", "a")
    assert refused(bob, "EXEC").startswith("EXECABORT")


# -- clients -------------------------------------------------------------------------------------------------


def test_clients_of_a_removed_user_are_closed(lab: Lab, admin: Session) -> None:
    bob, ann = client(lab, "bob"), client(lab, "ann", "+acl|deluser")
    assert admin.call("ACL", "DELUSER", "bob") == 1
    assert bob.closed and not ann.closed
    assert ann.call("ACL", "DELUSER", "ann") == 1
    assert ann.closing and not ann.closed  # it gets its reply first


def test_listeners_are_closed_when_their_channels_are_taken_away(lab: Lab, admin: Session) -> None:
    bob = client(lab, "bob", "+subscribe", "+psubscribe", "&news.*", "&x")
    other = client(lab, "other", "+subscribe", "&news.*")
    bob.call("SUBSCRIBE", "news.tea")
    other.call("SUBSCRIBE", "news.tea")
    admin.call("ACL", "SETUSER", "bob", "resetchannels", "&news.*", "&y")
    assert not bob.closed
    admin.call("ACL", "SETUSER", "bob", "resetchannels", "(&news.*)")
    assert not bob.closed
    admin.call("ACL", "SETUSER", "bob", "clearselectors", "&news.t?")
    assert bob.closed and not other.closed
    pattern = client(lab, "pattern", "+psubscribe", "&news.*")
    pattern.call("PSUBSCRIBE", "news.*")
    admin.call("ACL", "SETUSER", "pattern", "resetchannels", "&*")
    assert not pattern.closed
    admin.call("ACL", "SETUSER", "pattern", "resetchannels", "&n*")
    assert pattern.closed


def test_new_rules_hold_at_once_for_who_is_logged_in(lab: Lab, admin: Session) -> None:
    bob = client(lab, "bob", "+@all", "~*", "&*")
    assert not bob.guarded and bob.call("GET", "a") is None
    admin.call("ACL", "SETUSER", "bob", "-get")
    assert refused(bob, "GET", "a") == "NOPERM this user has no permissions to run the 'get' command"
    admin.call("ACL", "SETUSER", "bob", "+get")
    assert bob.call("GET", "a") is None
    admin.call("ACL", "SETUSER", "default", "-set")
    assert refused(admin, "SET", "a", "1") == "NOPERM this user has no permissions to run the 'set' command"


def test_hello_logs_in_and_client_list_shows_the_user(lab: Lab, admin: Session) -> None:
    admin.call("ACL", "SETUSER", "bob", "on", ">pw", "+hello")
    bob = lab.session()
    assert bob.call("HELLO", 3, "AUTH", "bob", "pw", "SETNAME", "b")[b"proto"] == 3
    assert b" user=bob " in admin.call("CLIENT", "LIST") and bob.name == b"b"
    assert admin.call("CLIENT", "KILL", "USER", "bob") == 1 and bob.closed


def test_who_may_do_everything_is_not_checked(lab: Lab) -> None:
    assert not client(lab, "bob", "+@all", "~*", "&*").guarded
    assert client(lab, "cat", "+@all", "~*").guarded
    assert not client(lab, "dan", "(+@all ~* &*)").guarded


# -- parameters ----------------------------------------------------------------------------------------------


def test_new_users_and_selectors_get_the_channels_of_acl_pubsub_default(lab: Lab, admin: Session) -> None:
    admin.call("CONFIG", "SET", "acl-pubsub-default", "allchannels")
    admin.call("ACL", "SETUSER", "bob", "(+get)")
    admin.call("ACL", "SETUSER", "cat", "reset")
    admin.call("CONFIG", "SET", "acl-pubsub-default", "resetchannels")
    admin.call("ACL", "SETUSER", "dan")
    assert admin.call("ACL", "LIST") == [
        b"user bob off &* -@all (&* -@all +get)",
        b"user cat off sanitize-payload &* -@all",
        b"user dan off resetchannels -@all",
        b"user default on nopass ~* &* +@all",
    ]


def test_genpass_gives_as_many_digits_as_bits_need(admin: Session) -> None:
    for bits, digits in ((1, 1), (4, 1), (5, 2), (12, 3), (13, 4), (256, 64), (4096, 1024)):
        password = admin.call("ACL", "GENPASS", bits)
        assert len(password) == digits and not password.strip(b"0123456789abcdef")
    assert len(admin.call("ACL", "GENPASS")) == 64
    assert admin.call("ACL", "GENPASS") != admin.call("ACL", "GENPASS")


# -- undo and copies -----------------------------------------------------------------------------------------


def test_undo_brings_users_back_as_they_were(lab: Lab, admin: Session) -> None:
    bob = client(lab, "bob", "+get", "~a")
    before = admin.call("ACL", "LIST")
    admin.call("ACL", "SETUSER", "bob", "+set", ">pw")
    after = admin.call("ACL", "LIST")
    assert bob.call("SET", "a", "1") == "OK"
    lab.undo()
    lab.undo()
    assert admin.call("ACL", "LIST") == before
    refused(bob, "SET", "a", "1")
    lab.redo()
    assert admin.call("ACL", "LIST") == after
    lab.redo()
    assert bob.call("GET", "a") == b"1"
    admin.call("ACL", "DELUSER", "bob")
    lab.undo()
    assert admin.call("ACL", "LIST") == after
    lab.undo()
    lab.undo()
    lab.undo()
    assert admin.call("ACL", "USERS") == [b"default"]


def test_a_fork_has_users_of_its_own(lab: Lab, admin: Session) -> None:
    admin.call("CONFIG", "SET", "requirepass", "pw")
    admin.call("ACL", "SETUSER", "bob", "on", ">a", "(+get ~x)")
    twin = lab.fork()
    other = twin.session()
    refused(other, "PING")
    other.call("AUTH", "pw")
    assert other.call("ACL", "LIST") == admin.call("ACL", "LIST")
    other.call("ACL", "SETUSER", "bob", "off")
    assert other.call("ACL", "LIST") != admin.call("ACL", "LIST")


# -- the file ------------------------------------------------------------------------------------------------


class FileHost(Host):
    """A host whose file with the users is in memory."""

    acl_file = "/users.acl"
    text: bytes | None = b""

    def read_acl_file(self) -> bytes:
        if self.text is None:
            raise HostError("No such file or directory")
        return self.text

    def write_acl_file(self, text: bytes) -> None:
        if self.text is None:
            raise HostError("No such file or directory")
        self.text = text


NO_CHANGE = "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
SYNTAX = "/users.acl:1: Syntax error. "


@pytest.fixture
def file(lab: Lab) -> FileHost:
    host = lab.engine.host = FileHost()
    return host


def test_what_is_saved_can_be_loaded(lab: Lab, admin: Session, file: FileHost) -> None:
    bob = client(lab, "bob", ">any", "~a", "%R~b", "&x", "+@read", "-get", "+select|1", "(+get %W~c)")
    admin.call("ACL", "SAVE")
    saved, before = file.text, admin.call("ACL", "LIST")
    assert saved == b"".join(line + b"\n" for line in before)
    admin.call("ACL", "SETUSER", "bob", "reset")
    admin.call("ACL", "SETUSER", "cat")
    assert admin.call("ACL", "LOAD") == "OK"
    assert admin.call("ACL", "LIST") == before
    assert bob.closed and not admin.closed


def test_a_file_without_the_default_user_brings_it_back_to_its_beginnings(
    lab: Lab, admin: Session, file: FileHost
) -> None:
    admin.call("ACL", "SETUSER", "default", "-flushall")
    file.text = b"\n  user bob on nopass +@all\r\n\n"
    admin.call("ACL", "LOAD")
    assert admin.call("ACL", "LIST") == [
        b"user bob on nopass resetchannels +@all", b"user default on nopass ~* &* +@all",
    ]  # fmt: skip


# Each as redis-server 7.0.15 says it, but the last: there it crashes.
@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (b"x\n", "/users.acl:1 should start with user keyword followed by the username. "),
        (b"user\n", "/users.acl:1 should start with user keyword followed by the username. "),
        (b"USER bob on\n", "/users.acl:1 should start with user keyword followed by the username. "),
        (b"\n# comment", "/users.acl:2 should start with user keyword followed by the username. "),
        (b"user   bob on", SYNTAX),
        (b"user a b\n", SYNTAX),
        (b'user "a b" on\n', SYNTAX),
        (b"user bob on\tnopass\n", SYNTAX),
        (b"user b\tob on", "'/users.acl:1: username 'b\tob' contains invalid characters. "),
        (b"user bob on\nuser bob off\n", "WARNING: Duplicate user 'bob' found on line 2. "),
        (
            b"user bob +nope on +get|\nuser c +@nope\nfoo\n",
            "/users.acl:1: Error in applying operation '+nope': Unknown command or category name in ACL. "
            + SYNTAX
            + "/users.acl:2: Error in applying operation '+@nope': Unknown command or category name in ACL. "
            "/users.acl:3 should start with user keyword followed by the username. ",
        ),
        (b"user bob <x", "/users.acl:1: The password you are trying to remove from the user does not exist. "),
        (
            b"user bob on (+nope ~a)",
            "/users.acl:1: Error in applying operation '(+nope ~a)': Unknown command or category name in ACL. ",
        ),
        (b"user bob on (+get ~x", "/users.acl:1: Unmatched parenthesis in selector definition."),
    ],
)
def test_all_that_is_wrong_with_a_file_is_told(
    lab: Lab, admin: Session, file: FileHost, text: bytes, problems: str
) -> None:
    before = admin.call("ACL", "LIST")
    file.text = text
    assert refused(admin, "ACL", "LOAD") == f"ERR {problems}{NO_CHANGE}"
    assert admin.call("ACL", "LIST") == before


def test_a_file_that_is_not_there(admin: Session, file: FileHost) -> None:
    file.text = None
    assert (
        refused(admin, "ACL", "LOAD") == "ERR Error loading ACLs, opening file '/users.acl': No such file or directory"
    )
    assert refused(admin, "ACL", "SAVE").startswith("ERR There was an error trying to save the ACLs.")


# -- redis.conf ----------------------------------------------------------------------------------------------


def test_lines_of_the_configuration_make_users(lab: Lab, admin: Session) -> None:
    acl = lab.engine.acl
    acl.apply_user_line([b"user", b"bob", b"on", b">pw", b"(+get", b"~x)"])
    acl.apply_user_line([b"user", b"default", b"on", b"nopass", b"+@all", b"~*"])
    lines = admin.call("ACL", "LIST")
    assert lines == [
        b"user bob on #30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4 resetchannels -@all"
        b" (~x resetchannels -@all +get)",
        b"user default on nopass sanitize-payload ~* resetchannels +@all",
    ]
    assert acl.describe_lines() == lines


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"user", "Bad directive or wrong number of arguments"),
        (b"user bob foo", "Error in user declaration 'user': Syntax error"),
        (
            b"user bob >a <b",
            "Error in user declaration 'bob': The password you are trying to remove from the user does not exist",
        ),
        (
            b"user bob +nope",
            "Error loading ACL rule '+nope' for the user named 'bob': Unknown command or category name in ACL",
        ),
        (
            b"user ann off",
            "Error in user declaration 'ann': Duplicate user found. A user can only be defined once in config files",
        ),
    ],
)
def test_a_wrong_line_is_told(lab: Lab, line: bytes, problem: str) -> None:
    lab.engine.acl.apply_user_line([b"user", b"ann", b"on"])
    with pytest.raises(ValueError) as caught:
        lab.engine.acl.apply_user_line(line.split())
    assert str(caught.value) == problem
    assert set(lab.engine.acl.users) == {b"default", b"ann"}
