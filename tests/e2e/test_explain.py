# SPDX-License-Identifier: MIT
"""`duet explain` against every bad certificate and handshake of `duet broken`,
against servers of our own that lie about the time, and against nginx, h2o and
Caddy, right and wrong.

Each verdict is looked at by its words for people and for programs; a screen of
it has 24 lines of 80 columns at the most.
"""

import contextlib
import datetime
import email.utils
import re
import shutil
import socket
import ssl
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from conftest import ROOT, new_home, program_of
from support import broken, pki, ports
from support.answers import Answers, PlainAnswers, answer, parse, send
from support.listener import Listener
from support.peers.caddy import Caddy
from support.peers.h2o import H2o
from support.peers.nginx import Nginx, NginxH2
from support.peers.socks import Microsocks
from support.peers.tinyproxy import Tinyproxy, TinyproxyThatFilters
from support.terminal import OnTerminal
from support.wire import server_context

# name: whose fault it is, and words of the screen
BROKEN = {
    "right": (None, "closes with close_notify"),
    "expired": ("uncertain", "expired 2 days ago"),
    "not-yet-valid": ("uncertain", "begins in 3 days"),
    "wrong-host": ("server", "adds 'localhost' to the certificate"),
    "self-signed": ("server", "nobody but itself vouches for it"),
    "unknown-ca": ("uncertain", "unknown CA 'Duet broken: unknown root'"),
    "no-intermediate": ("server", "'Duet broken: intermediate'"),
    "client-usage": ("server", '"TLS Web Server Authentication"'),
    "rsa-1024": ("server", "RSA 1024, is too weak"),
    "sha-1": ("server", "SHA-1"),
    "revoked": ("server", "was revoked by 'Duet broken: root'"),
    "must-staple": ("server", "ssl_stapling"),
    "tls-1.1": ("server", "nothing newer than TLS 1.1"),
    "client-cert": ("caller", "--cert FILE --key FILE"),
    "plain-http": ("uncertain", "http:// there is answered with 200"),
    "gone": ("uncertain", "without an answer to our TLS hello"),
    "no-cipher": ("server", "Mozilla's intermediate list"),
}


@pytest.fixture(scope="module", name="servers")
def fixture_servers(work, sanitizer_env, reports):
    """The bad ones, for all tests of this file."""
    with new_home(work) as home, program_of(
        home, sanitizer_env, reports
    ) as program:
        names = ",".join(["right", "certificate", "handshake", "silent"])
        with broken.serving(program, "--only", names) as running:
            yield running
            assert running.end() == 0


class Verdict:
    """What it says of one server: as JSON, and on a screen where a test wants
    to see that too."""

    def __init__(self, duet, *words, screen=False):
        done = duet.run("explain", "--json", *words)
        assert done.err == ""
        self.json = done.json
        self.exit = done.exit
        assert self.json["exit"] == self.exit
        assert self.json["good"] == (self.exit in (0, 120))
        self.lines = self.show(duet, words) if screen else []

    def show(self, duet, words):
        """The lines of the screen, no more than there is room for."""
        done = duet.run("explain", *words)
        lines = done.out.decode().splitlines()
        assert done.exit == self.exit
        assert done.err == ""
        assert 0 < len(lines) <= 24
        assert max(map(len, lines)) <= 80
        assert all(line.isprintable() for line in lines)
        good = lines[0].startswith("GOOD  ")
        assert good == (done.exit in (0, 120))
        assert good or lines[0].startswith("BAD  ")
        return lines

    @property
    def text(self):
        """Of the screen, as one line."""
        return " ".join(" ".join(self.lines).split())

    @property
    def first(self):
        """The worst finding."""
        return self.json["findings"][0]

    def tells(self, *parts):
        """All of them, in what it finds and advises."""
        said = " ".join(
            str(finding[key])
            for finding in self.json["findings"]
            for key in ("what", "because", "remedy")
        )
        for part in parts:
            assert part in said, said

    def shows(self, *parts):
        """The same of the screen, however it is wrapped."""
        for part in parts:
            assert part in self.text, self.text


@pytest.fixture(name="explain")
def fixture_explain(duet, ca):
    """One verdict by a client that trusts the authority of this run."""

    def explain(*words, **more):
        return Verdict(duet, "--cacert", ca.file, *words, **more)

    return explain


def test_no_case_of_the_table_is_left_out(servers):
    assert set(BROKEN) == set(servers.rows) - {"silent"}


@pytest.mark.parametrize("name", BROKEN)
def test_bad_certificates_and_handshakes(duet, servers, name):
    row = servers.rows[name]
    whose, words = BROKEN[name]
    crl = ["--crl", servers.crl] if row["crl"] else []
    verdict = Verdict(
        duet, "--cacert", servers.ca, *crl, row["url"], screen=True
    )
    assert verdict.exit == row["exit"], verdict.json
    verdict.shows(words)
    if whose is None:
        assert verdict.json["findings"] == []
        return
    assert (verdict.first["level"], verdict.first["whose"]) == ("fault", whose)
    assert verdict.first["remedy"]
    fetch = duet.get("--cacert", servers.ca, *crl, "--json", row["url"])
    assert fetch.json["error"]["word"] == verdict.first["word"]


def test_no_two_of_them_have_the_same_verdict(duet, servers):
    said = {}
    for name in set(BROKEN) - {"right"}:
        words = ["--cacert", servers.ca, "--no-fetch", "--crl", servers.crl]
        done = duet.run("explain", "-s", *words, servers.rows[name]["url"])
        said["".join(c for c in done.out.decode() if not c.isdigit())] = name
    assert len(said) == len(BROKEN) - 1


def test_a_crl_is_fetched_as_by_duet_get(duet, servers):
    row = servers.rows["revoked"]
    verdict = Verdict(duet, "--cacert", servers.ca, row["url"], screen=True)
    assert verdict.exit == 60
    verdict.shows("its CA took it back on", "revoked YES, on")
    assert verdict.json["revocation"][0]["state"] == "revoked"
    off = Verdict(
        duet, "--cacert", servers.ca, "--revocation", "off", row["url"]
    )
    assert off.exit == 0
    assert off.json["revocation"] is None


def test_a_crl_that_cannot_be_had_is_noted(explain, ca):
    where = f"http://127.0.0.1:{ports.reserve()}/ca.crl"
    with dated(ca.issue("localhost", crl_urls=[where])) as server:
        soft = explain(server.url, screen=True)
        hard = explain("--revocation", "hard", server.url)
    assert soft.exit == 0
    assert soft.json["revocation"][0]["doubt"] == "unreachable"
    soft.shows("note whether its certificate is revoked could not be found")
    assert (hard.exit, hard.first["word"]) == (60, "no_current_crl")
    assert hard.first["whose"] == "uncertain"


# ---- time ----


def http_date(when):
    """As a Date field has it."""
    return email.utils.format_datetime(
        when.replace(tzinfo=datetime.timezone.utc), usegmt=True
    )


class Closing(Answers):
    """Closes after each answer, in good form or not."""

    polite = True

    def serve(self, sock):
        wire = self.wire(sock)
        try:
            wire.handshake()
        except ssl.SSLError:
            return
        head, _ = wire.read_head()
        if not head:
            return
        self.requests.append(parse(head))
        send(wire, self.function(self.requests[-1]))
        with contextlib.suppress(OSError):  # it may be gone already
            if self.polite:
                wire.close_notify()
            wire.fin()
            wire.read_all()


@contextlib.contextmanager
def dated(identity, *lines):
    """A server with these fields in each answer."""
    with Closing(
        server_context(identity),
        lambda _: answer(b"", "Connection: close", *lines),
    ) as server:
        yield server


@pytest.mark.parametrize(
    "days, date_days, whose",
    [
        ((-90, -2), 0, "server"),  # both clocks agree that it is old
        ((-90, -2), 30, "server"),  # theirs is wrong, and no help
        ((-400, -300), -350, "here"),  # by theirs it is valid
        ((3, 90), 0, "server"),
        ((100, 200), 150, "here"),
    ],
)
def test_the_servers_date_tells_whose_clock_it_is(
    explain, ca, days, date_days, whose
):
    date = pki.utc_now() + date_days * pki.DAY
    identity = ca.issue("localhost", days=days)
    with dated(identity, f"Date: {http_date(date)}") as server:
        verdict = explain(server.url)
    assert verdict.exit == 60
    assert verdict.first["whose"] == whose
    assert verdict.json["server_date"] == date.strftime("%Y-%m-%dT%H:%M:%SZ")
    if whose == "here":
        verdict.tells(
            "probably the clock here", "nobody vouches for that date"
        )


def test_clocks_that_differ_are_noted(explain, identity):
    date = pki.utc_now() + 2 * pki.DAY
    with dated(identity, f"Date: {http_date(date)}") as server:
        verdict = explain(server.url)
    assert verdict.exit == 0
    verdict.tells("its clock and the one here differ")


def test_what_ends_soon_has_a_status_of_its_own(duet, explain, ca):
    identity = ca.issue("localhost", days=(-1, 10))
    with dated(identity) as server:
        verdict = explain(server.url, screen=True)
        assert verdict.exit == 120
        assert verdict.first["level"] == "warning"
        verdict.shows("soon: its certificate expires in 9 days")
        patient = ["explain", "-s", "--cacert", ca.file, "--warn-days", 5]
        done = duet.run(*patient, server.url)
        assert (done.exit, done.out) == (0, b"")
        done = duet.run(
            "explain", "-s", "--cacert", ca.file, "--warn-days", 30, server.url
        )
        assert done.exit == 120
        assert done.out.count(b"\n") == 1


# ---- chains ----


@pytest.fixture(name="between")
def fixture_between(ca, home):
    """An intermediate of that authority."""
    return pki.Authority(home, "Duet Test Between", parent=ca)


def der(authority):
    """Its certificate, as CAs serve it."""
    return authority.cert.public_bytes(serialization.Encoding.DER)


class Store(PlainAnswers):
    """Where a CA has its certificates; a client may hang up meanwhile."""

    def serve(self, sock):
        with contextlib.suppress(ConnectionError):
            super().serve(sock)


@contextlib.contextmanager
def gap(between, body, status="200 OK"):
    """A server that leaves out its intermediate, and where that is."""
    with Store(lambda _: answer(body, status=status)) as store:
        identity = between.issue(
            "localhost",
            with_chain=False,
            issuer_url=f"http://127.0.0.1:{store.listener.port}/between",
        )
        with dated(identity) as server:
            yield server, store


@pytest.mark.parametrize("form", ["der", "pem"])
def test_a_missing_intermediate_is_fetched_to_tell(explain, between, form):
    body = der(between) if form == "der" else pki.pem(between.cert)
    with gap(between, body) as (server, store):
        verdict = explain(server.url)
        assert {r.target for r in store.requests} == {"/between"}
    assert verdict.exit == 60
    assert verdict.first["whose"] == "server"
    verdict.tells(
        "it leaves out 'Duet Test Between'",
        "the chain is good",
        "fullchain.pem",
    )
    assert verdict.json["fetched"]["result"] == "good"


def test_one_that_does_not_help_is_told_too(explain, between, home):
    other = pki.Authority(home, "Somebody Else")
    stranger = pki.Authority(home, "Nobody's Between", parent=other)
    with gap(stranger, der(stranger)) as (server, _):
        verdict = explain(server.url)
    assert verdict.exit == 60
    verdict.tells("even with 'Nobody's Between'")
    with gap(between, der(other)) as (server, _):
        verdict = explain(server.url)
    assert verdict.json["fetched"]["result"] == "bad"


@pytest.mark.parametrize(
    "body, status",
    [
        (b"<html>", "200 OK"),
        (b"", "404 Not Found"),
        (b"x" * (1 << 20), "200 OK"),
    ],
    ids=["page", "gone", "large"],
)
def test_one_that_cannot_be_had_leaves_it_open(explain, between, body, status):
    with gap(between, body, status) as (server, _):
        verdict = explain(server.url)
    verdict.tells("could not be had there", "is not known")
    assert verdict.json["fetched"]["result"] == "failed"
    assert verdict.json["fetched"]["words"]


def test_no_fetch_fetches_nothing(explain, between):
    with gap(between, der(between)) as (server, store):
        verdict = explain("--no-fetch", server.url)
        assert store.requests == []
    assert verdict.json["fetched"] is None


def test_an_intermediate_at_no_http_address_is_left_alone(explain, between):
    identity = between.issue(
        "localhost", with_chain=False, issuer_url="ldap://127.0.0.1/x"
    )
    with dated(identity) as server:
        verdict = explain(server.url)
    assert "http://" in verdict.json["fetched"]["words"]


def test_all_that_is_wrong_is_told_at_once(explain, ca):
    identity = ca.issue("example.org", days=(-90, -2))
    with dated(identity) as server:
        verdict = explain(server.url)
    words = [f["word"] for f in verdict.json["findings"] if f["word"]]
    assert sorted(words) == ["expired", "wrong_name"]


def test_a_middlebox_is_suspected_by_the_name_of_its_ca(explain, home):
    box = pki.Authority(home, "Zscaler Root CA")
    with dated(box.issue("localhost")) as server:
        verdict = explain(server.url)
    assert verdict.first["whose"] == "between"
    verdict.tells("perhaps", "like those of Zscaler", "from another network")


def test_names_of_strangers_steer_no_terminal(explain, home):
    evil = pki.Authority(home, "\x1b[2J\x07evil\u202e")
    with dated(evil.issue("localhost", common_name="\x1b]0;x\x07")) as server:
        # which looks at each line
        verdict = explain(server.url, screen=True)
    assert "\\x1b" in verdict.text


# ---- handshakes ----


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


def test_silence_ends_in_time(duet, servers):
    words = ["--cacert", servers.ca, "-m", 1, servers.url("silent")]
    verdict = Verdict(duet, *words, screen=True)
    assert verdict.exit == 28
    verdict.shows("time ran out", "see --max-time")
    assert verdict.json["out_of_time"] is True


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


def test_addresses_in_brackets(duet, servers):
    port = servers.rows["right"]["port"]
    verdict = Verdict(duet, "--cacert", servers.ca, f"[::1]:{port}")
    assert verdict.exit == 0
    assert verdict.json["connection"]["address"] == f"[::1]:{port}"
    assert verdict.json["path_whole"] is True
    assert verdict.json["plain_http"] is not None


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


def test_nginx_with_tls_1_2_alone(explain, peer):
    class Old(Nginx):
        """As many still have it."""

        def listen(self):
            return super().listen().replace("TLSv1.2 TLSv1.3", "TLSv1.2")

    with peer(Old) as server:
        verdict = explain(server.url)
    assert verdict.exit == 0
    assert verdict.json["versions"]["TLS 1.3"] is False
    verdict.tells("it does not take TLS 1.3")


def test_one_that_ends_without_close_notify(explain, identity):
    with dated(identity) as server:
        server.polite = False
        verdict = explain(server.url)
    assert verdict.exit == 0
    assert verdict.json["closes"] == "bare"
    verdict.tells("it ends connections without close_notify")


# ---- the command ----


def test_help_fits_a_screen(duet):
    done = duet.run("explain", "--help")
    lines = done.out.decode().splitlines()
    assert (done.exit, done.err) == (0, "")
    assert len(lines) <= 25
    assert max(map(len, lines)) < 80


def test_help_and_manual_list_the_same_options(duet):
    shown = duet.run("explain", "--help", "all").out.decode()
    page = (ROOT / "doc/man/duet-explain.1").read_text(encoding="utf-8")
    in_page = set(re.findall(r"(?:Fl|,) -([a-z][a-z0-9-]+)", page))
    in_help = set(re.findall(r"--([a-z][a-z0-9-]+)", shown))
    assert in_help == in_page


@pytest.mark.parametrize(
    "words, status, said",
    [
        ([], 2, "HOST[:PORT] or a URL is missing"),
        (["http://localhost/"], 2, "no TLS to explain"),
        (["ftp://localhost/"], 2, "only https://"),
        (["--json", "-s", "localhost"], 2, "--json and -s"),
        (["--key", "k", "localhost"], 2, "--cert"),
        (["--cacert", "none.pem", "localhost"], 77, "none.pem"),
        (["a b"], 3, "a b"),
    ],
)
def test_mistakes_are_told(duet, words, status, said):
    done = duet.run("explain", *words)
    assert (done.exit, done.out) == (status, b"")
    assert done.err.startswith("duet explain: ")
    assert said in done.err


def test_verbose_tells_of_each_connection(duet, servers):
    words = ["-v", "--cacert", servers.ca, servers.url("expired")]
    done = duet.run("explain", *words)
    lines = done.err.splitlines()
    assert all(line.startswith("* ") for line in lines)
    assert lines[0].startswith("* as duet get would: ")
    assert lines[1] == "* believing anybody: answer 200, TLSv1.3"
    assert len(lines) >= 8


def test_colours_are_for_terminals(duet, servers):
    argv = [duet.path, "explain", "--cacert", servers.ca]
    argv.append(servers.url("right"))
    duet.env["TERM"] = "xterm"
    shown = OnTerminal(argv, duet.env, duet.home).shown
    assert shown.startswith(b"\x1b[1;32mGOOD\x1b[0m  ")
    duet.env["NO_COLOR"] = "1"
    assert b"\x1b" not in OnTerminal(argv, duet.env, duet.home).shown
    del duet.env["NO_COLOR"]
    assert b"\x1b" not in duet.run(*argv[1:]).out
