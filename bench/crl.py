#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What it costs `duet get` to look a certificate up in a CRL of its issuer.

A server of this process shows a certificate that names a list, whole, of so
many entries; the program fetches it once and then finds it kept. Printed are
wall time, CPU and the largest resident set of a run, medians, in each mode and
for each length: what a list adds is the difference to the first line.

    bench/crl.py [--duet build/duet] [--rounds 15]
"""

import argparse
import contextlib
import os
import statistics
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from common import ROOT, timed
from support import crls, pki
from support.measured import run_measured
from support.wire import server_context

LENGTHS = (10, 1000, 100000, 1000000)


class Handler(BaseHTTPRequestHandler):
    """Gives what its server has."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        """The only method."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        """Nothing."""


@contextlib.contextmanager
def serving(body, context=None):
    """A server of one body on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.body = body
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def run(argv, env):
    """One run: wall ms, CPU ms; and of one more, KiB resident."""
    return *timed(argv, env), run_measured(argv, env).peak_kb


def measure(argv, env, rounds):
    """Medians."""
    samples = [run(argv, env) for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*samples)]


def bench(options, work):
    """Every length; prints a line for each."""
    ca = pki.Authority(work)
    env = dict(os.environ, HOME=str(work), XDG_CACHE_HOME=str(work / "cache"))
    print(f"{'':24}{'wall ms':>10}{'CPU ms':>10}{'RSS KiB':>10}")
    for count in LENGTHS:
        body = crls.make(ca, count=count)
        with contextlib.ExitStack() as stack:
            port = stack.enter_context(serving(body))
            url = f"http://127.0.0.1:{port}/{count}.crl"
            leaf = ca.issue("localhost", crl_urls=(url,))
            context = server_context(leaf)
            port = stack.enter_context(serving(b"hello\n", context))
            argv = [options.duet, "get", "--cacert", str(ca.file)]
            argv += [f"https://localhost:{port}/", "--revocation"]
            if count == LENGTHS[0]:
                show("off", measure([*argv, "off"], env, options.rounds))
            show(f"{count}, fetched", measure([*argv, "hard"], env, 1))
            kept = measure([*argv, "hard"], env, options.rounds)
            show(f"{count}, kept", kept)


def show(what, medians):
    """One line."""
    wall, cpu, rss = medians
    print(f"{what:24}{wall:10.2f}{cpu:10.2f}{rss:10.0f}")


def main():
    """Options, and a directory that goes again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--duet", default=str(ROOT / "build/duet"))
    parser.add_argument("--rounds", type=int, default=15)
    with tempfile.TemporaryDirectory() as work:
        bench(parser.parse_args(), Path(work))


if __name__ == "__main__":
    main()
