# SPDX-License-Identifier: MIT
"""`duet explain` against every bad certificate and handshake of `duet broken`,
against servers that lie about the time, and against chains with gaps.

Each verdict is looked at by its words for people and for programs; a screen of
it has 24 lines of 80 columns at the most.
"""

import contextlib
import datetime
import email.utils
import re

import pytest
from cryptography.hazmat.primitives import serialization

from conftest import ROOT, new_home, program_of
from support import broken, pki, ports
from support.answers import PlainAnswers, answer
from support.listener import Listener
from support.terminal import OnTerminal
from support.verdict import Verdict, dated

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


def test_a_crl_that_does_not_come_is_waited_for_once(explain, ca):
    def hold(sock):
        while sock.recv(65536):
            pass

    with Listener(hold) as store:
        where = f"http://127.0.0.1:{store.port}/ca.crl"
        with dated(ca.issue("localhost", crl_urls=[where])) as server:
            verdict = explain("--revocation-time", "0.5", server.url)
        assert store.accepted == 1
    assert verdict.exit == 0
    assert verdict.json["revocation"][0]["doubt"] == "slow"
    assert verdict.json["resumes"] is True


# ---- time ----


def http_date(when):
    """As a Date field has it."""
    return email.utils.format_datetime(
        when.replace(tzinfo=datetime.timezone.utc), usegmt=True
    )


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
        verdict.shows("(soon: its certificate expires in ")
        patient = ["explain", "-s", "--cacert", ca.file, "--warn-days", 5]
        done = duet.run(*patient, server.url)
        assert (done.exit, done.out) == (0, b"")
        done = duet.run(
            "explain", "-s", "--cacert", ca.file, "--warn-days", 30, server.url
        )
        assert done.exit == 120
        assert done.out.count(b"\n") == 1


# ---- chains ----


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


@pytest.mark.parametrize("option", ["-s", "-v"])
def test_nor_do_they_on_a_line(duet, ca, home, option):
    evil = pki.Authority(home, "\x1b[2J\x07evil\u202e")
    with dated(evil.issue("localhost")) as server:
        done = duet.run("explain", option, "--cacert", ca.file, server.url)
    said = done.out.decode() + done.err
    assert "evil" in said
    assert all(line.isprintable() for line in said.splitlines())


# ---- the command ----


def test_silence_ends_in_time(duet, servers):
    words = ["--cacert", servers.ca, "-m", 1, servers.url("silent")]
    verdict = Verdict(duet, *words, screen=True)
    assert verdict.exit == 28
    verdict.shows("time ran out", "see --max-time")
    assert verdict.json["out_of_time"] is True


def test_addresses_in_brackets(duet, servers):
    port = servers.rows["right"]["port"]
    verdict = Verdict(duet, "--cacert", servers.ca, f"[::1]:{port}")
    assert verdict.exit == 0
    assert verdict.json["connection"]["address"] == f"[::1]:{port}"
    assert verdict.json["path_whole"] is True
    assert verdict.json["plain_http"] is not None


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
