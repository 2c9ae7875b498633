"""Clients over TLS, on redislab's server and on the real one, with certificates made for the occasion."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import free_port, missing
from servers import OURS, Died, Running, real, running
from wire import Wire

BOTH = pytest.mark.parametrize("which", ["redislab", "redis"])
FAILED = b"-ERR CONFIG SET failed (possibly related to argument '%b') - "
NOT_UPDATED = b"Unable to update TLS configuration. Check server logs."


def program(which: str) -> list[str]:
    return OURS if which == "redislab" else real()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, and a server's and a client's certificate of it; server-locked.key has a password."""
    if shutil.which("openssl") is None:
        missing("no openssl on PATH")
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=authority")
    openssl("req", "-x509", *new, "-keyout", "other.key", "-out", "other.crt", "-subj", "/CN=other")
    for name in ("server", "client"):
        openssl("req", *new[:3], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "2", "-out", f"{name}.crt")  # fmt: skip
    openssl("rsa", "-aes256", "-in", "server.key", "-out", "server-locked.key", "-passout", "pass:secret")
    (folder / "authorities").mkdir()
    shutil.copy(folder / "ca.crt", folder / "authorities")
    openssl("rehash", "authorities")
    return folder


def options(files: Path, **more: str) -> tuple[list[str], int]:
    """Words for a server that speaks TLS, and its port."""
    port = free_port()
    settings = {
        "tls-port": str(port), "tls-cert-file": str(files / "server.crt"), "tls-key-file": str(files / "server.key"),
        "tls-ca-cert-file": str(files / "ca.crt"), **{name.replace("_", "-"): value for name, value in more.items()},
    }  # fmt: skip
    return [word for name, value in settings.items() if value for word in (f"--{name}", value)], port


class TlsWire(Wire):
    """A connection over TLS."""

    def __init__(self, port: int, files: Path, *, certificate: str = "client", version: str = "") -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(files / "ca.crt")
        if certificate:
            context.load_cert_chain(files / f"{certificate}.crt", files / f"{certificate}.key")
        if version:
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
        self.closed = False
        bare = socket.create_connection(("127.0.0.1", port), timeout=60)
        try:
            self.socket = context.wrap_socket(bare)
        except OSError:
            bare.close()
            raise


def works(port: int, files: Path, **how: str) -> bool:
    """Whether a client is let in. With TLS 1.3 it hears only after its own part that it is not."""
    try:
        with TlsWire(port, files, **how) as wire:  # type: ignore[arg-type]
            return wire.line(b"PING") == b"+PONG"
    except OSError:
        return False


@pytest.fixture(params=["redislab", "redis"])
def server(request: pytest.FixtureRequest, tmp_path: Path, files: Path) -> Iterator[tuple[Running, int]]:
    words, port = options(files)
    with running(program(request.param), tmp_path / "data", *words) as server:
        yield server, port


def test_commands_over_tls(server: tuple[Running, int], files: Path) -> None:
    plain, port = server
    with TlsWire(port, files) as wire:
        assert wire.line(b"SET k 1") == b"+OK"
        assert plain("GET", "k") == b"1"
        big = b"x" * 3_000_000
        wire.send(b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n%b\r\n" % (len(big), big))
        assert wire.line() == b"+OK"
        assert wire.line(b"GET big") == b"$3000000"
        assert wire.bytes(len(big) + 2) == big + b"\r\n"
        wire.send(b"INCR n\r\n" * 10_000)
        assert wire.bytes(sum(len(f":{number}\r\n") for number in range(1, 10_001))).endswith(b":10000\r\n")
        assert wire.line(b"BLPOP nothing 0.05") == b"*-1"
        assert wire.line(b"QUIT") == b"+OK"
        assert wire.rest() == b""


def test_a_client_needs_a_certificate(server: tuple[Running, int], files: Path) -> None:
    plain, port = server
    assert works(port, files)
    assert not works(port, files, certificate="")
    assert not works(port, files, certificate="other")
    plain.wait_for(lambda: "Error accepting a client connection: " in plain.log())
    assert plain("CONFIG", "SET", "tls-auth-clients", "optional") == "OK"
    assert works(port, files, certificate="")
    assert not works(port, files, certificate="other")
    assert plain("CONFIG", "SET", "tls-auth-clients", "no") == "OK"
    assert works(port, files, certificate="other")
    assert works(port, files)


def test_versions(server: tuple[Running, int], files: Path) -> None:
    plain, port = server
    assert works(port, files, version="TLSv1_2")
    assert works(port, files, version="TLSv1_3")
    assert plain("CONFIG", "SET", "tls-protocols", "TLSv1.3") == "OK"
    assert not works(port, files, version="TLSv1_2")
    assert works(port, files, version="TLSv1_3")
    with Wire(plain.port) as wire:
        assert wire.line(b"CONFIG SET tls-protocols nonsense") == FAILED % b"tls-protocols" + NOT_UPDATED
        assert wire.line(b"CONFIG SET tls-cert-file /nowhere") == FAILED % b"tls-cert-file" + NOT_UPDATED
        assert wire.line(b"CONFIG SET tls-ciphers nonsense") == FAILED % b"tls-ciphers" + NOT_UPDATED
    assert works(port, files, version="TLSv1_3")
    assert "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'." in (
        plain.log()
    )


def test_who_does_not_speak_tls(server: tuple[Running, int], files: Path) -> None:
    plain, port = server
    with Wire(port) as wire:
        wire.send(b"PING\r\nPING\r\nPING\r\n")
        assert b"PONG" not in wire.rest()
    silent = [Wire(port) for _ in range(20)]
    assert works(port, files)
    assert plain("PING") == "PONG"
    for wire in silent:
        wire.socket.close()
    assert works(port, files)


def test_pubsub_and_the_end(server: tuple[Running, int], files: Path) -> None:
    plain, port = server
    with TlsWire(port, files) as wire:
        assert wire.line(b"SUBSCRIBE news") == b"*3"
        assert plain("PUBLISH", "news", "hello") == 1
        heard = b"$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
        assert wire.bytes(len(heard)) == heard
        number = plain("CLIENT", "LIST", "TYPE", "pubsub").split()[0].removeprefix(b"id=")
        assert plain("CLIENT", "KILL", "ID", number) == 1
        assert wire.rest() == b""
    assert plain("PING") == "PONG"


def test_tls_ports_change(server: tuple[Running, int], files: Path) -> None:
    plain, port = server
    other = free_port()
    with TlsWire(port, files) as stays:
        assert plain("CONFIG", "SET", "tls-port", other) == "OK"
        assert works(other, files)
        assert not works(port, files)
        assert plain("CONFIG", "SET", "tls-port", 0) == "OK"
        assert not works(other, files)
        assert stays.line(b"PING") == b"+PONG"


@BOTH
def test_tls_begins_while_clients_are_served(which: str, tmp_path: Path, files: Path) -> None:
    """Who waits, goes on to wait, for a reply or for the end of the time; and all that listens listens on."""
    words, port = options(files, tls_port="")
    path = tmp_path / "redis.sock"
    with (
        running(program(which), tmp_path / "data", *words, "--unixsocket", str(path)) as server,
        Wire(server.port) as waits, Wire(server.port) as is_patient, Wire(server.port) as sends_many,
    ):  # fmt: skip
        waits.send(b"BLPOP nothing 0.5\r\n")
        is_patient.send(b"BLPOP list 0\r\n")
        server.wait_for(lambda: server.info("clients")["blocked_clients"] == "2")
        sends_many.send(b"PING\r\nCONFIG SET tls-port %d\r\nPING\r\n" % port)
        assert sends_many.bytes(19) == b"+PONG\r\n+OK\r\n+PONG\r\n"
        for _ in range(2):
            with TlsWire(port, files) as hidden, Wire(server.port) as plain, Wire(path) as unix:
                assert {wire.line(b"PING") for wire in (hidden, plain, unix)} == {b"+PONG"}
            assert server("CONFIG", "SET", "tls-port", 0) == "OK"
            assert server("CONFIG", "SET", "tls-port", port) == "OK"
        assert waits.line() == b"*-1"
        assert server("RPUSH", "list", "x") == 1
        assert is_patient.line() == b"*2"
        assert server("SET", "k", "v", "PX", 1) == "OK"
        server.wait_for(lambda: server("DBSIZE") == 0)
        assert server.stop() == 0


@BOTH
def test_only_tls_with_a_folder_of_authorities_and_a_locked_key(which: str, tmp_path: Path, files: Path) -> None:
    words, port = options(
        files, tls_ca_cert_file="", tls_ca_cert_dir=str(files / "authorities"),
        tls_key_file=str(files / "server-locked.key"), tls_key_file_pass="secret",
    )  # fmt: skip
    with running(program(which), tmp_path / "data", *words) as server:
        assert works(port, files)
        assert server("CONFIG", "SET", "port", 0) == "OK"
        with TlsWire(port, files) as wire:
            assert wire.line(b"CONFIG GET tls-port") == b"*2"


@BOTH
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tls_cert_file": ""}, "No tls-cert-file configured!"),
        ({"tls_key_file": ""}, "No tls-key-file configured!"),
        ({"tls_ca_cert_file": ""}, "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when"),
        ({"tls_cert_file": "/nowhere.crt"}, "Failed to load certificate: /nowhere.crt: "),
        ({"tls_key_file": "/nowhere.key"}, "Failed to load private key: /nowhere.key: "),
        ({"tls_ca_cert_file": "/nowhere.crt"}, "Failed to configure CA certificate(s) file/directory: "),
        ({"tls_key_file": "server-locked.key", "tls_key_file_pass": "wrong"}, "Failed to load private key: "),
        ({"tls_protocols": "TLSv9"}, "Invalid tls-protocols specified."),
        ({"tls_ciphers": "nonsense"}, "Failed to configure ciphers: "),
    ],
)
def test_what_keeps_it_from_speaking_tls(
    which: str, change: dict[str, str], said: str, tmp_path: Path, files: Path
) -> None:
    change = {name: str(files / value) if value == "server-locked.key" else value for name, value in change.items()}
    words, _ = options(files, **change)
    with pytest.raises(Died) as died, running(program(which), tmp_path / "data", *words):
        pass
    assert died.value.code == 1
    assert said in str(died.value)
    assert "Failed to configure TLS. Check logs for more info." in str(died.value)


def test_ciphersuites_are_refused(tmp_path: Path, files: Path) -> None:
    words, _ = options(files, tls_ciphersuites="TLS_AES_256_GCM_SHA384")
    with pytest.raises(Died, match="redislab cannot choose among the ciphersuites"), running(
        OURS, tmp_path / "data", *words
    ):
        pass


def test_a_script_that_runs_long_only_delays_clients_over_tls(tmp_path: Path, files: Path) -> None:
    words, port = options(files)
    with running(OURS, tmp_path / "data", "--busy-reply-threshold", "20", *words) as server:
        with TlsWire(port, files) as before, Wire(server.port) as caller:
            assert before.line(b"PING") == b"+PONG"
            caller.send(b"EVAL 'while true do end' 0\r\n")
            server.wait_for(lambda: str(server("GET", "n")).startswith("BUSY"))
            before.send(b"INCR n\r\n")
            assert str(server("GET", "n")).startswith("BUSY")
            assert server("SCRIPT", "KILL") == "OK"
            assert caller.line().startswith(b"-ERR")
            assert before.line() == b":1"
        assert works(port, files)
