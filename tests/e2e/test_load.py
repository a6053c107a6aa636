# SPDX-License-Identifier: MIT
"""Many requests: none is lost, and memory stays where it was.

Scaled down unless DUET_FULL=1, which is a million requests, ten thousand
handshakes and two thousand processes.
"""

import re
import socket
import subprocess

import pytest

from conftest import FULL
from support import accesslog, process
from support.wire import LIMIT_S, Wire, client_context

REQUESTS = 1_000_000 if FULL else 20_000
HANDSHAKES = 10_000 if FULL else 400
WARM_UP = 600  # handshakes until a process holds all it ever will
PROCESSES = 2_000 if FULL else 200
CONNECTIONS = 64


@pytest.fixture(name="root")
def fixture_root(home):
    """One file of 1 KB."""
    root = home / "root"
    root.mkdir()
    (root / "1k.txt").write_bytes(b"x" * 1023 + b"\n")
    return root


@pytest.fixture(name="serve")
def fixture_serve(duet, root, identity):
    """Start a server of it, whose memory can be measured."""
    # The sanitizer holds what is freed back, to find uses of it: up to 256 MB.
    duet.env[
        "ASAN_OPTIONS"
    ] += ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"

    def serve(*words):
        return duet.serve(
            root,
            "--cert",
            identity.chain_file,
            "--key",
            identity.key_file,
            *words,
        )

    return serve


def h2load(program, url, requests, clients):
    """Keep-alive requests over HTTP/1.1; how many were answered well."""
    done = subprocess.run(
        [program, "--h1", "-n", str(requests), "-c", str(clients), url],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=3600,
        check=True,
    )
    found = re.search(
        r"requests: (\d+) total, .* (\d+) done, (\d+) succeeded, "
        r"(\d+) failed, (\d+) errored, (\d+) timeout",
        done.stdout,
    )
    assert found, done.stdout
    numbers = [int(number) for number in found.groups()]
    assert numbers[3:] == [0, 0, 0], done.stdout
    assert re.search(rf"status codes: {requests} 2xx", done.stdout)
    return numbers[2]


def test_keep_alive_requests_leave_memory_flat(need, serve):
    program = need("h2load")
    with serve("--log", "none") as server:
        url = server.url + "1k.txt"
        # Every connection's buffers once, then all the rest.
        h2load(program, url, REQUESTS // 10, CONNECTIONS)
        before = process.resident_kb(server.pid)
        assert h2load(program, url, REQUESTS, CONNECTIONS) == REQUESTS
        after = process.resident_kb(server.pid)
        files = process.open_files(server.pid)
    assert after - before < 2048 + before // 20, f"{before} KB, {after} KB"
    assert files < 200


def handshake(server, context):
    """A full one, a request, a reply, a good end."""
    address = ("127.0.0.1", server.port)
    with socket.create_connection(address, timeout=LIMIT_S) as sock:
        wire = Wire(sock, context, "localhost").handshake()
        wire.write(
            b"GET /1k.txt HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: close\r\n\r\n"
        )
        head, body = wire.read_head()
        body += wire.read_all()
        wire.close_notify()
    return head.startswith(b"HTTP/1.1 200 ") and len(body) == 1024


def test_full_handshakes_leave_memory_flat(serve, ca):
    context = client_context(ca.file)
    with serve("--log", "none") as server:
        for _ in range(WARM_UP):
            assert handshake(server, context)
        before = process.resident_kb(server.pid)
        assert all(handshake(server, context) for _ in range(HANDSHAKES))
        after = process.resident_kb(server.pid)
    assert after - before < 2048 + before // 20, f"{before} KB, {after} KB"


def test_a_process_for_every_connection(serve, ca):
    context = client_context(ca.file)
    with serve("--isolation", "connection") as server:
        alone = process.family(server.pid)
        for _ in range(PROCESSES):
            assert handshake(server, context)
        assert len(process.zombies(server.pid)) <= 1
        # One more: whoever reaps does it no later than at the next accept.
        assert handshake(server, context)
        status, lines = server.stop()
    assert status == 0
    assert len(alone) >= 1
    entries = accesslog.parse(lines)
    assert [entry.status for entry in entries] == [200] * (PROCESSES + 1)


def test_open_connections_of_a_process_each(serve, ca):
    context = client_context(ca.file)
    with serve("--isolation", "connection") as server:
        alone = len(process.family(server.pid))
        socks = []
        for _ in range(16):
            sock = socket.create_connection(
                ("127.0.0.1", server.port), timeout=LIMIT_S
            )
            Wire(sock, context, "localhost").handshake()
            socks.append(sock)
        assert len(process.family(server.pid)) == alone + 16
        for sock in socks:
            sock.close()
        assert server.stop()[0] == 0
