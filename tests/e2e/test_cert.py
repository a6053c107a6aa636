# SPDX-License-Identifier: MIT
"""`duet cert`, judged by OpenSSL's program and by python-cryptography."""

import contextlib
import json
import shlex
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from support import pki
from support.answers import Answers, answer
from support.wire import server_context

KEY_TYPES = ("p256", "p384", "ed25519", "rsa2048")
COMMANDS = (
    "self-signed",
    "ca",
    "issue",
    "csr",
    "sign",
    "p12",
    "crl",
    "show",
)


@pytest.fixture(name="cert")
def fixture_cert(duet):
    """cert("issue", ...): run it where all succeed, and give what it said."""

    def cert(*words, **more):
        done = duet.run("cert", *words, **more)
        assert done.exit == 0, done.err
        assert done.err == ""
        return done.out.decode()

    return cert


@pytest.fixture(name="refused")
def fixture_refused(duet):
    """refused(2, "issue", ...): the sentence it is refused with."""

    def refused(code, *words, **more):
        done = duet.run("cert", *words, **more)
        assert done.exit == code, (done.exit, done.err)
        assert done.sentence.startswith(f"duet cert {words[0]}: ")
        return done.sentence

    return refused


@pytest.fixture(name="openssl")
def fixture_openssl(home, need):
    """openssl("verify", ...): its output, where it succeeds."""
    program = need("openssl")

    def openssl(*words, wanted=0):
        done = subprocess.run(
            [program, *map(str, words)],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        text = done.stdout.decode("utf-8", "replace")
        assert (done.returncode == 0) == (wanted == 0), text
        return text

    return openssl


def read_cert(path):
    """The first certificate of a file."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def names_of(cert):
    """All of its subjectAltName, as text."""
    names = cert.extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return [str(name.value) for name in names.value]


def mode_of(path):
    """Its permissions."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_a_self_signed_certificate_holds(cert, openssl, home, key_type):
    said = cert("self-signed", "localhost", "127.0.0.1", "::1", "-t", key_type)
    assert "next: duet serve DIR --listen :8443 --cert localhost.pem" in said
    assert mode_of(home / "localhost.key") == 0o600
    assert mode_of(home / "localhost.pem") == 0o644
    assert names_of(read_cert(home / "localhost.pem")) == [
        "localhost",
        "127.0.0.1",
        "::1",
    ]
    for check in (
        ("-verify_hostname", "localhost"),
        ("-verify_ip", "127.0.0.1"),
        ("-verify_ip", "::1"),
    ):
        openssl(
            "verify",
            "-x509_strict",
            "-check_ss_sig",
            *("-purpose", "sslserver"),
            *check,
            *("-CAfile", "localhost.pem"),
            "localhost.pem",
        )


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_a_chain_of_three_holds(cert, openssl, home, key_type):
    cert("ca", "Root", "-o", "root", "--path-length", "1", "-t", key_type)
    cert("ca", "Middle", "--ca", "root.pem", "-o", "middle")
    said = cert("issue", "--ca", "middle.pem", "www.x.org", "*.x.org")
    assert "wrote www.x.org.pem: certificate for www.x.org, *.x.org" in said
    text = (home / "www.x.org.pem").read_text()
    assert text.count("BEGIN CERTIFICATE") == 2
    for host in ("www.x.org", "shop.x.org"):
        openssl(
            "verify",
            "-x509_strict",
            *("-purpose", "sslserver"),
            *("-verify_hostname", host),
            *("-CAfile", "root.pem", "-untrusted", "www.x.org.pem"),
            "www.x.org.pem",
        )


def test_a_constrained_ca_signs_for_nobody_else(cert, refused, openssl, home):
    cert("ca", "--permit", "localhost", "-p", "127.0.0.0/8", "-p", "::1/128")
    cert("issue", "localhost", "127.0.0.1")
    openssl("verify", "-x509_strict", "-CAfile", "ca.pem", "localhost.pem")
    for name in ("x.org", "10.0.0.1", "::2"):
        said = refused(2, "issue", name)
        assert f"'{name}' is outside of what the CA" in said
        assert not (home / f"{name}.key").exists()
    constraints = (
        read_cert(home / "ca.pem")
        .extensions.get_extension_for_class(x509.NameConstraints)
        .value
    )
    permitted = [str(tree.value) for tree in constraints.permitted_subtrees]
    assert permitted[:3] == ["localhost", "127.0.0.0/8", "::1/128"]


def test_what_python_makes_of_an_issued_certificate(cert, home):
    cert("ca", "Judge", "--org", "Duet")
    cert(
        "issue",
        "x.org",
        "email:a@x.org",
        *("--usage", "both"),
        *("--days", "30"),
        *("--crl-url", "http://x.org/ca.crl"),
    )
    leaf = read_cert(home / "x.org.pem")
    ca = read_cert(home / "ca.pem")
    read = leaf.extensions.get_extension_for_class
    assert leaf.version is x509.Version.v3
    assert leaf.serial_number.bit_length() == 159
    assert leaf.issuer == ca.subject
    assert ca.subject.rfc4514_string() == "CN=Judge,O=Duet"
    assert (leaf.not_valid_after - leaf.not_valid_before).days == 30
    basic = read(x509.BasicConstraints)
    assert basic.critical and not basic.value.ca
    assert read(x509.KeyUsage).critical
    assert list(read(x509.ExtendedKeyUsage).value) == [
        Purpose.SERVER_AUTH,
        Purpose.CLIENT_AUTH,
    ]
    point = read(x509.CRLDistributionPoints).value[0]
    assert point.full_name[0].value == "http://x.org/ca.crl"
    assert (
        read(x509.AuthorityKeyIdentifier).value.key_identifier
        == ca.extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier
        ).value.digest
    )


def test_dates_beyond_2049(cert, openssl):
    cert("ca", "Eternal", "--days", "100000")
    cert("issue", "x.org", "--days", "36500")
    openssl("verify", "-x509_strict", "-CAfile", "ca.pem", "x.org.pem")
    shown = json.loads(cert("show", "--json", "ca.pem"))
    assert shown["items"][0]["not_after"] > "2299"


def test_nothing_is_overwritten_without_force(cert, refused, home):
    cert("ca")
    cert("issue", "x.org")
    before = (home / "x.org.key").read_bytes()
    assert "--force" in refused(26, "issue", "x.org")
    assert "--force" in refused(26, "ca")
    (home / "x.org.pem").unlink()
    assert "x.org.key" in refused(26, "issue", "x.org")
    assert (home / "x.org.key").read_bytes() == before
    cert("issue", "x.org", "--force")
    assert (home / "x.org.key").read_bytes() != before
    assert sorted(path.name for path in home.glob("*.*")) == [
        "ca.key",
        "ca.pem",
        "x.org.key",
        "x.org.pem",
    ]


def test_force_loses_no_key(cert, refused, home):
    cert("self-signed", "x.org")
    key = home / "x.org.key"
    pem = home / "x.org.pem"
    both = pem.read_bytes() + key.read_bytes()
    pem.write_bytes(both)
    before = key.read_bytes()
    assert "x.org.pem" in refused(26, "self-signed", "x.org", "--force")
    assert key.read_bytes() == before
    assert pem.read_bytes() == both
    pem.unlink()
    pem.mkdir()
    assert "x.org.pem" in refused(26, "self-signed", "x.org", "--force")
    assert key.read_bytes() == before


def test_a_key_that_is_there_is_used(cert, home):
    cert("self-signed", "x.org")
    cert("self-signed", "y.org", "--key", "x.org.key")
    assert not (home / "y.org.key").exists()
    keys = [
        read_cert(home / name).public_key().public_numbers()
        for name in ("x.org.pem", "y.org.pem")
    ]
    assert keys[0] == keys[1]


def test_a_request_is_made_and_signed(cert, refused, openssl, home):
    cert("ca")
    cert("csr", "x.org", "10.0.0.1", "--org", "Asker")
    said = openssl("req", "-in", "x.org.csr", "-verify", "-noout")
    assert "verify OK" in said
    request = x509.load_pem_x509_csr((home / "x.org.csr").read_bytes())
    assert names_of(request) == ["x.org", "10.0.0.1"]
    assert "Certificate request of CN=x.org" in cert("show", "x.org.csr")
    cert("sign", "x.org.csr", "--days", "7")
    openssl("verify", "-x509_strict", "-CAfile", "ca.pem", "x.org.pem")
    leaf = read_cert(home / "x.org.pem")
    assert names_of(leaf) == ["x.org", "10.0.0.1"]
    assert leaf.subject == request.subject
    cert("sign", "x.org.csr", "-n", "y.org", "-o", "y.pem")
    assert names_of(read_cert(home / "y.pem")) == ["y.org"]
    said = refused(58, "sign", "ca.pem", "-o", "z.pem")
    assert "no certificate request in it" in said


def test_the_request_of_openssl_is_signed(cert, openssl, home):
    cert("ca")
    openssl(
        *("req", "-new", "-newkey", "rsa:2048", "-nodes"),
        *("-keyout", "o.key", "-out", "o.csr", "-subj", "/CN=o.org/O=Other"),
        *("-addext", "subjectAltName=DNS:o.org"),
        *("-addext", "basicConstraints=critical,CA:TRUE"),
    )
    cert("sign", "o.csr")
    openssl("verify", "-x509_strict", "-CAfile", "ca.pem", "o.pem")
    leaf = read_cert(home / "o.pem")
    basic = leaf.extensions.get_extension_for_class(x509.BasicConstraints)
    assert not basic.value.ca


def test_pkcs12_is_read_by_others(cert, refused, openssl, home):
    (home / "pass").write_text("s\u00e9cret\n", encoding="utf-8")
    cert("ca")
    cert("issue", "x.org")
    assert "--passphrase-file" in refused(2, "p12", "x.org.pem")
    cert("p12", "x.org.pem", "--passphrase-file", "pass", "-n", "My key")
    path = home / "x.org.p12"
    assert mode_of(path) == 0o600
    said = openssl(
        *("pkcs12", "-in", "x.org.p12", "-passin", "file:pass"),
        *("-info", "-nokeys"),
    )
    assert "MAC: sha256" in said
    assert "PBES2, PBKDF2, AES-256-CBC" in said
    assert "friendlyName: My key" in said
    openssl(
        *("pkcs12", "-in", "x.org.p12", "-passin", "pass:wrong", "-noout"),
        wanted=1,
    )
    read = pkcs12.load_pkcs12(path.read_bytes(), "s\u00e9cret".encode())
    assert read.cert.certificate == read_cert(home / "x.org.pem")
    key = load_pem_private_key((home / "x.org.key").read_bytes(), None)
    assert read.key.private_numbers() == key.private_numbers()


def test_passphrases_protect_keys(cert, refused, openssl, home):
    (home / "pass").write_text("secret\n")
    (home / "wrong").write_text("Secret\n")
    cert("ca", "--passphrase-file", "pass")
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (home / "ca.key").read_text()
    openssl("pkey", "-in", "ca.key", "-passin", "file:pass", "-noout")
    assert "--ca-passphrase-file" in refused(58, "issue", "x.org")
    assert "wrong passphrase" in refused(
        58, "issue", "x.org", "--ca-passphrase-file", "wrong"
    )
    cert("issue", "x.org", "--ca-passphrase-file", "pass")
    cert(
        *("issue", "y.org", "--ca-passphrase-file", "-"),
        stdin=b"secret\n",
    )


def test_what_is_missing_is_to_be_looked_for(refused):
    for words in (
        ("show", "./missing"),
        ("sign", "missing.csr", "--ca", "missing.pem"),
        ("issue", "x.org", "--key", "missing"),
        ("issue", "x.org", "-o", "missing/x", "--key", "missing"),
    ):
        assert "check the name" in refused(26, *words)
    said = refused(7, "show", "localhost:1")
    assert "check that the server runs" in said


def next_lines(said):
    """What it says to do next, as it is to be typed."""
    _, _, after = said.partition("next: ")
    return [line.strip() for line in after.splitlines()]


@pytest.mark.parametrize("my", ["", "it's $my "])
def test_next_lines_open_encrypted_keys(cert, duet, home, site, need, my):
    need("openssl")
    ca = f"{my}ca.pem"
    shell = type(duet)("/bin/sh", home, duet.env)
    (home / "duet").symlink_to(duet.path)
    (home / f"{my}pass").write_text("secret\n")
    seal = ("--passphrase-file", f"{my}pass")
    by = ("--ca", ca, "--ca-passphrase-file", f"{my}pass")
    (issue,) = next_lines(cert("ca", "-o", ca, *seal))
    assert shlex.split(issue)[:5] == ["duet", "cert", "issue", "--ca", ca]
    done = shell.run("-c", "./" + issue.replace("NAME...", "localhost"))
    assert done.exit == 0, done.err
    said = cert("issue", "localhost", "-o", f"{my}x", *seal, *by)
    pkey, serve = next_lines(said)
    assert shell.run("-c", pkey).exit == 0
    assert mode_of(home / f"{my}x.open.key") == 0o600
    words = shlex.split(serve)
    assert words[:3] == ["duet", "serve", "DIR"]
    said = cert(
        *("issue", "--usage", "client", "--cn", "A", "-o", f"{my}a"),
        *(*seal, *by),
    )
    (get,) = next_lines(said)
    with duet.serve(site, *words[3:]) as s:
        get = get.replace("URL", f"--cacert {shlex.quote(ca)} {s.url}")
        done = shell.run("-c", "./" + get)
    assert done.exit == 0, done.err
    assert b"<title>site" in done.out


def test_next_lines_quote_the_names_of_files(cert):
    cert("ca", "-o", "my ca")
    (line,) = next_lines(cert("crl", "--ca", "my ca.pem"))
    assert line.startswith("duet get --cacert 'my ca.pem' --crl 'my ca.crl' ")
    (line,) = next_lines(cert("csr", "x.org", "-o", "it's"))
    assert line.endswith(r"(yours: duet cert sign 'it'\''s.csr')")
    _, line = next_lines(cert("self-signed", "x.org", "-o", "my x"))
    assert line == "duet get --cacert 'my x.pem' https://x.org:8443/"


def test_lists_of_all_cas_are_found_beside_their_files(cert, duet, home, site):
    cert("ca", "--path-length", "1")
    cert("ca", "--ca", "ca.pem", "-o", "sub", "Below")
    cert("issue", "--ca", "sub.pem", "localhost")
    assert next_lines(cert("crl")) == [
        "duet get --cacert ca.pem --crl ca.crl URL; renew it before it ends"
    ]
    said = " ".join(next_lines(cert("crl", "--ca", "sub.pem")))
    assert "every CA above it in DIR" in said
    words = ("--cert", "localhost.pem", "--key", "localhost.key")
    with duet.serve(site, *words) as s:
        trust = ("--cacert", "ca.pem", "--crl")
        assert duet.get(*trust, ".", s.url).exit == 0
        assert duet.get(*trust, "sub.crl", s.url).exit == 60
        shown = ("cert", "show", *trust, ".", f"localhost:{s.port}")
        assert duet.run(*shown).exit == 0
        cert("crl", "--ca", "sub.pem", "--revoke", "localhost.pem")
        assert duet.run(*shown).exit == 60


def test_revocation_lists_grow(cert, refused, openssl, home):
    cert("ca")
    for name in ("a.org", "b.org", "c.org"):
        cert("issue", name)

    def verdict(name, wanted):
        openssl(
            *("verify", "-x509_strict", "-crl_check", "-CAfile", "ca.pem"),
            *("-CRLfile", "ca.crl", name),
            wanted=wanted,
        )

    cert("crl")
    verdict("a.org.pem", 0)
    cert("crl", "--revoke", "a.org.pem")
    verdict("a.org.pem", 2)
    verdict("b.org.pem", 0)
    cert("crl", "-r", "b.org.pem", "-r", "a.org.pem", "--der", "ca.der")
    verdict("a.org.pem", 2)
    verdict("b.org.pem", 2)
    verdict("c.org.pem", 0)
    said = openssl("crl", "-in", "ca.crl", "-CAfile", "ca.pem", "-noout")
    assert "verify OK" in said
    said = openssl(
        *("crl", "-in", "ca.der", "-inform", "DER", "-noout", "-crlnumber")
    )
    assert said.strip().endswith("03")
    crl = x509.load_pem_x509_crl((home / "ca.crl").read_bytes())
    assert {entry.serial_number for entry in crl} == {
        read_cert(home / name).serial_number
        for name in ("a.org.pem", "b.org.pem")
    }
    cert("self-signed", "other.org")
    said = refused(2, "crl", "--revoke", "other.org.pem")
    assert "another CA has issued it" in said
    assert x509.load_pem_x509_crl((home / "ca.crl").read_bytes()) == crl


def test_no_revocation_is_lost_to_another(cert, duet, home):
    cert("ca")
    names = [f"h{i}.test" for i in range(8)]
    for name in names:
        cert("issue", name)
    running = [
        subprocess.Popen(
            [duet.path, "cert", "crl", "--revoke", f"{name}.pem"],
            cwd=home,
            env=duet.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for name in names
    ]
    assert [process.wait(timeout=60) for process in running] == [0] * 8
    crl = x509.load_pem_x509_crl((home / "ca.crl").read_bytes())
    assert {entry.serial_number for entry in crl} == {
        read_cert(home / f"{name}.pem").serial_number for name in names
    }


@pytest.mark.parametrize(
    "words, code, part",
    [
        (("issue", "b\u00fccher.example"), 2, "xn--"),
        (("issue", "*.org"), 2, "two labels"),
        (("issue", "https://x.org/"), 2, "no scheme"),
        (("issue", "x.org", "--days", "5000"), 2, "fewer days"),
        (("issue", "x.org", "--ca", "none.pem"), 26, "none.pem"),
        (("issue",), 2, "NAME is missing"),
        (("issue", "x.org", "-t", "dsa"), 2, "ed25519"),
        (("ca", "--permit", "10.0.0.1/8", "-o", "b"), 2, "prefix length"),
        (("self-signed",), 2, "NAME is missing"),
        (("show", "none.pem"), 26, "HOST:PORT"),
    ],
)
def test_refusals_say_what_to_do(cert, refused, words, code, part):
    cert("ca")
    assert part in refused(code, *words)


def test_a_missing_ca_is_explained(refused):
    assert "duet cert ca" in refused(26, "issue", "x.org")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_screen(cert, command):
    said = cert(command, "--help")
    assert said.startswith(f"Usage: duet cert {command} ")
    assert len(said.splitlines()) <= 25
    assert max(map(len, said.splitlines())) < 80


def test_show_hides_private_keys(cert, home):
    cert("self-signed", "x.org")
    key = (home / "x.org.key").read_text()
    both = (home / "x.org.pem").read_text() + key
    said = cert("show", "-", stdin=both.encode())
    assert "Certificate of CN=x.org" in said
    assert "Private key, ECDSA P-256 (not shown)" in said
    for line in key.splitlines():
        assert line not in said
    items = json.loads(cert("show", "-j", "-", stdin=both.encode()))["items"]
    assert [item["kind"] for item in items] == ["certificate", "private_key"]
    assert items[0]["spki_sha256"] == items[1]["spki_sha256"]
    # as --pin takes it
    pin = f"  key pin    sha256//{items[0]['spki_sha256']}\n"
    assert said.count(pin) == 2


def test_show_makes_strangers_text_harmless(cert, home):
    authority = pki.Authority(home, "Root")
    wicked = authority.issue("x.org", common_name="\x1b[2Jevil\nnew line")
    said = cert("show", wicked.chain_file)
    assert "\x1b" not in said
    assert "Certificate of CN=\\1B[2Jevil\\0Anew line\n" in said


def test_no_key_is_lost_to_a_file_that_is_made_from_it(cert, refused, home):
    cert("self-signed", "x.org")
    both = home / "both.pem"
    both.write_bytes(
        (home / "x.org.pem").read_bytes() + (home / "x.org.key").read_bytes()
    )
    before = both.read_bytes()
    words = ("x.org", "--key", "both.pem", "--out", "both", "--force")
    assert "private key" in refused(26, "self-signed", *words)
    assert both.read_bytes() == before


def test_a_list_in_der_replaces_only_one(cert, refused, home):
    cert("ca")
    cert("crl", "--der", "ca.der")
    cert("crl", "--der", "ca.der")
    key = (home / "ca.key").read_bytes()
    assert "is there already" in refused(26, "crl", "--der", "ca.key")
    assert (home / "ca.key").read_bytes() == key


@contextlib.contextmanager
def listening(identity):
    """A server that shows identity."""
    with Answers(server_context(identity), lambda _: answer()) as server:
        yield f"localhost:{server.listener.port}"


def test_show_of_a_server_that_holds(duet, ca, identity):
    with listening(identity) as where:
        done = duet.run("cert", "show", "--cacert", ca.file, where)
    assert done.exit == 0, done.err
    text = done.out.decode()
    assert "verified: yes" in text
    assert "for        localhost, IP:127.0.0.1, IP:::1" in text


def test_show_of_our_own_server_believes_the_local_ca(duet, home):
    (home / "site").mkdir()
    with duet.serve("site") as server:
        where = f"localhost:{server.port}"
        done = duet.run("cert", "show", where)
        mistrusted = duet.run("cert", "show", "--name", "x.org", where)
    assert done.exit == 0, done.err
    assert "verified: yes" in done.out.decode()
    assert mistrusted.exit == 60


def test_show_of_a_server_that_is_refused(duet, ca):
    with listening(ca.issue("localhost", days=(-9, -2))) as where:
        done = duet.run("cert", "show", "--json", "--cacert", ca.file, where)
    assert done.exit == 60, done.err
    assert done.json["verified"] is False
    assert done.json["error"]["text"] in done.sentence
    assert done.json["items"][0]["names"] == ["localhost"]
    assert done.json["tls"]["version"].startswith("TLSv1.")


def test_show_of_nobody(refused):
    assert "cannot connect" in refused(7, "show", "localhost:1")
    assert "has no address" in refused(6, "show", "nosuch.invalid:443")
