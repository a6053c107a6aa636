# SPDX-License-Identifier: MIT
"""Early data (RFC 8446 s2.3): asked for, it is sent where a session allows it,
taken or not; whatever becomes of it, there is one answer, and it is said."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from support import ports
from support.listener import Listener
from support.peers.nginx import Nginx

REPLAY = "it could be replayed by others"


class EarlyNginx(Nginx):
    """It takes early data, and says in its log of what it did."""

    http2 = ""
    early = "on"
    more = ""
    key = "one"

    def listen(self):
        key = self.work / f"key-{self.key}"
        if not key.exists():
            key.write_bytes(os.urandom(80))
        text = super().listen().replace(" ssl;", f" ssl{self.http2};", 1)
        return f"""{text}
        ssl_early_data {self.early};
        ssl_session_ticket_key {key};
        access_log {self.work}/access.log early;
        {self.more}"""

    def __init__(self, *words):
        super().__init__(*words)
        self.extra = (
            "log_format early"
            ' "$request_method $server_protocol $status [$ssl_early_data]";'
        )

    def asked(self):
        """What it was asked, a line a request; forgotten afterwards."""
        log = self.work / "access.log"
        lines = log.read_text(encoding="utf-8").splitlines()
        log.write_text("", encoding="utf-8")
        return lines


@pytest.fixture(name="peer")
def fixture_peer(need, work, identity, site):
    """It does not run yet."""
    directory = Path(tempfile.mkdtemp(dir=work))
    directory.chmod(0o755)
    yield EarlyNginx(need("nginx"), directory, site, identity)
    shutil.rmtree(directory)


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """duet get --json, which must do; its report."""

    def get(*words, exit_code=0):
        fetch = duet.get(
            "--json", "--cacert", ca.file, "-o", "/dev/null", *words
        )
        assert fetch.exit == exit_code, fetch.err
        return fetch.json

    return get


HTTP = pytest.mark.parametrize(
    "http2, proto", [("", "HTTP/1.1"), (" http2", "HTTP/2.0")]
)


@HTTP
@pytest.mark.parametrize("method, words", [("GET", ()), ("HEAD", ("-I",))])
def test_is_accepted(peer, get, http2, proto, method, words):
    peer.http2 = http2
    with peer.running():
        url = peer.url + "small.txt"
        first = get("--early-data", *words, url)
        assert first["early_data"] is None
        assert peer.asked() == [f"{method} {proto} 200 [-]"]
        report = get("--early-data", *words, url)
        assert report["early_data"] == "accepted"
        assert report["status"] == 200
        assert report["tls"]["resumed"] and report["tls"]["verified"]
        assert report["sizes"]["body"] == first["sizes"]["body"]
        assert peer.asked() == [f"{method} {proto} 200 [1]"]


def test_is_not_sent_unless_asked_for(peer, get):
    with peer.running():
        url = peer.url + "small.txt"
        for resumed in (False, True):
            report = get(url)
            assert report["early_data"] is None
            assert report["tls"]["resumed"] == resumed
        assert peer.asked() == ["GET HTTP/1.1 200 [-]"] * 2


def test_v_says_that_others_can_send_it_again(duet, ca, peer):
    words = ["-v", "--early-data", "--cacert", ca.file]
    with peer.running():
        url = peer.url + "small.txt"
        assert REPLAY not in duet.get(*words, url).err
        said = duet.get(*words, url).err
        assert "before the handshake was complete: accepted" in said
        assert REPLAY in said


def test_a_server_whose_tickets_allow_none_is_asked_as_ever(peer, get):
    peer.early = "off"
    with peer.running():
        url = peer.url + "small.txt"
        for resumed in (False, True):
            report = get("--early-data", url)
            assert report["early_data"] is None
            assert report["tls"]["resumed"] == resumed


def test_other_settings_have_no_session_and_send_none(peer, get):
    with peer.running():
        url = peer.url + "small.txt"
        assert get(url)["early_data"] is None
        report = get("--early-data", "-k", url)
        assert report["early_data"] is None
        assert not report["tls"]["resumed"]
        assert get("--early-data", url)["early_data"] == "accepted"


@HTTP
def test_is_rejected_by_other_ticket_keys(peer, get, http2, proto):
    """And asked again once, on the same connection."""
    peer.http2 = http2
    url = peer.url + "small.txt"
    with peer.running():
        get(url)
        peer.asked()
    peer.key = "two"
    with peer.running():
        report = get("--early-data", url)
        assert report["early_data"] == "rejected"
        assert report["status"] == 200
        assert not report["tls"]["resumed"] and report["tls"]["verified"]
        assert peer.asked() == [f"GET {proto} 200 [-]"]


@pytest.mark.parametrize(
    "before, after, proto", [(" http2", "", "1.1"), ("", " http2", "2.0")]
)
def test_the_other_version_of_http_is_a_rejection(
    peer, get, before, after, proto
):
    url = peer.url + "small.txt"
    peer.http2 = before
    with peer.running():
        get(url)
        peer.asked()
    peer.http2 = after
    with peer.running():
        report = get("--early-data", url)
        assert report["early_data"] == "rejected"
        assert report["status"] == 200
        assert peer.asked() == [f"GET HTTP/{proto} 200 [-]"]


def test_a_server_that_has_it_off_now_rejects_it(peer, get):
    url = peer.url + "small.txt"
    with peer.running():
        get(url)
        peer.asked()
    peer.early = "off"
    with peer.running():
        report = get("--early-data", url)
        assert report["early_data"] == "rejected"
        assert report["tls"]["resumed"]
        assert peer.asked() == ["GET HTTP/1.1 200 [-]"]


def test_a_server_that_became_older_is_asked_without(peer, get):
    """RFC 8446 sD.3: that handshake fails, the next is without."""
    url = peer.url + "small.txt"
    with peer.running():
        get(url)
    config = peer.config().replace("TLSv1.2 TLSv1.3", "TLSv1.2")
    peer.config = lambda: config
    with peer.running():
        report = get("--early-data", url)
        assert report["early_data"] == "unknown"
        assert report["tls"]["version"] == "TLSv1.2"


@HTTP
def test_425_is_asked_again_once_without(peer, get, http2, proto):
    """RFC 8470 s5.2."""
    peer.http2 = http2
    peer.more = "if ($ssl_early_data) { return 425; }"
    with peer.running():
        url = peer.url + "small.txt"
        get(url)
        peer.asked()
        report = get("--early-data", url)
        assert report["status"] == 200
        assert report["early_data"] == "accepted"
        assert report["reused"]
        early, late = peer.asked()
        assert early == f"GET {proto} 425 [1]"
        assert late == f"GET {proto} 200 [-]"


@HTTP
def test_425_twice_is_an_answer(peer, get, http2, proto):
    peer.http2 = http2
    url = peer.url + "small.txt"
    with peer.running():
        get(url)
        peer.asked()
    peer.more = "return 425;"
    with peer.running():
        report = get("--early-data", url)
        assert report["status"] == 425
        assert [line.split()[2] for line in peer.asked()] == ["425", "425"]
        # Nor is one asked again that was not sent early.
        assert get("--early-data", url)["status"] == 425
        assert len(peer.asked()) <= 2
        assert get(url)["status"] == 425
        assert peer.asked() == [f"GET {proto} 425 [-]"]


def test_a_head_larger_than_a_record_waits(peer, get):
    peer.extra += "large_client_header_buffers 8 32k;"
    with peer.running():
        url = peer.url + "small.txt"
        get(url)
        peer.asked()
        report = get("--early-data", "-H", "X-Large: " + "x" * 17000, url)
        assert report["early_data"] is None
        assert report["tls"]["resumed"]
        assert peer.asked() == ["GET HTTP/1.1 200 [-]"]


def test_a_redirect_to_another_origin_is_not_followed_early(peer, get):
    """Whether the first of them heard it early or not."""
    other = f"https://127.0.0.1:{peer.port}/small.txt"
    peer.more = f"location = /away {{ return 302 {other}; }}"
    with peer.running():
        for first in ("-", "1"):
            get(other)
            peer.asked()
            assert get("--early-data", peer.url + "away")["status"] == 200
            assert peer.asked() == [
                f"GET HTTP/1.1 302 [{first}]",
                "GET HTTP/1.1 200 [-]",
            ]


def test_through_a_proxy_it_is_the_server_that_hears_it(peer, get, need):
    """In the tunnel, and not in the TLS of the proxy."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(peer.running())
        proxy = stack.enter_context(Listener(tunnel_to(peer)))
        words = ("-x", f"http://127.0.0.1:{proxy.port}")
        url = peer.url + "small.txt"
        get(*words, url)
        assert get(*words, "--early-data", url)["early_data"] == "accepted"
        assert not proxy.errors


def relay(left, right):
    """Both ways, until one side ends."""

    def one_way(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=one_way, args=(right, left))
    back.start()
    one_way(left, right)
    back.join()


def tunnel_to(peer):
    """CONNECT, whatever the name."""

    def serve(sock):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += sock.recv(1)
        assert head.startswith(b"CONNECT ")
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with socket.create_connection(peer.address()) as server:
            relay(sock, server)

    return serve


@pytest.mark.parametrize("cuts", [1, 2])
@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_while_early(peer, get, cuts, reset):
    """Once more without; and a second cut is the end of it."""
    seen = []

    def serve(sock):
        seen.append(len(sock.recv(65536)))
        if len(seen) <= cuts:
            if reset:
                sock.setsockopt(
                    socket.SOL_SOCKET,
                    socket.SO_LINGER,
                    b"\1\0\0\0" + b"\0" * 4,
                )
            return
        raise AssertionError("it came once too often")

    def serve_or_relay(sock):
        if len(seen) < cuts:
            serve(sock)
            return
        with socket.create_connection(peer.address()) as server:
            relay(sock, server)

    with peer.running(), Listener(serve_or_relay) as between:
        url = peer.url + "small.txt"
        there = f"localhost:{peer.port}:127.0.0.1:{between.port}"
        get(url)
        peer.asked()
        words = ("--connect-to", there, "--early-data", url)
        if cuts == 1:
            report = get(*words)
            assert report["early_data"] == "unknown"
            assert peer.asked() == ["GET HTTP/1.1 200 [-]"]
        else:
            report = get(*words, exit_code=35)
            assert report["early_data"] == "unknown"
            assert "with early data it was no better" in (
                report["error"]["text"]
            )
            assert peer.asked() == []
        assert between.accepted == 2
        assert not between.errors


@pytest.mark.parametrize("alert", [40, 47, 48, 70])
def test_an_alert_while_early(peer, get, alert):
    """Of a box that does not know it: 40 is the one that says least."""
    seen = []

    def serve(sock):
        seen.append(1)
        if len(seen) == 1:
            sock.recv(65536)
            sock.sendall(bytes([21, 3, 3, 0, 2, 2, alert]))
            while sock.recv(65536):
                pass
            return
        with socket.create_connection(peer.address()) as server:
            relay(sock, server)

    with peer.running(), Listener(serve) as between:
        url = peer.url + "small.txt"
        get(url)
        peer.asked()
        there = f"localhost:{peer.port}:127.0.0.1:{between.port}"
        report = get("--connect-to", there, "--early-data", url)
        assert report["early_data"] == "unknown"
        assert peer.asked() == ["GET HTTP/1.1 200 [-]"]
        assert not between.errors


def test_two_at_once_do_not_share_a_ticket(duet, ca, peer, get):
    """One of them has it, the other asks as ever."""
    with peer.running():
        url = peer.url + "small.txt"
        get(url)
        peer.asked()
        command = [duet.path, "get", "--json", "-o", "/dev/null"]
        command += ["--cacert", ca.file, "--early-data", url]
        running = [
            subprocess.Popen(
                command, stdout=subprocess.PIPE, env=duet.env, text=True
            )
            for _ in range(4)
        ]
        for process in running:
            process.communicate(timeout=60)
            assert process.returncode == 0
        asked = peer.asked()
        assert len(asked) == 4
        assert asked.count("GET HTTP/1.1 200 [-]") >= 1


def test_s_server_hears_it_and_what_it_says_is_the_answer(
    duet, ca, need, identity
):
    """OpenSSL's own, which forgets a ticket when it has been used."""
    port = ports.reserve()
    command = [need("openssl"), "s_server", "-early_data", "-quiet"]
    command += ["-accept", f"127.0.0.1:{port}", "-naccept", "2"]
    command += ["-cert", identity.chain_file, "-key", identity.key_file]
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    url = f"https://localhost:{port}/"
    words = [duet.path, "get", "--json", "--early-data", "--cacert", ca.file]
    words += ["-o", "/dev/null", url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        wait_until_it_listens(port)
        for outcome in (b"null", b'"accepted"'):
            with subprocess.Popen(
                words, stdout=subprocess.PIPE, env=duet.env
            ) as client:
                heard = b""
                while b"\r\n\r\n" not in heard:
                    byte = server.stdout.read(1)
                    assert byte, heard
                    heard += byte
                assert b"GET / HTTP/1.1\r\n" in heard
                server.stdin.write(answer)
                server.stdin.flush()
                out = client.communicate(timeout=60)[0]
                assert client.returncode == 0
                assert b'"early_data":' + outcome in out
        server.stdin.close()
        server.stdout.read()


def wait_until_it_listens(port):
    """Until it listens, without a connection of ours."""
    want = f"0100007F:{port:04X}"
    while True:
        with open("/proc/net/tcp", encoding="ascii") as f:
            rows = [line.split() for line in f]
        if any(row[1] == want and row[3] == "0A" for row in rows):
            return
        # Its own readiness is what is asked for, a hundred times a second.
        time.sleep(0.01)


@pytest.mark.parametrize(
    "words, what",
    [
        (["-d", "a=b"], "without a body"),
        (["-X", "DELETE"], "for GET and HEAD"),
        (["-X", "POST"], "for GET and HEAD"),
        (["-T", "/etc/hostname"], "without a body"),
        (["--no-session"], "--no-session keeps none"),
    ],
)
def test_what_cannot_go_early_is_refused(duet, words, what):
    fetch = duet.get("--early-data", *words, "https://localhost:1/")
    assert fetch.exit == 2
    assert what in fetch.sentence


def test_http_is_refused(duet):
    fetch = duet.get("--early-data", "--insecure-http", "http://localhost:1/")
    assert fetch.exit == 2
    assert "a part of TLS" in fetch.sentence
