# SPDX-License-Identifier: MIT
"""The access log, and what is said on standard error."""

import contextlib
import os
import socket
import ssl

import pytest

from support import accesslog, pki
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


def test_a_stranger_cannot_forge_a_line(serve, ca):
    target = '/"%20200%201%20\\"\x7f'
    with serve() as server:
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(
                b'GET /"x"\\ HTTP/1.1\r\nHost: localhost\r\n'
                b"Connection: close\r\n\r\n"
            )
            wire.read_all()
        lines = server.stop()[1]
    assert len(lines) == 1, target
    assert '"GET /\\x22x\\x22\\\\ HTTP/1.1"' in lines[0]


def test_a_request_without_a_whole_head_has_a_line(serve, ca):
    with serve() as server:
        with connect(server.port, client_context(ca.file)) as wire:
            wire.write(b"GET / HTTP/1.1\r\nX : y\r\n\r\n")
            wire.read_all()
        (entry,) = accesslog.parse(server.stop()[1])
    assert entry.status == 400
    assert entry.fields["why"]


def test_appends_and_makes_no_secret_of_the_file(serve, duet, ca):
    log = duet.home / "access.log"
    log.write_text("what was there\n")
    with serve(log=log) as server:
        with client(server, ca) as https:
            https.ask("/")
        server.stop()
    lines = log.read_text().splitlines()
    assert lines[0] == "what was there"
    assert len(lines) == 2


def test_goes_to_standard_output(serve, duet, ca):
    with serve("--log", "-") as server:
        with client(server, ca) as https:
            https.ask("/small.txt")
        server.process.terminate()
        server.process.wait()
    assert '"GET /small.txt HTTP/1.1" 200 13 ' in duet.errors()


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
