# SPDX-License-Identifier: MIT
"""`duet get`: what is remembered of servers, who we are to them, and bodies
that come encoded."""

import base64
import contextlib
import gzip
import os
import socket
import stat
import subprocess
import threading
import time
import zlib

import brotli
import pytest
import zstandard

from support.answers import Answers, answer, redirect
from support.listener import Listener
from support.measured import run_measured
from support.peers.caddy import Caddy
from support.peers.nginx import Nginx
from support.wire import server_context

A, B, TOP, EVIL = "a.example.org", "b.example.org", "example.org", "evil.com"
NAMES = (A, B, TOP, EVIL)
TEXT = b"".join(
    b"line %07d of a text that can be packed\n" % i for i in range(4000)
)


class Hosts(Answers):
    """One server of several names."""

    def url_of(self, name, path="/", scheme="https"):
        """Of path there."""
        return f"{scheme}://{name}:{self.listener.port}{path}"

    def where(self):
        """What leads there."""
        port = self.listener.port
        words = []
        for name in NAMES:
            words += ["--resolve", f"{name}:{port}:127.0.0.1"]
        return words


class Unheard(Hosts):
    """Of whom nobody wants to hear all."""

    def serve(self, sock):
        with contextlib.suppress(ConnectionError):
            super().serve(sock)


@pytest.fixture(scope="module", name="hosts_context")
def fixture_hosts_context(ca):
    """One certificate for all."""
    return server_context(ca.issue(*NAMES, "localhost", "127.0.0.1"))


@pytest.fixture(name="hosts")
def fixture_hosts(hosts_context):
    """hosts(function): Hosts; hosts({target: answer})."""

    def hosts(function):
        if isinstance(function, dict):
            table = function
            return Hosts(
                hosts_context, lambda r: table.get(r.target, answer(b"ok"))
            )
        return Hosts(hosts_context, function)

    return hosts


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """get(server, ...): one fetch that trusts the authority of this run."""

    def get(server, *words, **more):
        return duet.get("--cacert", ca.file, *server.where(), *words, **more)

    return get


def mode_of(path):
    """Its permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def cookie_of(request):
    """What it carried."""
    return request.fields.get("cookie", "")


class TestCookies:
    """RFC 6265bis over redirects, and files."""

    @pytest.mark.parametrize(
        "field, first, to, is_sent",
        [
            ("k=1", A, (A, "/end"), True),
            ("k=1", A, (B, "/end"), False),
            ("k=1", A, (TOP, "/end"), False),
            ("k=1", TOP, (A, "/end"), False),
            ("k=1; Domain=example.org", A, (B, "/end"), True),
            ("k=1; Domain=.example.org", A, (TOP, "/end"), True),
            ("k=1; Domain=example.org", TOP, (A, "/end"), True),
            ("k=1; Domain=example.org", A, (EVIL, "/end"), False),
            ("k=1; Domain=org", A, (B, "/end"), False),
            ("k=1; Domain=evil.com", A, (EVIL, "/end"), False),
            ("k=1; Domain=b.example.org", A, (B, "/end"), False),
            ("k=1; Path=/end", A, (A, "/end"), True),
            ("k=1; Path=/end", A, (A, "/end/x?y"), True),
            ("k=1; Path=/end", A, (A, "/endx"), False),
            ("k=1; Path=/other", A, (A, "/end"), False),
            ("k=1; Secure; HttpOnly; SameSite=Strict", A, (A, "/end"), True),
            ("k=1; Max-Age=60", A, (A, "/end"), True),
            ("k=1; Max-Age=0", A, (A, "/end"), False),
            ("k=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", A, (A, "/end"), 0),
            ("__Host-k=1; Secure; Path=/", A, (A, "/end"), True),
            ("__Host-k=1; Secure", A, (A, "/end"), False),
            ("__Host-k=1; Secure; Path=/; Domain=example.org", A, (A, "/"), 0),
            ("__secure-k=1", A, (A, "/end"), False),
        ],
    )
    def test_each_hop(self, get, hosts, field, first, to, is_sent):
        def function(request):
            if request.target == "/hop":
                where = server.url_of(*to)
                return answer(
                    *(b"", f"Location: {where}", f"Set-Cookie: {field}"),
                    status="302 Found",
                )
            return answer(b"ok")

        with hosts(function) as server:
            fetch = get(server, "-b", "", server.url_of(first, "/hop"))
            assert fetch.exit == 0, fetch.err
        pair = field.split(";")[0]
        assert cookie_of(server.requests[0]) == ""
        assert cookie_of(server.last) == (pair if is_sent else "")

    def test_every_hop_stores_and_sends_its_own(self, get, hosts):
        def function(request):
            hop = int(request.target[1:])
            name = (A, B)[hop % 2]
            if hop == 6:
                return answer(b"ok")
            return answer(
                *(b"", f"Location: {server.url_of(name, f'/{hop + 1}')}"),
                *(f"Set-Cookie: c{hop}={hop}", f"Set-Cookie: last={hop}"),
                status="307 Temporary Redirect",
            )

        # /0 is A's, /1 A's, /2 B's, /3 A's, /4 B's ...
        with hosts(function) as server:
            fetch = get(server, "-b", "", server.url_of(A, "/0"))
            assert fetch.exit == 0, fetch.err
        assert [cookie_of(r) for r in server.requests] == [
            "",
            "c0=0; last=0",
            "",
            "c0=0; last=1; c1=1",
            "c2=2; last=2",
            "c0=0; last=3; c1=1; c3=3",
            "c2=2; last=4; c4=4",
        ]

    def test_without_the_options_nothing_is_remembered(self, get, hosts):
        hop = answer(
            b"", "Location: /end", "Set-Cookie: k=1", status="302 Found"
        )
        with hosts({"/hop": hop}) as server:
            get(server, server.url_of(A, "/hop"))
        assert cookie_of(server.last) == ""

    def test_data_goes_to_the_first_origin_only(self, get, hosts):
        def function(request):
            if request.target == "/hop":
                return redirect("/away")
            if request.target == "/away":
                return redirect(server.url_of(B, "/end"))
            return answer(b"ok")

        with hosts(function) as server:
            words = ["-b", "k=1", "--cookie", "l=2; m=3"]
            fetch = get(server, *words, server.url_of(A, "/hop"))
            assert fetch.exit == 0, fetch.err
        assert [cookie_of(r) for r in server.requests] == [
            "k=1; l=2; m=3",
            "k=1; l=2; m=3",
            "",
        ]

    def test_a_jar_is_written_and_read(self, duet, get, hosts):
        jar = duet.home / "jar"
        sets = answer(
            *(b"", "Set-Cookie: session=1", "Set-Cookie: kept=2; Max-Age=99"),
            "Set-Cookie: all=3; Domain=example.org; HttpOnly; Secure; Path=/",
        )
        with hosts({"/set": sets}) as server:
            first = get(
                *(server, "-b", "jar", "-c", "jar"), server.url_of(A, "/set")
            )
            again = get(server, "-b", "jar", server.url_of(A))
            below = get(server, "--cookie", "jar", server.url_of(B))
        assert (first.exit, again.exit, below.exit) == (0, 0, 0), first.err
        assert [cookie_of(r) for r in server.requests] == [
            "",
            "session=1; kept=2; all=3",
            "all=3",
        ]
        lines = jar.read_text().splitlines()
        assert lines[0] == "# Netscape HTTP Cookie File"
        assert f"{A}\tFALSE\t/\tFALSE\t0\tsession\t1" in lines
        assert "#HttpOnly_.example.org\tTRUE\t/\tTRUE\t0\tall\t3" in lines
        assert mode_of(jar) == 0o600
        assert sorted(p.name for p in duet.home.glob("jar*")) == ["jar"]

    def test_one_that_is_gone_goes_from_the_jar(self, duet, get, hosts):
        table = {
            "/set": answer(b"", "Set-Cookie: k=1", "Set-Cookie: l=2"),
            "/unset": answer(b"", "Set-Cookie: k=; Max-Age=0"),
        }
        with hosts(table) as server:
            for path in ("/set", "/unset", "/"):
                fetch = get(
                    *(server, "-b", "jar", "-c", "jar"),
                    server.url_of(A, path),
                )
                assert fetch.exit == 0, fetch.err
        assert cookie_of(server.last) == "l=2"
        assert "\tk\t" not in (duet.home / "jar").read_text()

    def test_a_jar_on_standard_output(self, get, hosts):
        with hosts({"/": answer(b"", "Set-Cookie: k=1")}) as server:
            fetch = get(server, "-c", "-", server.url_of(A))
        assert fetch.exit == 0
        assert b"\tk\t1\n" in fetch.out

    def test_what_is_no_jar_is_not_written_over(self, duet, get, hosts):
        (duet.home / "notes").write_text("do not lose this\n")
        with hosts({}) as server:
            refused = get(server, "-c", "notes", server.url_of(A))
            unread = get(server, "-b", "notes", server.url_of(A))
            missing = get(server, "-b", "missing", server.url_of(A))
            device = get(server, "-c", "/dev/null", server.url_of(A))
            assert len(server.requests) == 1
        assert [f.exit for f in (refused, unread, missing)] == [26] * 3
        assert "'notes', line 1" in refused.sentence.replace(
            ": line", ", line"
        )
        assert "another file with -c" in refused.sentence
        assert "line 1 is no cookie" in unread.sentence
        assert "check the name" in missing.sentence
        assert (duet.home / "notes").read_text() == "do not lose this\n"
        assert device.exit == 0, device.err
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    def test_a_jar_that_cannot_be_written_is_told(self, get, hosts):
        with hosts({}) as server:
            fetch = get(server, "-c", "missing/jar", server.url_of(A))
        assert (fetch.exit, fetch.out) == (23, b"ok")
        assert "'missing/jar'" in fetch.sentence

    def test_processes_share_a_jar(self, duet, ca, hosts):
        def function(request):
            return answer(b"ok", f"Set-Cookie: n{request.target[1:]}=1")

        with hosts(function) as server:
            words = [duet.path, "get", "--cacert", ca.file, *server.where()]
            words += ["-s", "-b", "jar", "-c", "jar"]
            running = [
                subprocess.Popen(
                    [*map(str, words), server.url_of(A, f"/{i}")],
                    cwd=duet.home,
                    env=duet.env,
                    stdout=subprocess.DEVNULL,
                )
                for i in range(8)
            ]
            assert [p.wait(timeout=60) for p in running] == [0] * 8
        jar = (duet.home / "jar").read_text()
        assert [f"\tn{i}\t1\n" in jar for i in range(8)] == [True] * 8

    def test_curl_reads_ours_and_we_read_curls(
        self, duet, get, ca, hosts, need
    ):
        def function(request):
            lines = []
            if request.target.startswith("/set"):
                who = request.target[4:]
                lines = [
                    f"Set-Cookie: {who}session=1",
                    f"Set-Cookie: {who}kept=2; Max-Age=999; Secure",
                    f"Set-Cookie: {who}all=3; Domain=example.org; HttpOnly",
                    f"Set-Cookie: {who}empty=",
                    f"Set-Cookie: {who}path=4; Path=/x",
                ]
            return answer(b"ok", *lines)

        curl = type(duet)(need("curl"), duet.home, duet.env)
        with hosts(function) as server:

            def by_curl(*words):
                done = curl.run(
                    *("-sS", "--cacert", ca.file, *server.where(), *words)
                )
                assert done.exit == 0, done.err
                return cookie_of(server.last)

            def by_duet(*words):
                done = get(server, *words)
                assert done.exit == 0, done.err
                return cookie_of(server.last)

            there = [server.url_of(A, "/x/y"), server.url_of(B)]
            by_duet("-c", "ours", server.url_of(A, "/setd"))
            read_by_curl = [
                set(by_curl("-b", "ours", u).split("; ")) for u in there
            ]
            by_curl("-c", "theirs", server.url_of(A, "/setc"))
            read_by_us = [
                set(by_duet("-b", "theirs", u).split("; ")) for u in there
            ]
            # ... and both write one file, one after the other.
            by_curl("-b", "ours", "-c", "ours", server.url_of(A, "/setc"))
            by_duet("-b", "ours", "-c", "ours", server.url_of(A, "/setd"))
            both = by_curl("-b", "ours", server.url_of(A, "/"))

        def of(who):
            names = ("session=1", "kept=2", "all=3", "empty=", "path=4")
            return [{who + n for n in names}, {who + "all=3"}]

        assert read_by_curl == of("d")
        assert read_by_us == of("c")
        assert "dsession=1" in both and "csession=1" in both

    def test_a_flood_is_bounded(self, duet, get, hosts):
        def function(request):
            hop = int(request.target[1:])
            lines = [f"Set-Cookie: n{hop}x{i}={'v' * 300}" for i in range(80)]
            if hop < 9:
                return answer(
                    *(b"", f"Location: /{hop + 1}", *lines),
                    status="302 Found",
                )
            return answer(b"ok", *lines)

        with hosts(function) as server:
            fetch = get(server, "-c", "jar", server.url_of(A, "/0"))
        assert fetch.exit == 0, fetch.err
        assert 7000 < max(len(cookie_of(r)) for r in server.requests) <= 8190
        lines = (duet.home / "jar").read_text().splitlines()
        assert sum(line.startswith(A) for line in lines) == 180


class TestHsts:
    """RFC 6797: who wants https gets it."""

    @staticmethod
    def says(value, *more):
        """An answer with that field."""
        return answer(b"ok", f"Strict-Transport-Security: {value}", *more)

    def test_is_named_where_it_is_in_the_way(self, duet, get, hosts):
        """http:// as the user wrote it, and a server that speaks no other."""

        def plain(sock):
            sock.recv(65536)
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with hosts({"/": self.says("max-age=999")}) as s:
            get(s, s.url_of(TOP))
            known = get(s, "-v", s.url_of(TOP, scheme="http"))
        assert "* http:// became https://" in known.err
        with Listener(plain) as other:
            words = ["--resolve", f"{TOP}:{other.port}:127.0.0.1"]
            words += ["--insecure-http", f"http://{TOP}:{other.port}/"]
            fetch = duet.get(*words)
        assert fetch.exit == 35
        assert fetch.sentence.endswith(
            f"; the URL said http://, but '{TOP}' has asked for https:// "
            "alone (HSTS); see --no-hsts"
        )

    def test_is_remembered_from_one_run_to_the_next(self, duet, get, hosts):
        with hosts({"/": self.says("max-age=999; includeSubDomains")}) as s:
            before = get(s, s.url_of(TOP, scheme="http"))
            learns = get(s, s.url_of(TOP))
            after = get(s, "--json", s.url_of(TOP, scheme="http"))
            below = get(s, s.url_of(A, scheme="http"))
            other = get(s, s.url_of(EVIL, scheme="http"))
            never = get(s, "--no-hsts", s.url_of(TOP, scheme="http"))
        assert [f.exit for f in (before, learns, after, below)] == [3, 0, 0, 0]
        assert [f.exit for f in (other, never)] == [3, 3]
        assert after.json["final_url"] == s.url_of(TOP)
        path = duet.home / ".local/state/duet/hsts"
        assert mode_of(path) == 0o600
        assert mode_of(path.parent) == 0o700
        assert '\n.example.org "' in path.read_text()

    def test_a_file_of_ones_own(self, duet, get, hosts):
        with hosts({"/": self.says("max-age=999")}) as s:
            get(s, "--hsts", "mine", s.url_of(A))
            knows = get(s, "--hsts", "mine", s.url_of(A, scheme="http"))
            below = get(s, "--hsts", "mine", s.url_of(TOP, scheme="http"))
            other = get(s, "--hsts", "none", s.url_of(A, scheme="http"))
        assert (knows.exit, below.exit, other.exit) == (0, 3, 3)
        assert mode_of(duet.home / "mine") == 0o600
        assert not (duet.home / "none").exists()
        assert not (duet.home / ".local").exists()

    def test_what_is_asked_again_is_not_written_again(self, duet, get, hosts):
        with hosts({"/": self.says("max-age=31536000")}) as s:
            get(s, "--hsts", "mine", s.url_of(A))
            written = (duet.home / "mine").stat()
            get(s, "--hsts", "mine", s.url_of(A))
        again = (duet.home / "mine").stat()
        assert (again.st_ino, again.st_mtime_ns) == (
            written.st_ino,
            written.st_mtime_ns,
        )

    def test_a_redirect_to_http_becomes_https(self, get, hosts):
        def function(request):
            if request.target == "/hop":
                where = server.url_of(B, "/end", scheme="http")
                return answer(b"", f"Location: {where}", status="302 Found")
            return self.says("max-age=999")

        with hosts(function) as server:
            refused = get(server, server.url_of(A, "/hop"))
            get(server, server.url_of(B))
            goes = get(server, server.url_of(A, "/hop"))
        assert (refused.exit, goes.exit) == (47, 0)
        assert server.last.target == "/end"

    def test_max_age_0_forgets(self, duet, get, hosts):
        table = {
            "/": self.says("max-age=999"),
            "/forget": self.says("max-age=0"),
        }
        with hosts(table) as s:
            get(s, "--hsts", "mine", s.url_of(A))
            get(s, "--hsts", "mine", s.url_of(A, "/forget", scheme="http"))
            fetch = get(s, "--hsts", "mine", s.url_of(A, scheme="http"))
        assert fetch.exit == 3
        assert A not in (duet.home / "mine").read_text()

    @pytest.mark.parametrize(
        "name, words",
        [("127.0.0.1", []), (A, ["-k"])],
        ids=["address", "unverified"],
    )
    def test_who_is_not_believed(self, duet, get, hosts, name, words):
        with hosts({"/": self.says("max-age=999")}) as s:
            fetch = get(s, "--hsts", "mine", *words, s.url_of(name))
        assert fetch.exit == 0, fetch.err
        assert not (duet.home / "mine").exists()

    def test_a_damaged_file_is_named_and_stays(self, duet, get, hosts):
        (duet.home / "mine").write_text('a.org "20991231 23:59:59"\noops\n')
        with hosts({}) as s:
            fetch = get(s, "--hsts", "mine", s.url_of(A))
            assert not s.requests
        assert fetch.exit == 26
        assert "'mine'" in fetch.sentence and "line 2" in fetch.sentence
        assert "say another file with --hsts or --no-hsts" in fetch.sentence
        assert "oops" in (duet.home / "mine").read_text()

    def test_without_a_home_it_works_all_the_same(self, duet, get, hosts):
        duet.env["HOME"] = "/dev/null"
        with hosts({"/": self.says("max-age=999")}) as s:
            fetch = get(s, s.url_of(A))
            named = get(s, "--hsts", "missing/mine", s.url_of(A))
        assert (fetch.exit, fetch.err) == (0, "")
        assert named.exit == 23
        assert "'missing/mine'" in named.sentence

    def test_curl_reads_ours_and_we_read_curls(
        self, duet, get, ca, hosts, need
    ):
        curl = type(duet)(need("curl"), duet.home, duet.env)
        with hosts({"/": self.says("max-age=9999; includeSubDomains")}) as s:
            words = ["-sS", "--cacert", ca.file, *s.where(), "--hsts"]
            get(s, "--hsts", "ours", s.url_of(TOP))
            theirs = curl.run(*words, "ours", s.url_of(A, scheme="http"))
            curl.run(*words, "curls", s.url_of(TOP))
            ours = get(s, "--hsts", "curls", s.url_of(A, scheme="http"))
        assert (theirs.exit, theirs.out) == (0, b"ok"), theirs.err
        assert (ours.exit, ours.out) == (0, b"ok"), ours.err


def user_of(request):
    """Of HTTP basic authentication."""
    kind, _, value = request.fields.get("authorization", "").partition(" ")
    assert kind in ("", "Basic")
    return base64.b64decode(value).decode()


class TestNetrc:
    """Names and passwords by host."""

    @pytest.fixture(name="netrc")
    def fixture_netrc(self, duet):
        """netrc(text, name): such a file."""

        def netrc(text, name=".netrc", mode=0o600):
            path = duet.home / name
            path.write_text(text)
            path.chmod(mode)

        return netrc

    TWO = f'machine {A} login al password "open sesame"\nmachine {B} login bo'

    def test_each_host_gets_its_own(self, get, hosts, netrc):
        def function(request):
            if request.target == "/hop":
                return redirect(server.url_of(B, "/next"))
            if request.target == "/next":
                return redirect(server.url_of(EVIL, "/end"))
            return answer(b"ok")

        netrc(self.TWO + "\ndefault login de password fault")
        with hosts(function) as server:
            assert get(server, "-n", server.url_of(A, "/hop")).exit == 0
            get(server, "--netrc", server.url_of(EVIL))
            get(server, server.url_of(A))
        # The default is for whom the user names, and not for who is led to.
        assert [user_of(r) for r in server.requests] == [
            "al:open sesame",
            "bo:",
            "",
            "de:fault",
            "",
        ]

    def test_a_file_by_name_and_who_knows_better(self, get, hosts, netrc):
        netrc(self.TWO, "mine")
        with hosts({}) as s:
            get(s, "--netrc-file", "mine", s.url_of(A))
            get(s, "--netrc-file", "mine", "-u", "x:y", s.url_of(A))
            url = s.url_of(A).replace("//", "//v:w@")
            get(s, "--netrc-file", "mine", url)
            words = ["-H", "Authorization: Basic Og=="]
            get(s, "--netrc-file", "mine", *words, s.url_of(A))
        users = [user_of(r) for r in s.requests]
        assert users == ["al:open sesame", "x:y", "v:w", ":"]

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
    def test_a_file_for_others_is_refused(self, get, hosts, netrc, mode):
        netrc(self.TWO, mode=mode)
        with hosts({}) as s:
            fetch = get(s, "-n", s.url_of(A))
            assert not s.requests
        assert fetch.exit == 26
        assert ".netrc" in fetch.sentence and "chmod 600" in fetch.sentence

    def test_what_is_wrong_is_named(self, get, hosts, netrc):
        netrc("machine a.org\nlogin u key secret", "mine")
        with hosts({}) as s:
            wrong = get(s, "--netrc-file", "mine", s.url_of(A))
            missing = get(s, "-n", s.url_of(A))
            assert not s.requests
        assert (wrong.exit, missing.exit) == (26, 26)
        assert "'mine', line 2" in wrong.sentence
        assert "secret" not in wrong.err
        assert "/.netrc'" in missing.sentence

    def test_never_over_http(self, duet, hosts, netrc):
        netrc("machine localhost login u password p")
        with plain_server() as (url, heads):
            fetch = duet.get("-n", "--insecure-http", url)
        assert fetch.exit == 0, fetch.err
        assert b"authorization" not in heads[0].lower()
        assert hosts


@contextlib.contextmanager
def plain_server():
    """Without TLS; what was asked."""
    heads = []
    sock = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                peer, _ = sock.accept()
                with peer:
                    heads.append(peer.recv(65536))
                    peer.sendall(answer(b"ok", "Connection: close"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{sock.getsockname()[1]}/", heads
    finally:
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()
        thread.join(timeout=10)


class TestBearer:
    """RFC 6750."""

    def test_goes_to_one_origin(self, duet, get, hosts):
        def function(request):
            if request.target == "/hop":
                return redirect("/away")
            if request.target == "/away":
                return redirect(server.url_of(B, "/end"))
            return answer(b"ok")

        (duet.home / "token").write_text("from-file=\n")
        with hosts(function) as server:
            get(server, "--bearer", "abc.def", server.url_of(A, "/hop"))
            get(server, "--bearer", "@token", server.url_of(A))
            words = ["--bearer", "@-"]
            get(server, *words, server.url_of(A), stdin=b"from-stdin")
        assert [r.fields.get("authorization") for r in server.requests] == [
            "Bearer abc.def",
            "Bearer abc.def",
            None,
            "Bearer from-file=",
            "Bearer from-stdin",
        ]

    @pytest.mark.parametrize(
        "number, words, why",
        [
            (2, ["--bearer", "a b", "localhost:1"], "no token"),
            (2, ["--bearer", "", "localhost:1"], "no token"),
            (26, ["--bearer", "@missing", "localhost:1"], "check the name"),
            (2, ["--bearer", "a", "-u", "a:b", "localhost:1"], "leave one"),
            (
                2,
                ["--bearer", "a", "--insecure-http", "http://localhost:1/"],
                "https:// only",
            ),
            (2, ["--hsts", "x", "--no-hsts", "localhost:1"], "leave one"),
            (2, ["--compressed", "-r", "0-1", "localhost:1"], "leave one"),
            (
                2,
                ["--compressed", "-H", "Range: bytes=0-1", "localhost:1"],
                "do not go together",
            ),
        ],
    )
    def test_is_refused_in_words(self, duet, number, words, why):
        fetch = duet.get(*words)
        assert fetch.exit == number, fetch.err
        assert why in fetch.sentence


def zeroes_gzip(size):
    """So many of them, a mebibyte at a time; the sum at its end is not right,
    for nobody gets there."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = engine.compress(bytes(1 << 20))
    block += engine.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return head + block * (size >> 20) + b"\x03\0" + bytes(8)


def zeroes_zstd(size):
    """The same as frames."""
    frame = zstandard.ZstdCompressor().compress(bytes(1 << 20))
    return frame * (size >> 20)


def encode(coding, text):
    """By Python's libraries."""
    return {
        "gzip": lambda: gzip.compress(text, mtime=0),
        "br": lambda: brotli.compress(text),
        "zstd": lambda: zstandard.ZstdCompressor().compress(text),
    }[coding]()


CODINGS = ("gzip", "br", "zstd")


class TestCompressed:
    """Bodies that come encoded."""

    @pytest.mark.parametrize("coding", CODINGS)
    def test_is_asked_for_and_undone(self, duet, get, hosts, coding):
        packed = encode(coding, TEXT)
        lines = [f"Content-Encoding: {coding}"]
        with hosts({"/": answer(packed, *lines)}) as s:
            fetch = get(s, "--compressed", "-v", "-o", "f", s.url_of(A))
            told = get(s, "--compressed", "--json", s.url_of(A))
            plain = get(s, "--json", "-o", "g", s.url_of(A))
        assert fetch.exit == 0, fetch.err
        assert (duet.home / "f").read_bytes() == TEXT
        assert s.requests[0].fields["accept-encoding"] == "zstd, br, gzip"
        assert f"decoded ({coding}): {len(TEXT)} bytes" in fetch.err
        assert told.json["coding"] == coding
        assert told.json["sizes"]["expected"] == len(packed)
        assert told.json["sizes"]["body"] == len(packed)
        assert told.json["sizes"]["decoded"] == len(TEXT)
        assert told.json["evidence"] == "length"
        # A file is what the server has, unless asked for otherwise.
        assert "accept-encoding" not in s.requests[2].fields
        assert (duet.home / "g").read_bytes() == packed
        assert plain.json["sizes"]["decoded"] is None
        assert plain.json["coding"] is None

    def test_several_and_in_pieces(self, get, hosts):
        packed = encode("gzip", encode("br", TEXT))

        def function(_):
            yield (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                b"Content-Encoding: br\r\nContent-Encoding: x-gzip\r\n\r\n"
            )
            for i in range(0, len(packed), 100):
                piece = packed[i : i + 100]
                yield b"%x\r\n%s\r\n" % (len(piece), piece)
            yield b"0\r\n\r\n"

        with hosts(function) as s:
            fetch = get(s, "--compressed", s.url_of(A))
        assert (fetch.exit, fetch.out) == (0, TEXT), fetch.err

    def test_members_and_no_body(self, get, hosts):
        lines = ["Content-Encoding: gzip"]
        table = {
            "/members": answer(
                gzip.compress(b"one ") + gzip.compress(b"two"), *lines
            ),
            "/none": answer(b"", *lines),
            "/head": answer(b"", *lines, length=1000),
        }
        with hosts(table) as s:
            members = get(s, "--compressed", s.url_of(A, "/members"))
            none = get(s, "--compressed", s.url_of(A, "/none"))
            head = get(s, "--compressed", "-I", s.url_of(A, "/head"))
        assert (members.exit, members.out) == (0, b"one two"), members.err
        assert (none.exit, none.out) == (0, b"")
        assert head.exit == 0, head.err

    @pytest.mark.parametrize("coding", CODINGS)
    def test_a_stream_that_is_cut_in_a_whole_message(
        self, duet, get, hosts, coding
    ):
        packed = encode(coding, TEXT)[:-5]
        lines = [f"Content-Encoding: {coding}"]
        with hosts({"/": answer(packed, *lines)}) as s:
            fetch = get(s, "--compressed", "--json", "-o", "f", s.url_of(A))
        assert fetch.exit == 18, fetch.err
        assert fetch.json["error"]["word"] == "coding_cut"
        assert fetch.json["evidence"] == "length"
        assert "message is whole" in fetch.sentence
        assert not (duet.home / "f").exists()
        part = (duet.home / "f.part").read_bytes()
        assert TEXT.startswith(part)

    @pytest.mark.parametrize(
        "body, coding, why",
        [
            (b"<!doctype html>", "gzip", "gzip: damaged"),
            (b"<!doctype html>", "br", "(br: "),
            (b"<!doctype html>", "zstd", "zstd: damaged"),
            (encode("gzip", TEXT) + b"x", "gzip", "after its end"),
            (
                encode("gzip", TEXT)[:-8] + bytes(8),
                "gzip",
                "gzip: damaged",
            ),
            (zlib.compress(TEXT), "deflate", "'deflate', which was not"),
            (b"x", "gzip, gzip, gzip, gzip", "more than 3 times"),
        ],
        ids=range(7),
    )
    def test_what_is_none_is_refused(
        self, duet, get, hosts, body, coding, why
    ):
        with hosts({"/": answer(body, f"Content-Encoding: {coding}")}) as s:
            fetch = get(s, "--compressed", "-o", "f", s.url_of(A))
        assert fetch.exit == 61, fetch.err
        assert why in fetch.sentence
        assert "--compressed" in fetch.sentence
        assert not (duet.home / "f").exists()

    def test_a_window_that_is_too_large_is_refused(self, get, hosts):
        engine = zstandard.ZstdCompressor(
            compression_params=zstandard.ZstdCompressionParameters(
                window_log=24
            )
        ).compressobj()
        packed = engine.compress(TEXT) + engine.flush()
        with hosts({"/": answer(packed, "Content-Encoding: zstd")}) as s:
            fetch = get(s, "--compressed", s.url_of(A))
        assert fetch.exit == 63, fetch.err
        assert "8 MiB" in fetch.sentence

    @pytest.mark.parametrize(
        "make, coding", [(zeroes_gzip, "gzip"), (zeroes_zstd, "zstd")]
    )
    def test_a_bomb_of_10_gb_ends_soon(
        self, duet, ca, hosts_context, make, coding
    ):
        bomb = answer(make(10 << 30), f"Content-Encoding: {coding}")
        with Unheard(hosts_context, lambda _: bomb) as s:
            words = ["--compressed", "-o", "/dev/null", "--cacert", ca.file]
            words += [*s.where(), s.url_of(A)]
            began = time.monotonic()
            done = run_measured(
                [duet.path, "get", *words], duet.env, duet.home
            )
            took = time.monotonic() - began
        assert done.exit == 63, done.err
        assert "is a bomb" in done.err and "without --compressed" in done.err
        # The sanitizers take some of both.
        assert done.peak_kb < 300 * 1024
        assert took < 30, took
        assert done.cpu_s < 20

    @pytest.mark.parametrize("accept", CODINGS)
    def test_from_duet_serve(self, duet, ca, identity, accept):
        root = duet.home / "site"
        root.mkdir()
        (root / "text.txt").write_bytes(TEXT)
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(root, *words) as served:
            options = ["--json", "--compressed", "--cacert", ca.file]
            url = served.url + "text.txt"
            header = ["-H", f"Accept-Encoding: {accept}"]
            one = duet.get(*options, *header, "-o", "one", url)
            any_of_them = duet.get(*options, "-o", "any", url)
        assert (one.exit, any_of_them.exit) == (0, 0), one.err
        assert one.json["coding"] == accept
        assert any_of_them.json["coding"] in CODINGS
        for name in ("one", "any"):
            assert (duet.home / name).read_bytes() == TEXT

    @pytest.mark.parametrize(
        "peer, coding",
        [("nginx", "gzip"), ("caddy", "zstd"), ("caddy", "gzip")],
    )
    def test_from_others(self, duet, ca, need, identity, peer, coding):
        root = duet.home / "site"
        root.mkdir(mode=0o755)
        (root / "text.txt").write_bytes(TEXT)
        work = duet.home / "peer"
        work.mkdir(mode=0o755)
        kind = {"nginx": NginxGzip, "caddy": CaddyEncode}[peer]
        with kind(need(peer), work, root, identity).running() as server:
            fetch = duet.get(
                *("--json", "--compressed", "--cacert", ca.file, "-o", "f"),
                *("-H", f"Accept-Encoding: {coding}"),
                server.url + "text.txt",
            )
        assert fetch.exit == 0, fetch.err
        assert fetch.json["coding"] == coding
        assert fetch.json["sizes"]["decoded"] == len(TEXT)
        assert fetch.json["sizes"]["body"] < len(TEXT)
        assert (duet.home / "f").read_bytes() == TEXT


class NginxGzip(Nginx):
    """It packs what is larger than 20 bytes."""

    extra = "gzip on; gzip_types *; gzip_http_version 1.0;"


class CaddyEncode(Caddy):
    """The same of Caddy, in two codings."""

    def config(self):
        text = super().config()
        return text.replace("file_server", "encode zstd gzip\n    file_server")
