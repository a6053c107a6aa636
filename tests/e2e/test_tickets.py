# SPDX-License-Identifier: MIT
"""Session tickets: good at every worker, and only for a while."""

import socket
import ssl
import time

import pytest

from support.wire import LIMIT_S, client_context


def visit(server, context, session=None):
    """One request: whether the session was resumed, and one to go on with."""
    with socket.create_connection(
        ("127.0.0.1", server.port), timeout=LIMIT_S
    ) as sock, context.wrap_socket(
        sock, server_hostname="localhost", session=session
    ) as tls:
        tls.sendall(
            b"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: close\r\n\r\n"
        )
        text = b""
        while chunk := tls.recv(65536):
            text += chunk
        assert b"a small file" in text
        return tls.session_reused, tls.session


@pytest.fixture(name="words")
def fixture_words(home, site, identity):
    """A file with keys that change every second, and options."""
    (home / "duet.yaml").write_text(
        'listen: [ "127.0.0.1:0" ]\n'
        "ticket_key_s: 1\n"
        "sites:\n"
        f"  - root: {site}\n"
        f"    identities:\n"
        f"      - cert: {identity.chain_file}\n"
        f"        key: {identity.key_file}\n"
    )
    return f"--config={home / 'duet.yaml'}"


@pytest.mark.parametrize("isolation", ["worker", "connection"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_key_has_its_time(duet, words, ca, isolation, version):
    context = client_context(ca.file)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    more = ["--workers", "1"] if isolation == "worker" else []
    with duet.serve(words, f"--isolation={isolation}", *more) as served:
        began = time.monotonic()
        resumed, session = visit(served, context)
        assert not resumed
        got = time.monotonic()
        while visit(served, context, session)[0]:
            assert time.monotonic() - got < LIMIT_S
        # It was sealed by a key that had a second at most before it, and the
        # one after it has a second of its own.
        assert time.monotonic() - began >= 1
        resumed, again = visit(served, context)
        assert visit(served, context, again)[0]
        assert served.stop()[0] == 0


def test_every_worker_takes_them(duet, site, ca, identity):
    context = client_context(ca.file)
    words = ["--cert", identity.chain_file, "--key", identity.key_file]
    with duet.serve(site, *words, "--workers", "3") as served:
        _, session = visit(served, context)
        for _ in range(20):
            assert visit(served, context, session)[0]
        assert served.stop()[0] == 0
