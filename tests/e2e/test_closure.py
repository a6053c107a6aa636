# SPDX-License-Identifier: MIT
"""The end of a message is a fact: every way to end, in both directions."""

import contextlib
import os
import ssl

import pytest

from conftest import numbered
from support import accesslog, misbehave
from support.wire import (
    CLOSE_NOTIFY,
    FIN,
    RESET,
    client_context,
    connect,
    server_context,
)

CASES = {case.name: case for case in misbehave.CASES}
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def request(target="/small.txt", *fields, method="GET"):
    """The bytes of a request."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


class TestAsClient:
    """`duet get` against a server that misbehaves."""

    @pytest.fixture(params=VERSIONS, ids=lambda version: version.name)
    def context(self, request, identity):
        """A server's, for one version of TLS."""
        context = server_context(identity)
        context.minimum_version = context.maximum_version = request.param
        return context

    @pytest.mark.parametrize("name", CASES)
    def test_believes_the_evidence(self, duet, ca, context, name):
        case = CASES[name]
        out = duet.home / "out"
        with misbehave.serve(context, case) as server:
            fetch = duet.get("--cacert", ca.file, "-o", out, server.url)
        assert not server.errors
        part = out.with_name("out.part")
        if case.whole:
            assert (fetch.exit, fetch.err) == (0, "")
            assert out.read_bytes() == case.body
            assert not part.exists()
            return
        assert fetch.exit == 18, fetch.err
        assert fetch.sentence.startswith("duet get: ")
        assert not out.exists()
        assert (part.read_bytes() if part.exists() else b"") == case.body

    @pytest.mark.parametrize(
        "name, word",
        [
            ("no length, close_notify", "close_notify"),
            ("whole length, FIN", "length"),
            ("whole chunks, FIN", "last"),
        ],
    )
    def test_says_by_what_it_knows(self, duet, ca, context, name, word):
        with misbehave.serve(context, CASES[name]) as server:
            fetch = duet.get(
                "-v", "--cacert", ca.file, "-o", "out", server.url
            )
        assert fetch.exit == 0
        assert word in fetch.err.lower().replace("-", "_")

    def test_strict_wants_a_goodbye_after_a_whole_message(
        self, duet, ca, context
    ):
        case = CASES["whole length, FIN"]
        close = b"Connection: close\r\nContent-Length"
        case = misbehave.Case(
            case.name,
            case.sent.replace(b"Content-Length", close),
            case.ending,
            case.whole,
            case.body,
        )
        with misbehave.serve(context, case) as server:
            fetch = duet.get(
                "--close", "strict", "--cacert", ca.file, server.url
            )
        assert fetch.exit == 18, fetch.err

    def test_lenient_takes_fin_for_an_end(self, duet, ca, context):
        case = CASES["no length, FIN"]
        with misbehave.serve(context, case) as server:
            fetch = duet.get(
                "--close", "lenient", "--cacert", ca.file, server.url
            )
        assert (fetch.exit, fetch.out) == (0, case.body)


class TestAsServer:
    """`duet serve` against clients that leave in every way."""

    @pytest.fixture
    def server(self, duet, site, identity):
        """A running server."""
        with duet.serve(
            site, "--cert", identity.chain_file, "--key", identity.key_file
        ) as served:
            yield served

    @pytest.fixture(params=VERSIONS, ids=lambda version: version.name)
    def context(self, request, ca):
        """A client's, for one version of TLS."""
        context = client_context(ca.file)
        context.minimum_version = context.maximum_version = request.param
        return context

    def one_reply(self, wire, target="/small.txt", body=b"a small file\n"):
        """A request on a connection that stays open."""
        wire.write(request(target))
        head, got = wire.read_head()
        assert head.startswith(b"HTTP/1.1 200 ")
        while len(got) < len(body):
            got += wire.read()
        assert got == body

    def test_answers_close_notify_with_close_notify(self, server, context):
        with connect(server.port, context) as wire:
            self.one_reply(wire)
            wire.close_notify()
            assert wire.read_all() == b""
            assert wire.end == CLOSE_NOTIFY
            assert wire.tcp_end() == FIN
        entry = accesslog.parse(server.stop()[1])[-1]
        assert entry.fields["end"] == "length"

    def test_answers_fin_with_close_notify_and_fin(self, server, context):
        with connect(server.port, context) as wire:
            self.one_reply(wire)
            wire.fin()
            assert wire.read_all() == b""
            assert wire.end == CLOSE_NOTIFY
            assert wire.tcp_end() == FIN
        entry = accesslog.parse(server.stop()[1])[-1]
        assert entry.fields["end"] == "length"

    def test_survives_rst_after_the_reply(self, server, context):
        wire = connect(server.port, context)
        self.one_reply(wire)
        wire.reset()
        with connect(server.port, context) as wire:
            self.one_reply(wire)
        entries = accesslog.parse(server.stop()[1])
        assert [entry.fields["end"] for entry in entries] == ["length"] * 2

    def test_says_goodbye_to_an_idle_client_when_it_stops(
        self, server, context
    ):
        with connect(server.port, context) as wire:
            self.one_reply(wire)
            server.process.terminate()
            assert wire.read_all() == b""
            assert wire.end == CLOSE_NOTIFY
            assert server.process.wait(timeout=20) == 0

    @pytest.mark.parametrize("half", [CLOSE_NOTIFY, FIN])
    def test_a_half_closed_client_gets_its_whole_reply(
        self, server, context, half
    ):
        body = numbered(3 * 1024 * 1024 + 17)
        with connect(server.port, context) as wire:
            wire.write(request("/big.bin"))
            if half == CLOSE_NOTIFY:
                wire.close_notify()
            else:
                wire.fin()
            _, got = wire.read_head()
            got += wire.read_all()
            assert len(got) == len(body)
            assert got == body
            assert wire.end == CLOSE_NOTIFY
            assert wire.tcp_end() == FIN

    @pytest.mark.parametrize("attitude", ["prompt", "strict"])
    @pytest.mark.parametrize("answer", [CLOSE_NOTIFY, FIN, RESET])
    def test_ends_a_last_reply_in_good_form(
        self, duet, site, identity, context, attitude, answer
    ):
        with duet.serve(
            site,
            "--close",
            attitude,
            "--cert",
            identity.chain_file,
            "--key",
            identity.key_file,
        ) as server:
            with connect(server.port, context) as wire:
                wire.write(request("/small.txt", "Connection: close"))
                _, got = wire.read_head()
                got += wire.read_all()
                assert got == b"a small file\n"
                assert wire.end == CLOSE_NOTIFY
                # A prompt server may have left: then this meets an RST.
                with contextlib.suppress(OSError):
                    if answer == CLOSE_NOTIFY:
                        wire.close_notify()
                    if answer == RESET:
                        wire.reset()
                    else:
                        wire.fin()
                        wire.tcp_end()
            status, lines = server.stop()
        assert status == 0
        (entry,) = accesslog.parse(lines)
        assert entry.fields["end"] == "length"
        missed = attitude == "strict" and answer != CLOSE_NOTIFY
        assert ("why" in entry.fields) == missed, entry
        if missed:
            assert "close_notify" in entry.fields["why"]

    def test_a_request_that_is_cut_is_logged_as_cut(self, server, context):
        with connect(server.port, context) as wire:
            wire.write(request()[:-2])
            wire.fin()
            wire.read_all()
        entry = accesslog.parse(server.stop()[1])[-1]
        assert entry.fields["cut_by"] == "peer"
        assert entry.fields["cut"] == "fin"

    def test_a_client_that_vanishes_is_logged_as_cut(
        self, server, context, site
    ):
        os.truncate(site / "big.bin", 1 << 30)
        wire = connect(server.port, context)
        wire.write(request("/big.bin"))
        assert wire.read_head()[0].startswith(b"HTTP/1.1 200 ")
        wire.reset()
        with connect(server.port, context) as wire:
            self.one_reply(wire)
        entries = accesslog.parse(server.stop()[1])
        # Two workers: their lines come in any order.
        (entry,) = [e for e in entries if "big.bin" in e.request]
        assert entry.bytes < 1 << 30
        assert entry.fields["cut_by"] == "peer"
        assert entry.fields["cut"] == "reset"

    def test_a_file_that_shrinks_is_seen_as_a_cut(self, server, context, site):
        os.truncate(site / "big.bin", 1 << 30)
        with connect(server.port, context) as wire:
            wire.write(request("/big.bin"))
            head, _ = wire.read_head()
            assert b"Content-Length: 1073741824" in head
            os.truncate(site / "big.bin", 1 << 20)
            while wire.read():
                pass
            assert wire.end == RESET
        entry = accesslog.parse(server.stop()[1])[-1]
        assert entry.fields["cut_by"] == "us"
        assert "shrank" in entry.fields["why"]

    def test_sigpipe_at_default_kills_nothing(self, server, context):
        for _ in range(20):
            wire = connect(server.port, context)
            wire.write(request("/big.bin") * 4)
            wire.reset()
        with connect(server.port, context) as wire:
            self.one_reply(wire)
