# SPDX-License-Identifier: MIT
"""`duet broken` as a command: its table, its files, its beginning and end.

What clients make of its servers is in test_broken_clients.py.
"""

import json
import re
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from cryptography import x509

from conftest import ROOT
from support import broken
from support.process import children, wait_for_end


@pytest.fixture(name="some")
def fixture_some(duet):
    """A few of the servers."""
    with broken.serving(
        duet, "--only", "right,revoked,silent,h2-reset"
    ) as running:
        yield running


def context_of(running):
    """Of a client that believes it."""
    return ssl.create_default_context(cafile=str(running.ca))


class TestTable:
    """What is printed."""

    def test_fits_a_screen_of_80_columns(self, duet):
        done = duet.run("broken", "--list", "--port", "65000")
        assert (done.exit, done.err) == (0, "")
        lines = done.out.decode().splitlines()
        assert max(map(len, lines)) < 80
        assert lines[0].split() == "port name what is wrong exit, must".split()

    def test_json_lists_the_same(self, duet):
        text = duet.run("broken", "--list", "--port", "9000").out.decode()
        done = duet.run("broken", "--list", "--port", "9000", "--json")
        rows = [json.loads(line) for line in done.out.splitlines()]
        found = re.findall(r"^ *(\d+)  (\S+) .* (\d+) \w", text, re.M)
        assert [(int(p), n, int(e)) for p, n, e in found] == [
            (row["port"], row["name"], row["exit"]) for row in rows
        ]
        assert len(rows) > 60
        assert rows[0]["url"] == "https://localhost:9000/"

    def test_only_knows_names_and_groups(self, duet):
        done = duet.run("broken", "--list", "--only", "ending,expired")
        names = re.findall(r"^ +-  (\S+)", done.out.decode(), re.M)
        assert len(names) == 10
        assert names[0] == "expired"

    def test_the_last_line_can_be_run(self, duet, need):
        need("curl")
        with subprocess.Popen(
            [duet.path, "broken", "--only", "right"],
            stdout=subprocess.PIPE,
            env=duet.env,
            cwd=duet.home,
            text=True,
        ) as process:
            for line in process.stdout:
                if line.startswith("ready: "):
                    break
            done = subprocess.run(
                ["sh", "-c", line.removeprefix("ready: ")],
                capture_output=True,
                check=False,
            )
            process.terminate()
        assert done.stdout == b"ok\n"
        assert process.returncode == 0

    @pytest.mark.parametrize(
        "words, said",
        [
            (["--only", "expird"], "did you mean expired?"),
            (["--port", "65530"], "ports end at 65535"),
            (["--port", "70000"], "--port"),
            (["expired"], "expired"),
        ],
    )
    def test_mistakes_are_told(self, duet, words, said):
        done = duet.run("broken", *words)
        assert (done.exit, done.out) == (2, b"")
        assert done.err.startswith("duet broken: ")
        assert said in done.err

    def test_help_is_a_screen(self, duet):
        done = duet.run("broken", "--help")
        assert len(done.out.splitlines()) <= 25

    def test_the_manual_has_every_group(self, duet):
        text = duet.run("broken", "--list").out.decode()
        page = (ROOT / "doc/man/duet-broken.1").read_text(encoding="utf-8")
        for group in re.findall(r"^([a-z0-9]+): ", text, re.M):
            assert f".It Li {group}\n" in page

    def test_an_output_that_is_full_is_told(self, duet):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [duet.path, "broken", "--only", "right"],
                stdout=full,
                stderr=subprocess.PIPE,
                env=duet.env,
                timeout=60,
                check=False,
            )
        assert done.returncode == 23
        assert b"standard output" in done.stderr


class TestFiles:
    """The root and the list."""

    def test_temporary_ones_go_at_the_end(self, duet, some):
        directory = some.ca.parent
        assert directory == some.crl.parent
        assert some.end() == 0
        assert not directory.exists()

    def test_named_ones_stay_and_are_replaced(self, duet):
        words = ["--only", "right", "--ca", "ca.pem", "--crl-file", "crl.pem"]
        seen = set()
        for _ in range(2):
            with broken.serving(duet, *words) as running:
                assert running.end() == 0
            text = (duet.home / "ca.pem").read_bytes()
            seen.add(x509.load_pem_x509_certificate(text).serial_number)
        assert len(seen) == 2

    def test_a_file_of_somebody_else_is_left_alone(self, duet):
        other = duet.home / "key.pem"
        other.write_text("mine\n")
        done = duet.run("broken", "--only", "right", "--ca", "key.pem")
        assert done.exit == 1
        assert "'key.pem' is there" in done.err
        assert other.read_text() == "mine\n"
        assert not list(Path(duet.home).glob("duet-broken-*"))

    def test_the_list_is_where_the_certificate_says(self, some):
        pem = ssl.get_server_certificate(
            ("localhost", some.rows["revoked"]["port"])
        )
        cert = x509.load_pem_x509_certificate(pem.encode())
        points = cert.extensions.get_extension_for_class(
            x509.CRLDistributionPoints
        )
        url = points.value[0].full_name[0].value
        with urllib.request.urlopen(url) as answer:
            crl = x509.load_der_x509_crl(answer.read())
        entry = crl.get_revoked_certificate_by_serial_number(
            cert.serial_number
        )
        assert entry is not None
        text = some.crl.read_bytes()
        assert x509.load_pem_x509_crl(text) == crl


class TestServing:
    """Its clients, and its end."""

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
    def test_both_families_have_the_same_port(self, some, address):
        port = some.rows["right"]["port"]
        with socket.create_connection((address, port), timeout=20) as sock:
            with context_of(some).wrap_socket(
                sock, server_hostname=address
            ) as tls:
                tls.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert tls.recv(4096).startswith(b"HTTP/1.1 200 OK")

    def test_one_about_http2_says_so_to_others(self, some):
        url = some.url("h2-reset")
        with pytest.raises(urllib.error.HTTPError, match="505"):
            urllib.request.urlopen(url, context=context_of(some))

    @pytest.mark.parametrize(
        "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
    )
    def test_a_signal_ends_it_and_all_that_is_under_way(self, some, number):
        port = some.rows["silent"]["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
            assert some.end(number) == 0
            try:
                assert sock.recv(1) == b""
            except ConnectionResetError:
                pass

    def test_a_connection_ends_with_its_client(self, some):
        port = some.rows["silent"]["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=20):
            # The second is served only after the first has its process.
            with urllib.request.urlopen(
                some.url("right"), context=context_of(some)
            ) as answer:
                assert answer.read() == b"ok\n"
            under_way = children(some.process.pid)
            assert under_way
        for pid in under_way:
            wait_for_end(pid, 20)

    def test_a_port_that_is_taken_is_named(self, duet, some):
        port = some.rows["right"]["port"]
        done = duet.run("broken", "--only", "right", "--port", port)
        assert done.exit in (1, 2)  # 2: too near the end of all ports
        if done.exit == 1:
            assert f"port {port}" in done.err
