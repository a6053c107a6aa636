# SPDX-License-Identifier: MIT
"""Every example of examples/, used as its first comment says.

With DUET_VALGRIND set, under valgrind: what it finds is a failure. An example
that ends by itself must have freed all it had; one that is stopped by a signal
in the middle of its work cannot, and is watched for wrong accesses only.
"""

import os
import shutil
import ssl
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import ROOT
from support.listener import Listener
from support.pki import CLIENT

LIMIT_S = 60
BODY = b"hello from Python\n"
LEAKS = ("--leak-check=full", "--show-leak-kinds=all")


def watched(log, *more):
    """Words to put before a program's, so that valgrind writes to log."""
    if "DUET_VALGRIND" not in os.environ:
        return []
    return [
        "valgrind",
        "--quiet",
        *more,
        f"--suppressions={ROOT}/tests/valgrind.supp",
        f"--log-file={log}",
    ]


def check(log):
    """Nothing is in what valgrind wrote."""
    said = log.read_text("utf-8") if log.exists() else ""
    assert said == ""


@pytest.fixture(name="example")
def fixture_example(duet):
    """example("pair", ...): run it to its end."""
    directory = Path(duet.path).parent / "examples"
    log = duet.home / "valgrind.log"

    def run(name, *words):
        program = [directory / f"example_{name}", *map(str, words)]
        done = subprocess.run(
            watched(log, *LEAKS) + program,
            capture_output=True,
            env=duet.env,
            timeout=LIMIT_S,
            check=False,
        )
        check(log)
        return done

    run.directory = directory
    run.log = log
    return run


def answer_once(context):
    """A server's side: one request, one reply until the close."""

    def serve(sock):
        with context.wrap_socket(sock, server_side=True) as tls:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                data = tls.recv(4096)
                if not data:
                    return
                request += data
            length = b"Content-Length: %d\r\n\r\n" % len(BODY)
            tls.sendall(b"HTTP/1.1 200 OK\r\n" + length + BODY)
            tls.unwrap()

    return serve


def server_context(identity):
    """Python's, with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.chain_file, identity.key_file)
    return context


@contextmanager
def started(example, name, *words, cwd=None, stdin=None):
    """An example that serves until it is stopped, and what it printed until
    a line that begins with https:// ."""
    program = [example.directory / f"example_{name}", *map(str, words)]
    process = subprocess.Popen(
        watched(example.log, "--leak-check=no") + program,
        stdin=stdin,
        stdout=subprocess.PIPE,
        cwd=cwd,
        env=dict(os.environ),
    )
    try:
        printed = []
        for line in process.stdout:
            printed.append(line.decode())
            if line.startswith(b"https://"):
                break
        yield printed
    finally:
        process.terminate()
        process.wait(timeout=LIMIT_S)
        process.stdout.close()
    check(example.log)


@pytest.fixture(name="beside")
def fixture_beside(home, identity):
    """Where cert.pem and key.pem are."""
    shutil.copy(identity.chain_file, home / "cert.pem")
    shutil.copy(identity.key_file, home / "key.pem")
    return home


def test_pair_talks_to_itself_in_memory(example):
    done = example("pair")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        b"request: whole by no-body\nhello\nreply: whole by length\n"
    )


def test_attach_reads_over_a_socket_of_its_own(example, ca, identity):
    with Listener(answer_once(server_context(identity))) as server:
        done = example("attach", "localhost", server.port, ca.file, ca.crl())
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(BODY)


def test_attach_obeys_the_crl(example, ca):
    revoked = ca.issue("localhost")
    crl = ca.crl(revoked.cert)
    with Listener(answer_once(server_context(revoked))) as server:
        done = example("attach", "localhost", server.port, ca.file, crl)
    assert done.returncode == 1
    assert b"revoked" in done.stderr
    assert done.stdout == b""


def test_self_signed_is_trusted_by_who_is_given_its_certificate(
    example, duet, home
):
    with started(example, "self_signed", "localhost:0") as printed:
        cert = home / "printed.pem"
        cert.write_text("".join(printed[:-1]))
        fetched = duet.get("--cacert", cert, printed[-1].strip())
        refused = duet.get(printed[-1].strip())
    assert fetched.exit == 0, fetched.err
    assert fetched.out == b"hello from memory\n"
    assert refused.exit == 60


def test_client_cert_says_who_it_is(example, ca, identity):
    someone = ca.issue("someone", usage=(CLIENT,))
    context = server_context(identity)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca.file)
    with Listener(answer_once(context)) as server:
        url = f"https://localhost:{server.port}/"
        done = example(
            "client_cert", url, ca.file, someone.chain_file, someone.key_file
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == BODY


def test_client_trusts_the_system_and_nobody_else(example, duet, identity, ca):
    with Listener(answer_once(server_context(identity))) as server:
        url = f"https://localhost:{server.port}/"
        refused = example("client", url)
        duet.env["SSL_CERT_FILE"] = str(ca.file)
        done = example("client", url)
    assert refused.returncode == 1
    assert refused.stderr.startswith(url.encode())
    assert done.returncode == 0, done.stderr
    assert done.stdout == BODY


def test_poll_client_fetches_all_at_once(example, ca, identity):
    with Listener(answer_once(server_context(identity))) as server:
        url = f"https://localhost:{server.port}/"
        done = example("poll_client", ca.file, *[url + str(n) for n in "abc"])
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.decode().split("\n")) == [
        "",
        *[f"200 {url}{n}" for n in "abc"],
    ]


def test_server_says_hello(example, duet, ca, beside):
    with started(example, "server", "localhost:0", cwd=beside) as printed:
        done = duet.get("--cacert", ca.file, printed[-1].strip())
    assert done.exit == 0, done.err
    assert done.out == b"hello\n"


def test_stream_sends_what_it_makes_while_it_sends(example, duet, ca, beside):
    large = beside / "large"
    large.write_bytes(os.urandom(3_000_000))
    words = (large, "localhost:0")
    with started(example, "stream", *words, cwd=beside) as printed:
        done = duet.get("--cacert", ca.file, printed[-1].strip())
    assert done.exit == 0, done.err
    assert done.out == large.read_bytes()


def test_foreign_loop_serves_beside_its_other_work(example, duet, ca, beside):
    reading, writing = os.pipe()
    with open(writing, "wb", buffering=0) as words, open(reading, "rb") as ear:
        words.write(b"what it read\n")
        with started(
            example, "foreign_loop", "localhost:0", cwd=beside, stdin=ear
        ) as printed:
            done = duet.get("--cacert", ca.file, printed[-1].strip())
    assert done.exit == 0, done.err
    assert done.out == b"what it read\n"
