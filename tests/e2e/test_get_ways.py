# SPDX-License-Identifier: MIT
"""`duet get` by ways that are not straight: proxies of others and hostile
ones, unix sockets, other addresses, names beyond ASCII."""

import base64
import contextlib
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from support import pki
from support.answers import Answers, answer, redirect
from support.listener import Listener
from support.peers.nginx import Nginx, PlainNginx
from support.peers.socks import (
    Dante,
    DanteThatRefuses,
    Microsocks,
    MicrosocksForAlice,
)
from support.peers.tinyproxy import (
    Tinyproxy,
    TinyproxyByTls,
    TinyproxyForAlice,
    TinyproxyThatFilters,
)
from support.wire import LIMIT_S, Wire, server_context

PROXY = 97  # exit status
BODY = b"".join(b"%07d\n" % i for i in range(100000))


@pytest.fixture(name="server")
def fixture_server(identity):
    """One that remembers what it was asked."""
    context = server_context(identity)
    with Answers(context, lambda _: answer(BODY)) as found:
        yield found


@pytest.fixture(name="get")
def fixture_get(duet, ca):
    """One fetch that trusts the authority of this run."""

    def get(*words, **more):
        return duet.get("--cacert", ca.file, *words, **more)

    return get


@pytest.fixture(name="peer")
def fixture_peer(need, work, site, identity):
    """with peer(Kind) as p: other people's program, running."""

    @contextlib.contextmanager
    def peer(kind):
        program = need(*kind.programs)
        if kind is TinyproxyByTls:
            need("tinyproxy")
        directory = Path(tempfile.mkdtemp(dir=work))
        directory.chmod(0o755)
        try:
            with kind(program, directory, site, identity).running() as found:
                yield found
        finally:
            shutil.rmtree(directory)

    return peer


def closed_port():
    """Where nobody listens, for as long as the socket lives."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock, sock.getsockname()[1]


class TestConnect:
    """HTTP proxies."""

    @pytest.mark.parametrize("kind", [Tinyproxy, TinyproxyByTls])
    def test_a_tunnel_carries_all_of_it(self, get, ca, peer, server, kind):
        with peer(kind) as proxy:
            fetch = get(
                *("--json", "-o", "out", "-x", proxy.url),
                *("--proxy-cacert", ca.file, server.url),
            )
            assert fetch.exit == 0, fetch.err
            assert fetch.json["proxy"] == proxy.url
            assert fetch.json["tls"]["verified"]
            assert f"CONNECT localhost:{server.listener.port}" in proxy.said()
        assert fetch.json["sizes"]["body"] == len(BODY)

    @pytest.mark.parametrize("kind", [Tinyproxy, TinyproxyByTls])
    def test_a_kept_tunnel_serves_again(self, get, ca, peer, server, kind):
        with peer(kind) as proxy:
            fetch = get(
                *("-v", "-x", proxy.url, "--proxy-cacert", ca.file),
                *(server.url + "1", server.url + "2"),
            )
        assert fetch.exit == 0, fetch.err
        assert fetch.out == BODY + BODY
        assert server.listener.accepted == 1
        assert f", the proxy {proxy.url}\n" in fetch.err
        assert "once more over the connection to" in fetch.err

    @pytest.mark.parametrize("kind", [Tinyproxy, TinyproxyByTls, Microsocks])
    def test_http2_inside(self, get, duet, ca, peer, site, identity, kind):
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(site, *words) as served, peer(kind) as proxy:
            url = getattr(proxy, "url", "")
            if kind is Microsocks:
                url = f"socks5h://{proxy.where}"
            fetch = get(
                *("-x", url, "--proxy-cacert", ca.file, "--json"),
                *("-o", "out", served.url + "big.bin"),
            )
        assert fetch.exit == 0, fetch.err
        assert fetch.json["tls"]["alpn"] == "h2"
        got = (duet.home / "out").read_bytes()
        assert got == (site / "big.bin").read_bytes()

    def test_each_name_has_a_tunnel_of_its_own(
        self, get, duet, peer, site, identity
    ):
        """The address of both is the proxy's, which proves nothing."""
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(site, *words) as served, peer(Tinyproxy) as proxy:
            hosts = [f"{h}:{served.port}" for h in ("localhost", "127.0.0.1")]
            urls = [f"https://{host}/small.txt" for host in hosts]
            fetch = get("-x", proxy.url, *urls)
            said = proxy.said()
        assert (fetch.exit, fetch.out) == (0, b"a small file\n" * 2), fetch.err
        assert all(f"CONNECT {host}" in said for host in hosts)

    @pytest.mark.parametrize("kind", [Tinyproxy, TinyproxyByTls])
    def test_a_large_body_goes_up(self, get, duet, ca, peer, server, kind):
        body = BODY * 8
        (duet.home / "form").write_bytes(body)
        with peer(kind) as proxy:
            fetch = get(
                *("-x", proxy.url, "--proxy-cacert", ca.file),
                *("-X", "PUT", "-d", "@form", "-o", "out", server.url),
            )
        assert fetch.exit == 0, fetch.err
        assert server.last.body == body.replace(b"\n", b"")

    def test_the_credentials_of_a_proxy_are_no_header(self, get, server):
        fetch = get("-H", "proxy-authorization: Basic eA==", server.url)
        assert fetch.exit == 2
        assert "the server would see it" in fetch.sentence
        assert not server.requests

    @pytest.mark.parametrize(
        "words",
        [
            ["-x", "http://alice:wonder@127.0.0.1:{}"],
            ["-x", "127.0.0.1:{}", "-U", "alice:wonder"],
            ["-x", "http://bob:no@127.0.0.1:{}", "--proxy-user=alice:wonder"],
        ],
    )
    def test_a_password_is_the_proxys_alone(self, get, peer, server, words):
        with peer(TinyproxyForAlice) as proxy:
            words = [word.format(proxy.port) for word in words]
            fetch = get("-u", "me:mine", *words, server.url)
        assert (fetch.exit, fetch.out) == (0, BODY), fetch.err
        assert "proxy-authorization" not in server.last.fields
        mine = base64.b64encode(b"me:mine").decode()
        assert server.last.fields["authorization"] == f"Basic {mine}"

    def test_a_wrong_password_and_none(self, get, peer, server):
        with peer(TinyproxyForAlice) as proxy:
            none = get("-x", proxy.url, server.url)
            wrong = get("-x", proxy.url, "-U", "alice:no", server.url)
        assert none.exit == wrong.exit == PROXY
        assert f"the proxy {proxy.url}: it wants authentication (407)" in (
            none.sentence
        )
        assert none.sentence.endswith("; see --proxy-user")
        assert "it refuses this name and password (4" in wrong.sentence
        assert not server.requests

    def test_a_rule_and_a_name_that_there_is_not(self, get, peer, server):
        with peer(TinyproxyThatFilters) as proxy:
            rule = get("-x", proxy.url, server.url)
            nobody = get("-x", proxy.url, "https://only.example/")
        assert rule.exit == nobody.exit == PROXY
        port = server.listener.port
        assert (
            f"it refuses a way to 'localhost' port {port}: 403 Filtered"
            in (rule.sentence)
        )
        assert "'only.example' port 443: 500 " in nobody.sentence

    def test_plain_http_is_asked_of_the_proxy(self, duet, peer):
        with peer(PlainHttp) as server, peer(TinyproxyForAlice) as proxy:
            words = ["--insecure-http", "-v", "-x", proxy.url]
            url = f"http://127.0.0.1:{server.port}/small.txt"
            fetch = duet.get(*words, "-U", "alice:wonder", url)
            refused = duet.get(*words, url)
            assert f"GET {url}" in proxy.said()
        assert (fetch.exit, fetch.out) == (0, b"a small file\n"), fetch.err
        assert f"> GET {url} HTTP/1.1" in fetch.err
        assert "Proxy-Authorization" not in fetch.err  # it is a secret
        assert refused.exit == PROXY
        assert "(proxy 127.0.0.1:" in refused.sentence
        assert "it wants authentication (407)" in refused.sentence

    def test_a_redirect_goes_its_own_way(self, get, peer, identity, server):
        context = server_context(identity)
        with Answers(context, lambda _: redirect(server.url)) as first:
            with peer(Tinyproxy) as proxy:
                where = f"localhost:{server.listener.port}"
                fetch = get(*("-x", proxy.url, "--noproxy", where, first.url))
                said = proxy.said()
        assert (fetch.exit, fetch.out) == (0, BODY), fetch.err
        assert f"CONNECT localhost:{first.listener.port}" in said
        assert f"CONNECT {where}" not in said

    def test_an_https_proxy_is_verified(self, get, work, peer, server):
        stranger = pki.Authority(work / "pki", "A Stranger")
        with peer(TinyproxyByTls) as proxy:
            fetch = get(
                *("-x", proxy.url, "--proxy-cacert", stranger.file),
                server.url,
            )
            name = get(
                *("-x", proxy.url.replace("localhost", "127.0.0.9")),
                server.url,
            )
        assert fetch.exit == 60
        assert f"the proxy {proxy.url}: " in fetch.sentence
        assert fetch.sentence.endswith("; see --proxy-cacert")
        # it listens at one address only
        assert name.exit == 7
        assert "the proxy https://127.0.0.9:" in name.sentence

    def test_the_name_of_an_https_proxy_counts(self, get, ca, peer, server):
        with peer(TinyproxyByTls) as proxy:
            port = proxy.port
            fetch = get(
                *("-x", f"https://proxy.example:{port}"),
                *("--resolve", f"proxy.example:{port}:127.0.0.1"),
                *("--proxy-cacert", ca.file, server.url),
            )
        assert fetch.exit == 60
        assert "the proxy https://proxy.example:" in fetch.sentence
        assert "the proxy's certificate is for " in fetch.sentence
        assert "server" not in fetch.sentence

    def test_a_name_is_not_turned_into_another(self, get, ca, server):
        """What is said of a server is said of the proxy; names stay."""
        identity = ca.issue("server.test")
        with Answers(server_context(identity), None) as proxy:
            fetch = get(
                *("-x", f"https://localhost:{proxy.listener.port}"),
                *("--proxy-cacert", ca.file, server.url),
            )
        assert fetch.exit == 60
        assert "the proxy's certificate is for server.test, " in fetch.sentence


class PlainHttp(Nginx):
    """nginx without TLS on a port."""

    name = "nginx-http"

    def listen(self):
        return f"\n        listen 127.0.0.1:{self.port};"


class TestSocks:
    """SOCKS5 proxies."""

    @pytest.mark.parametrize("kind", [Microsocks, Dante])
    @pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
    def test_carries_all_of_it(self, get, peer, server, kind, scheme):
        with peer(kind) as proxy:
            fetch = get("-v", "-x", f"{scheme}://{proxy.where}", server.url)
        assert (fetch.exit, fetch.out) == (0, BODY), fetch.err
        assert f", the proxy {scheme}://{proxy.where}\n" in fetch.err

    def test_who_resolves_the_name(self, get, ca, peer, identity):
        named = ca.issue("www.example.org")
        with Answers(
            server_context(named), lambda _: answer(b"ok")
        ) as server, peer(Microsocks) as proxy:
            port = server.listener.port
            words = [
                *("--resolve", f"www.example.org:{port}:127.0.0.1"),
                f"https://www.example.org:{port}/",
            ]
            here = get("-x", f"socks5://{proxy.where}", *words)
            there = get("-x", f"socks5h://{proxy.where}", *words)
        assert (here.exit, here.out) == (0, b"ok"), here.err
        # it has never heard of that
        assert there.exit == PROXY
        assert "it cannot reach 'www.example.org' port" in there.sentence
        assert identity

    def test_a_name_and_a_password(self, get, peer, server):
        with peer(MicrosocksForAlice) as proxy:
            where = proxy.where
            good = get("-x", f"socks5h://alice:wonder@{where}", server.url)
            wrong = get("-x", f"socks5h://alice:no@{where}", server.url)
            none = get("-x", f"socks5h://{where}", server.url)
        assert (good.exit, good.out) == (0, BODY), good.err
        assert "it refuses this name and password" in wrong.sentence
        assert "it wants authentication" in none.sentence
        assert wrong.exit == none.exit == PROXY
        assert none.sentence.endswith("; see --proxy-user")

    def test_refusals_in_words(self, get, peer, server):
        held, port = closed_port()
        with held, peer(Microsocks) as proxy:
            closed = get(
                "-x", f"socks5h://{proxy.where}", f"https://127.0.0.1:{port}/"
            )
        with peer(DanteThatRefuses) as proxy:
            rules = get("-x", f"socks5h://{proxy.where}", server.url)
        assert closed.exit == rules.exit == PROXY
        assert "(SOCKS reply 5): the connection was refused there" in (
            closed.sentence
        )
        assert "(SOCKS reply 2): its rules do not allow that" in (
            rules.sentence
        )

    def test_plain_http_goes_through_as_it_is(self, duet, peer):
        with peer(PlainHttp) as server, peer(Microsocks) as proxy:
            fetch = duet.get(
                *("--insecure-http", "-x", f"socks5://{proxy.where}"),
                f"http://127.0.0.1:{server.port}/small.txt",
            )
        assert (fetch.exit, fetch.out) == (0, b"a small file\n"), fetch.err


class TestEnvironment:
    """As curl takes it, and what comes before it."""

    @pytest.mark.parametrize(
        "names, through",
        [
            (["https_proxy"], True),
            (["HTTPS_PROXY"], True),
            (["all_proxy"], True),
            (["ALL_PROXY"], True),
            (["http_proxy"], False),
            (["HTTP_PROXY"], False),
        ],
    )
    def test_names_of_variables(self, duet, get, peer, server, names, through):
        with peer(Tinyproxy) as proxy:
            for name in names:
                duet.env[name] = proxy.url
            fetch = get("--json", "-o", "out", server.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.json["proxy"] == (proxy.url if through else None)

    @pytest.mark.parametrize(
        "name, through",
        [("http_proxy", True), ("HTTP_PROXY", False), ("all_proxy", True)],
    )
    def test_http_has_a_variable_of_its_own(self, duet, peer, name, through):
        with peer(PlainHttp) as server, peer(Tinyproxy) as proxy:
            duet.env[name] = proxy.url
            url = f"http://127.0.0.1:{server.port}/small.txt"
            fetch = duet.get("--insecure-http", "-o", "out", "--json", url)
        assert fetch.exit == 0, fetch.err
        assert fetch.json["proxy"] == (proxy.url if through else None)

    @pytest.mark.parametrize(
        "words, no_proxy, through",
        [
            ([], "", True),
            ([], "localhost", False),
            ([], "*", False),
            ([], ".localhost", False),
            ([], "127.0.0.0/8", True),
            (["--noproxy", "other.example"], "localhost", True),
            (["--noproxy", "localhost"], "", False),
            (["--noproxy", ""], "*", True),
            (["--proxy", ""], "", False),
        ],
    )
    def test_who_is_reached_without(
        self, duet, get, peer, server, words, no_proxy, through
    ):
        with peer(Tinyproxy) as proxy:
            duet.env["https_proxy"] = proxy.url
            duet.env["no_proxy"] = no_proxy
            fetch = get(*words, "--json", "-o", "out", server.url)
        assert fetch.exit == 0, fetch.err
        assert fetch.json["proxy"] == (proxy.url if through else None)

    def test_addresses_and_blocks(self, duet, get, peer, server):
        url = server.url.replace("localhost", "127.0.0.1")
        with peer(Tinyproxy) as proxy:
            duet.env["https_proxy"] = proxy.url
            for no_proxy, through in [
                ("127.0.0.0/8", None),
                ("10.0.0.0/8", proxy.url),
                ("127.0.0.1", None),
            ]:
                duet.env["NO_PROXY"] = no_proxy
                fetch = get("--json", "-o", "out", url)
                assert fetch.exit == 0, fetch.err
                assert fetch.json["proxy"] == through

    def test_what_is_no_proxy(self, duet, get):
        duet.env["https_proxy"] = "ftp://alice:secret@proxy.example"
        fetch = get("https://localhost/")
        assert fetch.exit == 2
        assert "the proxy: ftp:// is not a kind we know" in fetch.sentence
        assert fetch.sentence.endswith("from the environment (*_proxy)")
        assert "secret" not in fetch.err
        del duet.env["https_proxy"]
        blocks = get("--noproxy", "10.0.0.0/33", "https://localhost/")
        assert blocks.exit == 2
        assert "no proxy for '10.0.0.0/33'" in blocks.sentence


@contextlib.contextmanager
def hostile(serve):
    """A proxy that does as serve(sock, head) does."""

    def one(sock):
        sock.settimeout(LIMIT_S)
        data = b""
        while b"\r\n\r\n" not in data:
            more = sock.recv(65536)
            if not more:
                return
            data += more
        with contextlib.suppress(OSError):
            serve(sock, data)

    with Listener(one) as listener:
        yield f"http://127.0.0.1:{listener.port}"
    assert not listener.errors, listener.errors


def says(*pieces):
    """Bytes, and then it waits for the client to leave."""

    def serve(sock, _):
        for piece in pieces:
            sock.sendall(piece)
        while sock.recv(65536):
            pass

    return serve


def endless(sock, _):
    """A head without an end."""
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"X-More: and more\r\n" * 100)


def endless_interim(sock, _):
    """100 and 100 and 100."""
    while True:
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def leaves(sock, _):
    """Without a word."""
    sock.shutdown(socket.SHUT_RDWR)


class TestHostile:
    """What calls itself a proxy."""

    @pytest.mark.parametrize(
        "serve, words",
        [
            (endless, "its answer to CONNECT is no good"),
            (endless_interim, "its answer to CONNECT is no good"),
            (leaves, "it ended the connection before its answer"),
            (says(b"hello there\r\n\r\n"), "is no good"),
            (says(b"HTTP/1.1 200 OK\nX y: z\n\n"), "is no good"),
            (says(b"HTTP/1.1 200 " + b"x" * 10000), "is no good"),
            (says(b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03"), "nobody asked for"),
            (says(b"HTTP/1.1 200 OK\r\nTransfer-En"), "within 1000 ms"),
            (says(b"\x15\x03\x01\x00\x02\x02\x46"), "it speaks TLS"),
            (says(b"\x05\xff"), "it speaks SOCKS5"),
            (says(b"HTTP/1.1 302 Go\r\nLocation: /\r\n\r\n"), "302 Go"),
            (
                says(b"HTTP/1.1 407 \r\nProxy-Authenticate: NTLM\r\n\r\n"),
                "by NTLM (407)",
            ),
        ],
    )
    def test_each_is_a_sentence(self, get, serve, words):
        with hostile(serve) as proxy:
            fetch = get(
                *("-x", proxy, "--connect-timeout", "1"),
                "https://www.example.org/",
            )
        assert fetch.exit == (28 if "within" in words else PROXY)
        assert f"the proxy {proxy}: " in fetch.sentence
        assert words in fetch.sentence
        assert len(fetch.err) < 700

    def test_one_that_plays_the_server(self, get, ca, work):
        """It may open the tunnel to itself; it has not the certificate."""
        stranger = pki.Authority(work / "pki", "Another Stranger")
        context = server_context(stranger.issue("www.example.org"))

        def serve(sock, _):
            sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with contextlib.suppress(Exception):
                Wire(sock, context, server=True).handshake()

        with hostile(serve) as proxy:
            fetch = get("-x", proxy, "https://www.example.org/")
        assert fetch.exit == 60
        assert "https://www.example.org/ (proxy 127.0.0.1:" in fetch.sentence
        assert fetch.sentence.endswith("; see --cacert")
        assert ca

    def test_one_that_cuts_the_body(self, get, server):
        """The evidence is the server's: a tunnel's end is none."""

        def serve(sock, _):
            sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with socket.create_connection(
                ("127.0.0.1", server.listener.port), timeout=LIMIT_S
            ) as behind:
                relay(sock, behind, 100000)

        with hostile(serve) as proxy:
            fetch = get("-x", proxy, "-o", "out", server.url)
        assert fetch.exit == 18
        assert "out.part" in fetch.err

    def test_plain_http_where_tls_is_meant(self, get, server):
        with hostile(says(b"")) as proxy:
            fetch = get(
                *("-x", proxy.replace("http:", "https:")),
                *("--connect-timeout", "0.5", server.url),
            )
        assert fetch.exit == 28
        assert "the TLS handshake with it is not over" in fetch.sentence

        def plain(sock):
            sock.settimeout(LIMIT_S)
            sock.recv(65536)
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            while sock.recv(65536):
                pass

        with Listener(plain) as listener:
            fetch = get(
                *("-x", f"https://127.0.0.1:{listener.port}", server.url)
            )
        assert fetch.exit == 35
        assert f"the proxy https://127.0.0.1:{listener.port}: " in (
            fetch.sentence
        )
        assert "plain HTTP" in fetch.sentence

    def test_nobody_there(self, get, server):
        held, port = closed_port()
        with held:
            refused = get("-x", f"http://127.0.0.1:{port}", server.url)
        unknown = get("-x", "http://no-proxy.invalid:3128", server.url)
        assert (refused.exit, unknown.exit) == (7, 6)
        assert f"the proxy http://127.0.0.1:{port}: cannot connect" in (
            refused.sentence
        )
        assert "the proxy http://no-proxy.invalid:3128: the name " in (
            unknown.sentence
        )


def relay(client, server, limit):
    """Both ways, until so many bytes have gone to the client."""
    sent = 0
    server.settimeout(0.01)
    client.settimeout(0.01)
    while sent < limit:
        with contextlib.suppress(TimeoutError):
            server.sendall(client.recv(65536))
        with contextlib.suppress(TimeoutError):
            data = server.recv(16384)
            client.sendall(data)
            sent += len(data)


class TestUnixSocket:
    """Servers that are reached by a path."""

    def test_nginx(self, duet, peer):
        with peer(PlainNginx) as server:
            fetch = duet.get(
                *("--insecure-http", "-v", "--unix-socket", server.path),
                "http://www.example.org/small.txt",
            )
        assert (fetch.exit, fetch.out) == (0, b"a small file\n"), fetch.err
        assert f"connected to unix:{server.path}" in fetch.err

    def test_duet_serve(self, duet, ca, site, identity):
        path = duet.home / "s.sock"
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(site, *words, "--listen", f"unix:{path}"):
            duet.env["https_proxy"] = "http://nobody.invalid:1"
            fetch = duet.get(
                *("--cacert", ca.file, "--unix-socket", path),
                *("-4", "https://localhost/small.txt"),
            )
        assert (fetch.exit, fetch.out) == (0, b"a small file\n"), fetch.err

    def test_in_words(self, duet, get):
        missing = get("--unix-socket", "no.sock", "https://localhost/")
        too_long = get("--unix-socket", "x" * 200, "https://localhost/")
        both = get("--unix-socket", "x", "-x", "p", "https://localhost/")
        assert (missing.exit, too_long.exit, both.exit) == (7, 2, 2)
        assert "unix:no.sock: No such file" in missing.sentence
        assert "check the path" in missing.sentence
        assert "1 to 107 bytes" in too_long.sentence
        assert "one at a time" in both.sentence
        assert duet


class TestElsewhere:
    """Other places and addresses than the URL's."""

    @pytest.mark.parametrize(
        "rule",
        [
            "www.example.org:443:localhost:{}",
            "www.example.org::127.0.0.1:{}",
            ":443:localhost:{}",
            ":::{}",
        ],
    )
    def test_connect_to(self, get, ca, rule):
        named = ca.issue("www.example.org")
        with Answers(server_context(named), lambda _: answer(b"ok")) as server:
            words = ["--connect-to", rule.format(server.listener.port)]
            if rule.startswith(":::"):
                port = server.listener.port
                words += ["--resolve", f"*:{port}:127.0.0.1"]
            fetch = get(*words, "https://www.example.org/")
        assert (fetch.exit, fetch.out) == (0, b"ok"), fetch.err
        assert server.last.fields["host"] == "www.example.org"

    def test_connect_to_through_a_proxy(self, get, ca, peer):
        named = ca.issue("www.example.org")
        with Answers(
            server_context(named), lambda _: answer(b"ok")
        ) as server, peer(Tinyproxy) as proxy:
            where = f"127.0.0.1:{server.listener.port}"
            fetch = get(
                *("-x", proxy.url, "--connect-to", f"::{where}"),
                "https://www.example.org/",
            )
            assert f"CONNECT {where}" in proxy.said()
        assert (fetch.exit, fetch.out) == (0, b"ok"), fetch.err

    def test_what_is_no_rule(self, get):
        fetch = get("--connect-to", "a:b", "https://localhost/")
        assert fetch.exit == 2
        assert "each may be empty" in fetch.sentence

    def test_any_host_is_resolved(self, get, ca):
        named = ca.issue("www.example.org")
        with Answers(server_context(named), lambda _: answer(b"ok")) as server:
            port = server.listener.port
            fetch = get(
                *("--resolve", f"*:{port}:127.0.0.1"),
                f"https://www.example.org:{port}/",
            )
        assert (fetch.exit, fetch.out) == (0, b"ok"), fetch.err

    def test_one_family_alone(self, get, duet, site, identity):
        words = ["--cert", identity.chain_file, "--key", identity.key_file]
        with duet.serve(site, *words, "--listen", "[::]:0") as served:
            url = f"https://localhost:{served.port}/small.txt"
            both = f"localhost:{served.port}:[::1],127.0.0.1"
            six = get("-v", "-6", "--resolve", both, url)
            four = get("-4", "--resolve", both, url)
            named = get("-6", f"https://[::1]:{served.port}/small.txt")
        assert (six.exit, six.out) == (0, b"a small file\n"), six.err
        assert f"connected to [::1]:{served.port}" in six.err
        # nothing listens there, and nothing else was tried
        assert four.exit == 7
        assert "127.0.0.1:" in four.sentence
        assert "[::1]" not in four.sentence
        assert named.exit == 0, named.err

    def test_the_wrong_family(self, get):
        fetch = get("-4", "https://[::1]:9/")
        assert fetch.exit == 7
        assert "the family that is asked for" in fetch.sentence

    def test_leaving_by_an_address(self, get, identity):
        seen = []
        context = server_context(identity)

        def function(_):
            return answer(b"ok")

        with Answers(context, function) as server:
            serve = server.listener.serve

            def note(sock):
                seen.append(sock.getpeername()[0])
                serve(sock)

            server.listener.serve = note
            fetch = get("--interface", "127.0.0.9", server.url)
        assert (fetch.exit, fetch.out) == (0, b"ok"), fetch.err
        assert seen == ["127.0.0.9"]

    def test_leaving_by_an_interface(self, get, server):
        good = get("--interface", "lo", server.url)
        none = get("--interface", "no-such-one", server.url)
        foreign = get("--interface", "192.0.2.9", server.url)
        # the kernel may keep it to those who have the right to
        assert good.exit == 0 or "CAP_NET_RAW" in good.sentence
        assert none.exit == foreign.exit == 7
        assert "by interface 'no-such-one': " in none.sentence
        assert "from 192.0.2.9: Cannot assign" in foreign.sentence


@contextlib.contextmanager
def black_hole(port=0):
    """An address of loopback that answers no SYN: its queue is full."""
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.socket())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.66", port))
        sock.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(sock.getsockname())
        yield sock.getsockname()[1]


class TestHappyEyeballs:
    """RFC 8305, with addresses that refuse and one that is silent."""

    def test_a_silent_address_costs_a_quarter_of_a_second(self, get, server):
        port = server.listener.port
        with black_hole(port):
            fetch = get(
                *("--resolve", f"localhost:{port}:127.0.0.66,127.0.0.1"),
                *("--json", "-o", "out", server.url),
            )
        assert fetch.exit == 0, fetch.err
        assert fetch.json["address"] == f"127.0.0.1:{port}"
        assert 250 <= fetch.json["timings_ms"]["connected"] < 5000

    def test_one_that_refuses_costs_nothing(self, get, server):
        port = server.listener.port
        fetch = get(
            *("--resolve", f"localhost:{port}:127.0.0.67,[::1],127.0.0.1"),
            *("--json", "-o", "out", server.url),
        )
        assert fetch.exit == 0, fetch.err
        assert fetch.json["address"] == f"127.0.0.1:{port}"
        assert fetch.json["timings_ms"]["connected"] < 250

    def test_all_are_named_when_none_answers(self, get):
        with black_hole() as port:
            fetch = get(
                "--resolve",
                f"localhost:{port}:127.0.0.66,127.0.0.67,[::1],127.0.0.68",
                *("--connect-timeout", "1", f"https://localhost:{port}/"),
            )
        assert fetch.exit == 28
        # families in turn: the second is the other's
        order = [
            f"[::1]:{port}: Connection refused",
            f"127.0.0.67:{port}: Connection refused",
            f"127.0.0.68:{port}: Connection refused",
            f"127.0.0.66:{port}: no answer",
        ]
        places = [fetch.sentence.index(words) for words in order]
        assert places == sorted(places)


class TestNames:
    """Beyond ASCII."""

    def test_a_name_goes_in_its_xn_form(self, get, ca):
        named = ca.issue("xn--bcher-kva.example")
        with Answers(server_context(named), lambda _: answer(b"ok")) as server:
            port = server.listener.port
            fetch = get(
                *(
                    "-v",
                    "--resolve",
                    f"xn--bcher-kva.example:{port}:127.0.0.1",
                ),
                f"https://B\u00fccher.example:{port}/",
            )
        assert (fetch.exit, fetch.out) == (0, b"ok"), fetch.err
        assert server.last.fields["host"] == f"xn--bcher-kva.example:{port}"
        assert (
            "* the host is b\u00fccher.example, which is xn--bcher-kva.example"
            in fetch.err
        )

    @pytest.mark.parametrize(
        "host, words",
        [
            ("\U0001f600.example", "IDNA2008"),
            ("\u0430pple.example", "look alike"),
            ("xn--b\u00fccher.example", "stands for nothing"),
        ],
    )
    def test_what_is_no_name(self, get, host, words):
        fetch = get(f"https://{host}/")
        assert fetch.exit == 3
        assert words in fetch.sentence
