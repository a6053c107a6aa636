# SPDX-License-Identifier: MIT
"""Processes: what happens to one of them is not the others' affair."""

import os
import signal
import socket
import struct
import time

import pytest

from support import accesslog, process
from support.https import client
from support.wire import FIN, LIMIT_S, RESET, client_context, connect


@pytest.fixture(name="serve")
def fixture_serve(duet, site, identity):
    """Start a server of the small tree."""

    def serve(*words):
        return duet.serve(
            site,
            "--cert",
            identity.chain_file,
            "--key",
            identity.key_file,
            *words,
        )

    return serve


class TestWorkers:
    """A few processes with many connections each."""

    def test_there_are_as_many_as_asked_for(self, serve):
        with serve("--workers", 3) as server:
            assert len(process.children(server.pid)) == 3

    def test_one_that_crashes_is_replaced(self, duet, serve, ca):
        with serve("--workers", 1) as server:
            (old,) = process.children(server.pid)
            with client(server, ca) as https:
                assert https.ask("/small.txt").status == 200
            os.kill(old, signal.SIGKILL)
            process.wait_for_end(old, LIMIT_S)
            # It waits in the socket's queue for the successor.
            with client(server, ca) as https:
                assert https.ask("/small.txt").status == 200
            (new,) = process.children(server.pid)
            assert new != old
        said = [line for line in duet.errors().splitlines() if "9" in line]
        assert any(
            f"process {old} (a worker) was killed by signal 9" in line
            and "another takes its place" in line
            for line in said
        )

    def test_they_do_not_outlive_the_supervisor(self, serve):
        with serve("--workers", 2) as server:
            workers = process.children(server.pid)
            server.process.kill()
            server.process.wait()
            for pid in workers:
                process.wait_for_end(pid, LIMIT_S)

    def test_a_signal_to_all_is_a_signal_to_one(self, serve, ca):
        with serve("--workers", 1) as server:
            with connect(server.port, client_context(ca.file)) as wire:
                wire.write(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
                head, body = wire.read_head()
                # Ctrl-C: the terminal tells every process.
                for pid in process.family(server.pid):
                    os.kill(pid, signal.SIGINT)
                body += wire.read_all()
            assert len(body) == 3 * 1024 * 1024 + 17
            assert server.process.wait(timeout=LIMIT_S) == 0


class TestConnections:
    """A process for every connection."""

    @pytest.fixture(name="server")
    def fixture_server(self, serve):
        """A running server."""
        with serve("--isolation", "connection") as served:
            yield served

    def test_each_has_its_own(self, server, ca):
        context = client_context(ca.file)
        wires = [connect(server.port, context) for _ in range(5)]
        assert len(process.children(server.pid)) == 5
        for wire in wires:
            wire.write(b"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert wire.read_head()[0].startswith(b"HTTP/1.1 200 ")
        for wire in wires:
            wire.close()

    def test_one_that_dies_takes_nobody_along(self, duet, server, ca):
        context = client_context(ca.file)
        with connect(server.port, context) as first:
            (pid,) = process.children(server.pid)
            with connect(server.port, context) as second:
                os.kill(pid, signal.SIGKILL)
                first.read_all()
                assert first.end in (FIN, RESET)
                second.write(
                    b"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
                )
                assert second.read_head()[0].startswith(b"HTTP/1.1 200 ")
        server.stop()
        words = f"process {pid} (of one connection) was killed by signal 9"
        assert words in duet.errors()

    def test_one_that_is_gone_already_is_no_trouble(self, duet, server, ca):
        said = duet.errors()
        address = ("127.0.0.1", server.port)
        reset = struct.pack("ii", 1, 0)  # is what close() sends
        os.kill(server.pid, signal.SIGSTOP)  # it accepts them afterwards
        for _ in range(5):
            with socket.create_connection(address, timeout=LIMIT_S) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        os.kill(server.pid, signal.SIGCONT)
        with client(server, ca) as https:
            assert https.ask("/small.txt").status == 200
        assert server.stop()[0] == 0
        more = duet.errors().removeprefix(said).splitlines()
        assert [line for line in more if " stop" not in line] == []

    def test_they_leave_nothing_behind(self, server, ca):
        for _ in range(20):
            with client(server, ca) as https:
                assert https.ask("/small.txt").status == 200
        for pid in process.children(server.pid):
            process.wait_for_end(pid, LIMIT_S)
        status, lines = server.stop()
        assert status == 0
        assert len(accesslog.parse(lines)) == 20

    def test_a_request_that_waits_is_answered(self, server, site, ca):
        """For the file to be at rest, and not for the next limit of time."""
        with client(server, ca) as https:
            (site / "new.txt").write_text("new\n")
            began = time.monotonic()
            assert https.ask("/new.txt").status == 200
            assert time.monotonic() - began < 5

    def test_a_session_of_one_is_resumed_by_the_next(self, server, ca):
        context = client_context(ca.file)
        session = None
        for resumed in (False, True):
            with socket.create_connection(
                ("127.0.0.1", server.port), timeout=LIMIT_S
            ) as sock, context.wrap_socket(
                sock, server_hostname="localhost", session=session
            ) as tls:
                tls.sendall(
                    b"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
                )
                assert tls.recv(65536).startswith(b"HTTP/1.1 200 ")
                assert tls.session_reused == resumed
                session = tls.session
