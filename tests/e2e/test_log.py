# SPDX-License-Identifier: MIT
"""The access log, and what is said on standard error."""

import contextlib
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from support import accesslog, pki, process
from support.https import client
from support.wire import LIMIT_S, Wire, client_context, connect


@pytest.fixture(name="serve")
def fixture_serve(duet, site, identity):
    """Start a server of the small tree."""

    def serve(*words, **more):
        return duet.serve(
            site,
            "--cert",
            identity.chain_file,
            "--key",
            identity.key_file,
            *words,
            **more,
        )

    return serve


def test_one_line_for_every_request(serve, ca):
    asked = [
        ("GET", "/", 200),
        ("GET", "/small.txt?q", 200),
        ("HEAD", "/small.txt", 200),
        ("GET", "/missing", 404),
        ("POST", "/small.txt", 405),
        ("GET", "/dir", 301),
    ]
    with serve() as server:
        with client(server, ca) as https:
            for method, target, status in asked:
                assert https.ask(target, method).status == status
        entries = accesslog.parse(server.stop()[1])
    assert [(e.request, e.status) for e in entries] == [
        (f"{method} {target} HTTP/1.1", status)
        for method, target, status in asked
    ]
    assert {entry.tls for entry in entries} == {"TLSv1.3"}
    assert entries[1].bytes == 13
    assert entries[2].bytes == 0
    assert entries[1].fields["end"] == "length"
    assert entries[2].fields["end"] == "no-body"


@pytest.fixture(name="curl")
def fixture_curl(need, ca):
    """One fetch by curl; what came."""
    program = need("curl")

    def curl(*words):
        return subprocess.run(
            [program, "-sS", "-q", "--cacert", ca.file, *map(str, words)],
            stdout=subprocess.PIPE,
            check=True,
        ).stdout

    return curl


@pytest.mark.parametrize(
    "option, protocol, end",
    [
        ("--http1.1", "HTTP/1.1", "length"),
        ("--http2", "HTTP/2", "end-stream"),
    ],
)
def test_all_that_is_known_of_a_request(serve, curl, option, protocol, end):
    with serve() as server:
        words = [
            option,
            "-A",
            'an "agent"\xff',
            "-e",
            "https://a.example/?\u20ac",
        ]
        curl(*words, f"{server.url}small.txt")
        (entry,) = accesslog.parse(server.stop()[1])
    fields = entry.fields
    client = fields.pop("client").rpartition(":")
    assert client[0] == "127.0.0.1" and 0 < int(client[2]) < 65536
    assert 0 < fields.pop("duration_ms") < LIMIT_S * 1000
    del fields["time"], fields["id"]
    assert fields.pop("tls").pop("cipher").startswith("TLS_")
    assert fields == {
        "method": "GET",
        "target": "/small.txt",
        "protocol": protocol,
        "host": f"localhost:{server.port}",
        "status": 200,
        "bytes": 13,
        "received": 0,
        "site": "*",
        "user_agent": 'an "agent"\xff',
        "referer": "https://a.example/?\u20ac",
        "end": end,
        "request_end": "no-body" if protocol == "HTTP/1.1" else end,
    }


def test_what_a_client_sends_is_counted(serve, curl):
    with serve() as server:
        curl("--http1.1", "--data", "seven..", server.url)
        (entry,) = accesslog.parse(server.stop()[1])
    assert entry.fields["received"] == 7
    assert entry.fields["request_end"] == "length"


def test_what_tls_has_agreed_on(serve, ca):
    context = client_context(ca.file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    session = None
    with serve("--workers", 1) as server:  # for the lines to be in order
        address = ("127.0.0.1", server.port)
        for name in ("localhost", "localhost", None):
            with socket.create_connection(
                address, timeout=LIMIT_S
            ) as sock, context.wrap_socket(
                sock, server_hostname=name, session=session if name else None
            ) as tls:
                tls.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert tls.recv(1)
                session = tls.session
        entries = accesslog.parse(server.stop()[1])
    told = [entry.fields["tls"] for entry in entries]
    assert {tls["version"] for tls in told} == {"TLSv1.2"}
    assert [tls["resumed"] for tls in told] == [False, True, False]
    assert [tls.get("sni") for tls in told] == ["localhost"] * 2 + [None]


def test_an_error_page_has_the_name_of_its_line(serve, ca):
    with serve() as server:
        with client(server, ca) as https:
            reply = https.ask("/missing")
        (entry,) = accesslog.parse(server.stop()[1])
    assert entry.fields["id"] == reply["Request-Id"]
    assert entry.fields["id"].encode() in reply.body


@pytest.mark.parametrize(
    "asked, status",
    [
        (b"GET /missing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX : y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: %s\r\n\r\n" % (b"x" * 9000), 431),
        (b"GET /%s HTTP/1.1\r\n\r\n" % (b"x" * 9000), 414),
    ],
)
def test_every_error_has_the_name_of_its_line(serve, ca, asked, status):
    with serve() as server:
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(asked)
            head, _ = wire.read_head()
        (entry,) = accesslog.parse(server.stop()[1])
    assert entry.status == status
    line = f"\r\nRequest-Id: {entry.fields['id']}\r\n"
    assert line.encode() in head + b"\r\n"


# https://httpd.apache.org/docs/2.4/logs.html
QUOTED = r'"((?:[^"\\]|\\.)*)"'
COMMON = (
    r"(\S+) - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "
    + QUOTED
    + r" (\d{3}|-) (\d+|-)"
)
COMBINED = f"{COMMON} {QUOTED} {QUOTED}"


@pytest.mark.parametrize(
    "name, form, more",
    [
        ("common", COMMON, ()),
        ("combined", COMBINED, ("https://a.example/", r"an \"agent\"\xe2")),
    ],
    ids=["common", "combined"],
)
def test_common_and_combined(serve, curl, name, form, more):
    with serve("--log-format", name, "--workers", 1) as server:
        words = ["-A", b'an "agent"\xe2'.decode("utf-8", "surrogateescape")]
        words += ["-e", "https://a.example/"]
        curl("--http1.1", *words, f"{server.url}small.txt?q")
        curl("--http2", "-I", *words, f"{server.url}missing")
        lines = server.stop()[1]
    found = [re.fullmatch(form, line) for line in lines]
    assert all(found), lines
    assert [match.groups() for match in found] == [
        ("127.0.0.1", "GET /small.txt?q HTTP/1.1", "200", "13", *more),
        ("127.0.0.1", "HEAD /missing HTTP/2.0", "404", "-", *more),
    ]


def test_a_stranger_cannot_forge_a_line(serve, ca):
    with serve() as server:
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(
                b'GET /"x"\\ HTTP/1.1\r\nHost: localhost\r\n'
                b"Connection: close\r\n\r\n"
            )
            wire.read_all()
        lines = server.stop()[1]
    (entry,) = accesslog.parse(lines)
    assert entry.fields["target"] == '/"x"\\'


def test_a_request_without_a_whole_head_has_a_line(serve, ca):
    with serve() as server:
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(b"GET / HTTP/1.1\r\nX : y\r\n\r\n")
            wire.read_all()
        (entry,) = accesslog.parse(server.stop()[1])
    assert entry.status == 400
    assert entry.fields["why"]


def test_a_link_that_is_not_followed_is_told(serve, ca, site):
    """To the log alone."""
    (site / "out").symlink_to("/etc/hostname")
    (site / "round").symlink_to("round")
    os.mkfifo(site / "pipe")
    with serve() as server:
        with client(server, ca) as https:
            for name in ("out", "round", "pipe", ".git/config", "nothing"):
                reply = https.ask(f"/{name}")
                assert reply.status == 404
                assert b"link" not in reply.body
        entries = accesslog.parse(server.stop()[1])
    whys = [entry.fields.get("why") for entry in entries]
    assert "absolute or leads out" in whys[0]
    assert "round in circles" in whys[1]
    assert "neither a file nor" in whys[2]
    assert "begin with a dot" in whys[3]
    assert whys[4] is None


def test_appends_and_makes_no_secret_of_the_file(serve, duet, ca):
    log = duet.home / "access.log"
    log.write_text("what was there\n")
    with serve(log=log) as server:
        with client(server, ca) as https:
            https.ask("/")
        server.stop()
    lines = log.read_text().splitlines()
    assert lines[0] == "what was there"
    assert len(accesslog.parse(lines[1:])) == 1


def test_goes_to_standard_output(serve, duet, ca):
    with serve("--log", "-") as server:
        with client(server, ca) as https:
            https.ask("/small.txt")
        server.process.terminate()
        server.process.wait()
    assert '"method":"GET","target":"/small.txt"' in duet.errors()


def test_none_is_no_log(serve, duet, ca):
    with serve("--log", "none") as server:
        with client(server, ca) as https:
            https.ask("/small.txt")
        server.process.terminate()
        server.process.wait()
    assert "GET" not in duet.errors()
    assert not (duet.home / "none").exists()


def test_lines_of_several_workers_are_whole(serve, ca):
    with serve("--workers", 4) as server:
        for _ in range(40):
            with client(server, ca) as https:
                for _ in range(3):
                    assert https.ask("/small.txt").status == 200
        entries = accesslog.parse(server.stop()[1])
    assert len(entries) == 120


class Load:
    """Threads that go on asking; their requests are counted."""

    THREADS = 3
    A_CONNECTION = 4

    def __init__(self, server, ca):
        self.server = server
        self.ca = ca
        self.over = threading.Event()
        self.asked = [0] * self.THREADS
        self.threads = [
            threading.Thread(target=self.go_on, args=(i,))
            for i in range(self.THREADS)
        ]

    def go_on(self, i):
        """One thread."""
        while not self.over.is_set():
            with client(self.server, self.ca) as https:
                for _ in range(self.A_CONNECTION):
                    assert https.ask("/small.txt").status == 200
                    self.asked[i] += 1

    def wait_for(self, what):
        """Until that many more have been asked as shows in what happens."""
        end = time.monotonic() + LIMIT_S
        before = sum(self.asked)
        while not what() or sum(self.asked) < before + 20:
            assert time.monotonic() < end and not self.over.is_set()
            self.over.wait(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *what):
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize(
    "words",
    [("--workers", 3), ("--isolation", "connection")],
    ids=["worker", "connection"],
)
def test_is_opened_anew_by_a_signal(serve, duet, ca, words):
    log = duet.home / "access.log"
    files = [log.with_name(f"access.log.{i}") for i in range(4)]
    with serve(*words, log=log) as server:
        with Load(server, ca) as load:
            for file in files:
                load.wait_for(lambda: log.stat().st_size > 0)
                log.rename(file)
                os.kill(server.pid, signal.SIGUSR1)
                load.wait_for(log.exists)
            load.wait_for(lambda: log.stat().st_size > 0)
        assert server.stop()[0] == 0
    files.append(log)
    lines = []
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o640
        text = file.read_text()
        assert text.endswith("\n")
        lines += text.splitlines()
    # none lost, none torn, and parse() sees to it that none is there twice
    entries = accesslog.parse(lines)
    assert len(entries) == sum(load.asked)
    assert {entry.request for entry in entries} == {"GET /small.txt HTTP/1.1"}
    assert duet.errors().count("access log") == 0


@pytest.mark.parametrize(
    "words",
    [("--workers", 2), ("--isolation", "connection")],
    ids=["worker", "connection"],
)
def test_all_processes_write_to_the_new_file(serve, duet, ca, words):
    log = duet.home / "access.log"
    old = duet.home / "access.log.1"
    with serve(*words, log=log) as server, client(server, ca) as https:
        https.ask("/small.txt")
        os.kill(server.pid, signal.SIGUSR1)  # nobody has renamed it
        log.rename(old)
        os.kill(server.pid, signal.SIGUSR1)
        there = None
        end = time.monotonic() + LIMIT_S
        while there != {log}:
            assert time.monotonic() < end, there
            there = set()
            for pid in process.family(server.pid):
                there |= set(logs_of(pid, duet.home))
        https.ask("/index.html")
        lines = server.stop()[1]
    lines = old.read_text().splitlines() + lines
    entries = accesslog.parse(lines)
    targets = [entry.fields["target"] for entry in entries]
    assert targets == ["/small.txt", "/index.html"]
    assert "index.html" not in old.read_text()


def logs_of(pid, home):
    """The files of that directory that a process has open to write to."""
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            path = Path(os.readlink(fd))
        except FileNotFoundError:
            continue
        if path.parent == home and path.name.startswith("access.log"):
            yield path


@pytest.mark.parametrize(
    "words",
    [("--workers", 2), ("--isolation", "connection")],
    ids=["worker", "connection"],
)
def test_the_old_one_goes_on_when_there_is_no_new_one(serve, duet, ca, words):
    log = duet.home / "access.log"
    old = duet.home / "access.log.1"
    with serve(*words, log=log) as server:
        with client(server, ca) as https:
            https.ask("/small.txt")
            log.rename(old)
            log.mkdir()
            # as a service manager that tells every process
            for pid in reversed(process.family(server.pid)):
                os.kill(pid, signal.SIGUSR1)
            end = time.monotonic() + LIMIT_S
            while "Is a directory; lines go on into" not in duet.errors():
                assert time.monotonic() < end, duet.errors()
            https.ask("/small.txt")
        server.process.terminate()
        assert server.process.wait(timeout=20) == 0
    assert len(accesslog.parse(old.read_text().splitlines())) == 2
    assert f"'{log}': cannot open the access log" in duet.errors()


def test_what_is_no_file_is_not_opened_anew(serve, duet, ca):
    with serve("--log", "-") as server:
        os.kill(server.pid, signal.SIGUSR1)
        end = time.monotonic() + LIMIT_S
        while "SIGUSR1: the access log is no file" not in duet.errors():
            assert time.monotonic() < end, duet.errors()
        with client(server, ca) as https:
            assert https.ask("/small.txt").status == 200


def no_common_version(context):
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1


def no_common_cipher(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")


def unknown_authority(context):
    context.check_hostname = True


@pytest.mark.parametrize(
    "spoil, words",
    [
        (no_common_version, "it offers tls 1.1 at most"),
        (no_common_cipher, "no cipher suite"),
        (unknown_authority, "does not trust our certificate"),
    ],
)
def test_a_failed_handshake_is_one_line_in_words(
    serve, duet, home, spoil, words
):
    stranger = pki.Authority(home, name="A stranger")
    context = client_context(stranger.file)
    if spoil is not unknown_authority:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    spoil(context)
    with serve("--quiet") as server:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address, timeout=LIMIT_S) as sock:
            with pytest.raises(ssl.SSLError):
                Wire(sock, context, "localhost").handshake()
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
        assert server.stop() == (0, [])
    said = [line for line in duet.errors().splitlines() if "127.0.0.1" in line]
    assert len(said) == 1
    assert words in said[0].lower()


@pytest.fixture(name="full_pipe")
def fixture_full_pipe():
    """The end of a pipe that nobody reads, and for which nobody leaves."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write_end, bytes(4096))
    os.set_blocking(write_end, True)
    yield write_end
    os.close(read_end)
    os.close(write_end)


def test_a_reader_that_stalls_holds_nobody_up(serve, duet, ca, full_pipe):
    n = 1500  # more lines than are held back
    with serve(
        "--log", "-", "--workers", 1, "--quiet", out=full_pipe
    ) as server:
        with client(server, ca) as https:
            for _ in range(n):
                assert https.ask("/small.txt").status == 200
        server.process.terminate()
        assert server.process.wait(timeout=20) == 0
    assert os.get_blocking(full_pipe)
    said = duet.errors()
    assert said.count("whoever reads the access log does not keep up") == 1
    assert f" {n} lines of the access log were lost" in said


@pytest.mark.parametrize("isolation", ["worker", "connection"])
def test_nor_does_one_of_standard_error(serve, ca, isolation, full_pipe):
    with serve("--isolation", isolation, err=full_pipe) as server:
        for _ in range(3):
            address = ("127.0.0.1", server.port)
            with socket.create_connection(address, timeout=LIMIT_S) as sock:
                sock.sendall(b"this is not TLS\r\n\r\n")
                while sock.recv(65536):
                    pass
        with client(server, ca) as https:
            assert https.ask("/small.txt").status == 200
        assert server.stop()[0] == 0


def test_a_full_disk_ends_nothing(serve, duet, ca):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with serve("--log", "/dev/full") as server:
        with client(server, ca) as https:
            for _ in range(100):
                assert https.ask("/small.txt").status == 200
        server.process.terminate()
        assert server.process.wait(timeout=20) == 0
    said = duet.errors()
    assert "cannot write the access log" in said
    assert said.count("lines are being lost") <= 2
