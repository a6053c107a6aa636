# SPDX-License-Identifier: MIT
"""`duet explain`: handshakes that go wrong, nobody there, proxies, and nginx,
h2o and Caddy, right and wrong."""

import contextlib
import json
import shutil
import socket
import ssl
import tempfile
from pathlib import Path

import pytest

from support import pki, ports
from support.answers import Answers, PlainAnswers, answer
from support.listener import Listener
from support.peers.caddy import Caddy
from support.peers.h2o import H2o
from support.peers.nginx import Nginx, NginxH2
from support.peers.socks import Microsocks
from support.peers.tinyproxy import Tinyproxy, TinyproxyThatFilters
from support.verdict import Closing, dated
from support.wire import server_context


def only(identity, lowest, highest):
    """A context of these versions."""
    context = server_context(identity)
    context.minimum_version = lowest
    context.maximum_version = highest
    return context


OLD = ssl.TLSVersion.TLSv1
NEW = ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "lowest, highest, taken, status",
    [
        (OLD, OLD, ["TLS 1.0"], 35),
        (OLD, ssl.TLSVersion.TLSv1_1, ["TLS 1.1", "TLS 1.0"], 35),
        (NEW, NEW, ["TLS 1.2"], 0),
        (NEW, ssl.TLSVersion.TLSv1_3, ["TLS 1.3", "TLS 1.2"], 0),
        (
            OLD,
            ssl.TLSVersion.TLSv1_3,
            ["TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0"],
            0,
        ),
    ],
)
def test_versions_are_found_one_by_one(
    explain, identity, lowest, highest, taken, status
):
    context = only(identity, lowest, highest)
    with Closing(context, lambda _: answer()) as server:
        verdict = explain(server.url)
    assert verdict.exit == status
    versions = verdict.json["versions"]
    assert [name for name, is_taken in versions.items() if is_taken] == taken
    assert None not in versions.values()
    if "TLS 1.0" in taken:
        verdict.tells("retired since 2021")


def test_a_version_that_was_asked_for_is_yours(explain, identity):
    with Closing(only(identity, NEW, NEW), lambda _: answer()) as server:
        verdict = explain("--min-tls", "1.3", server.url)
    assert verdict.exit == 35
    assert verdict.first["whose"] == "caller"
    verdict.tells("leave --min-tls out")


def wants_cert(ca, identity):
    """A context that lets in those with a certificate of that authority."""
    context = server_context(identity)
    context.load_verify_locations(ca.file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_a_client_certificate_opens_what_wants_one(explain, ca, identity):
    mine = ca.issue("alice", usage=(pki.CLIENT,))
    with Closing(wants_cert(ca, identity), lambda _: answer()) as server:
        assert explain(server.url).exit == 35
        verdict = explain(
            "--cert", mine.chain_file, "--key", mine.key_file, server.url
        )
    assert verdict.exit == 0


@pytest.mark.parametrize(
    "status, says",
    [
        ("200 OK", "and goes on without"),
        ("400 Bad Request", "and without one answers 400"),
    ],
)
def test_one_that_is_only_asked_for_is_told(
    explain, duet, ca, identity, status, says
):
    context = wants_cert(ca, identity)
    context.verify_mode = ssl.CERT_OPTIONAL
    mine = ca.issue("alice", usage=(pki.CLIENT,))
    with Closing(context, lambda _: answer(status=status)) as server:
        verdict = explain(server.url)
        words = ["--cert", mine.chain_file, "--key", mine.key_file]
        with_one = explain(*words, server.url)
        fetch = duet.get("-v", "--json", "--cacert", ca.file, server.url)
    assert (verdict.exit, with_one.exit) == (0, 0)
    verdict.tells(f"it asks for a client certificate, {says}")
    assert verdict.json["connection"]["certificate_wanted"] is True
    assert "asks for" not in json.dumps(with_one.json["findings"])
    assert "* the server has asked for a client certificate\n" in fetch.err
    assert fetch.json["tls"]["certificate_wanted"] is True


def test_one_of_another_ca_is_refused(explain, ca, identity, home):
    other = pki.Authority(home, "Somebody Else").issue("alice")
    with Closing(wants_cert(ca, identity), lambda _: answer()) as server:
        verdict = explain(
            "--cert", other.chain_file, "--key", other.key_file, server.url
        )
    assert verdict.exit == 35
    assert verdict.first["whose"] == "caller"
    verdict.tells("it does not take the one of --cert")


# ---- nobody there ----


def test_one_that_accepts_and_says_nothing(explain):
    def hold(sock):
        while sock.recv(65536):
            pass

    with Listener(hold) as server:
        verdict = explain("-m", 1, server.url)
    assert verdict.exit == 28
    verdict.tells("the connection was accepted, and no TLS came")


def test_a_port_where_nobody_listens(explain):
    verdict = explain(f"127.0.0.1:{ports.reserve()}")
    assert verdict.exit == 7
    assert verdict.first["whose"] == "server"
    verdict.tells("nobody listens on this port")


def test_a_name_without_an_address(explain):
    verdict = explain("nobody.invalid")
    assert verdict.exit == 6
    assert verdict.json["connection"]["address"] is None


def test_a_reset_may_come_from_in_between(explain):
    def reset(sock):
        sock.recv(1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0" * 2)

    with Listener(reset) as server:
        verdict = explain(server.url)
    assert verdict.exit == 35
    assert verdict.first["whose"] == "uncertain"
    verdict.tells("ask from another network")


@pytest.mark.parametrize("alert", [42, 48, 49, 116])
def test_an_alert_about_no_certificate_is_not_about_ours(explain, alert):
    """As boxes on the way answer a hello: nobody has asked for one."""

    def refuse(sock):
        sock.recv(65536)
        sock.sendall(bytes([21, 3, 3, 0, 2, 2, alert]))
        while sock.recv(65536):
            pass

    with Listener(refuse) as server:
        verdict = explain(server.url)
    assert verdict.exit == 35
    assert (verdict.first["word"], verdict.first["whose"]) == (
        "tls",
        "uncertain",
    )
    assert f"({alert})" in verdict.first["what"]
    assert True not in verdict.json["versions"].values()


# ---- ways ----


@pytest.fixture(name="peer")
def fixture_peer(need, work, site, identity):
    """with peer(Kind) as p: other people's program, running."""

    @contextlib.contextmanager
    def peer(kind, **more):
        program = need(*kind.programs)
        directory = Path(tempfile.mkdtemp(dir=work))
        directory.chmod(0o755)
        found = kind(program, directory, site, more.pop("of", identity))
        for name, value in more.items():
            setattr(found, name, value)
        try:
            with found.running():
                yield found
        finally:
            shutil.rmtree(directory)

    return peer


def test_a_proxy_is_gone_through_by_all(explain, peer, identity):
    with dated(identity) as server, peer(Tinyproxy) as proxy:
        verdict = explain("-x", proxy.url, server.url, screen=True)
        assert verdict.exit == 0
        assert None not in verdict.json["versions"].values()
        said = proxy.said().count(f"localhost:{server.listener.port}")
        assert said >= server.listener.accepted
    verdict.shows(f"(the proxy {proxy.url.rstrip('/')})")
    verdict.shows("http:// not known: the proxy answers that")
    assert verdict.json["plain_http"] is None


def test_the_environment_names_one_too(duet, explain, peer, identity):
    with dated(identity) as server, peer(Tinyproxy) as proxy:
        duet.env["https_proxy"] = proxy.url
        verdict = explain(server.url)
        assert verdict.json["connection"]["proxy"]
        duet.env["no_proxy"] = "localhost"
        verdict = explain(server.url)
        assert verdict.json["connection"]["proxy"] is None


def test_one_that_refuses_is_in_between(explain, peer, identity):
    with dated(identity) as server, peer(TinyproxyThatFilters) as proxy:
        verdict = explain("-x", proxy.url, server.url)
        assert server.listener.accepted == 0
    assert verdict.exit == 97
    assert verdict.first["whose"] == "between"


def test_a_proxy_that_is_not_there_is_not_the_server(explain, identity):
    with dated(identity) as server:
        away = f"http://127.0.0.1:{ports.reserve()}"
        verdict = explain("-x", away, server.url)
    assert verdict.exit == 7
    assert verdict.first["whose"] == "between"
    verdict.tells("nothing is known of the server")


@pytest.mark.parametrize(
    "status, words",
    [
        ("407 Proxy Authentication Required", "it wants authentication (407)"),
        ("403 Forbidden", ": 403 Forbidden"),
        ("502 Bad Gateway", ": 502 Bad Gateway"),
    ],
)
def test_what_a_proxy_says_is_told(explain, status, words):
    with PlainAnswers(lambda _: answer(status=status)) as proxy:
        verdict = explain("-x", proxy.url, "https://localhost/")
    assert verdict.exit == 97
    assert verdict.first["whose"] == "between"
    assert words in verdict.first["what"]


def test_the_certificate_of_a_proxy_tells_nothing_of_the_server(
    explain, identity
):
    """--cacert is not for proxies, so this one is refused."""
    with dated(identity) as server, dated(identity) as proxy:
        verdict = explain("-x", proxy.url, server.url)
        assert server.listener.accepted == 0
        assert proxy.listener.accepted == 1
    assert verdict.exit == 60
    assert verdict.first["whose"] == "between"
    verdict.tells("the certificate of the proxy", "--proxy-cacert")
    assert len(verdict.json["findings"]) == 1
    assert set(verdict.json["versions"].values()) == {None}


def test_socks_hides_nothing(explain, peer, identity):
    with dated(identity) as server, peer(Microsocks) as proxy:
        verdict = explain("-x", f"socks5h://{proxy.where}", server.url)
    assert verdict.exit == 0
    assert verdict.json["plain_http"] is not None


def test_another_address_by_resolve(explain, ca):
    with dated(ca.issue("example.org")) as server:
        port = server.listener.port
        verdict = explain(
            "--resolve",
            f"example.org:{port}:127.0.0.1",
            f"example.org:{port}",
        )
    assert verdict.exit == 0


def test_names_beyond_ascii(explain, ca):
    with dated(ca.issue("xn--bcher-kva.example")) as server:
        port = server.listener.port
        verdict = explain(
            "--resolve",
            f"xn--bcher-kva.example:{port}:127.0.0.1",
            f"b\u00fccher.example:{port}",
            screen=True,
        )
    assert verdict.exit == 0
    assert verdict.json["path_whole"] is True
    assert verdict.lines[0].startswith("GOOD  https://b\u00fccher.example:")


def test_nobody_unverified_is_told_a_secret(explain, ca):
    identity = ca.issue("example.org")
    with dated(identity) as server:
        where = server.url.replace("https://", "https://alice:secret@")
        explain(f"{where}private?token=1")
    assert {r.target for r in server.requests} == {"/"}
    assert not any("authorization" in r.fields for r in server.requests)


def test_who_is_verified_is_asked_for_the_path(explain, identity):
    with dated(identity) as server:
        explain(f"{server.url}path?query")
    assert server.requests[0].target == "/path?query"
    assert {r.target for r in server.requests[1:]} <= {"/", "/path?query"}
    assert {r.method for r in server.requests} == {"HEAD"}


# ---- other people's servers ----

PEERS = (Nginx, NginxH2, H2o, Caddy)


@pytest.mark.parametrize("kind", PEERS, ids=lambda k: k.__name__)
class TestPeers:
    """nginx, h2o and Caddy."""

    def test_right(self, explain, peer, kind):
        with peer(kind) as server:
            verdict = explain(server.url)
        assert verdict.exit == 0, verdict.json
        json = verdict.json
        assert json["versions"]["TLS 1.2"] is True
        assert json["versions"]["TLS 1.1"] is False
        assert json["protocols"]["http/1.1"] is True
        assert json["protocols"]["h2"] is (kind is not Nginx)
        assert json["groups"]["P-256"] in (True, None)
        assert json["closes"] in ("close_notify", "bare")
        assert json["plain_http"]["status"] in (400, None)
        assert json["path_whole"] is True
        assert json["resumes"] is True
        assert json["server_date"] is not None

    def test_without_its_intermediate(self, explain, peer, kind, between):
        identity = between.issue("localhost", with_chain=False)
        with peer(kind, of=identity) as server:
            verdict = explain(server.url)
        assert verdict.exit == 60
        # Nothing in that certificate tells an intermediate from a root.
        verdict.tells("'Duet Test Between'")

    def test_for_another_name(self, explain, peer, kind, ca):
        with peer(kind, of=ca.issue("example.org", "localhost")) as server:
            url = server.url.replace("localhost", "127.0.0.1")
            verdict = explain(url)
        assert verdict.exit in (35, 60)  # Caddy has no site of that name
        assert verdict.first["word"] in ("wrong_name", "tls", "server_name")

    def test_expired(self, explain, peer, kind, ca):
        identity = ca.issue("localhost", days=(-90, -2))
        with peer(kind, of=identity) as server:
            verdict = explain(server.url)
        assert (verdict.exit, verdict.first["whose"]) == (60, "server")
        verdict.tells("its own clock says")


class OldNginx(Nginx):
    """With TLS 1.2 alone, as many still have it."""

    def listen(self):
        return super().listen().replace("TLSv1.2 TLSv1.3", "TLSv1.2")


class OldCaddy(Caddy):
    """The same."""

    def config(self):
        key = str(self.identity.key_file)
        lines = f"{key} {{\n        protocols tls1.2 tls1.2\n    }}"
        return super().config().replace(key, lines)


@pytest.mark.parametrize("kind", [OldNginx, OldCaddy])
def test_tls_1_2_alone(explain, peer, kind):
    with peer(kind) as server:
        verdict = explain(server.url)
        asked = explain("--min-tls", "1.3", server.url)
    assert verdict.exit == 0
    assert verdict.json["versions"]["TLS 1.3"] is False
    assert verdict.json["resumes"] is True
    verdict.tells("it does not take TLS 1.3")
    assert (asked.exit, asked.first["whose"]) == (35, "caller")
    asked.tells("the only version that is allowed here")


def test_one_that_ends_without_close_notify(explain, identity):
    with dated(identity) as server:
        server.polite = False
        verdict = explain(server.url)
    assert verdict.exit == 0
    assert verdict.json["closes"] == "bare"
    verdict.tells("it ends connections without close_notify")


def test_one_that_does_not_close_when_asked_to(explain, identity):
    with Answers(server_context(identity), lambda _: answer()) as server:
        verdict = explain(server.url)
    assert verdict.exit == 0
    assert verdict.json["closes"] == "never"


def test_groups_are_found_one_by_one(explain, identity):
    context = server_context(identity)
    context.set_ecdh_curve("prime256v1")
    with Closing(context, lambda _: answer()) as server:
        verdict = explain(server.url)
    assert verdict.json["groups"] == {
        "X25519": False,
        "P-256": True,
        "P-384": False,
    }


def test_one_that_resumes_nothing(explain, identity):
    context = server_context(identity)
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    with Closing(context, lambda _: answer()) as server:
        verdict = explain(server.url)
    assert verdict.exit == 0
    assert verdict.json["resumes"] is False


def test_a_key_that_is_not_pinned(explain, identity):
    pin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    with dated(identity) as server:
        verdict = explain("--pin", pin, server.url)
    assert (verdict.exit, verdict.first["whose"]) == (90, "uncertain")
    verdict.tells("or somebody is between")
