# SPDX-License-Identifier: MIT
"""`duet get`: whom it believes, and who it is."""

import base64
import datetime
import hashlib
import os
import pty
import signal
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from support import pki
from support.answers import Answers, answer
from support.peers.s_server import SServer
from support.wire import server_context

PEER_CERT, PIN, STAPLE, OWN_CERT, HANDSHAKE = 60, 90, 91, 58, 35


@pytest.fixture(name="server")
def fixture_server(identity):
    """One that says hello."""
    context = server_context(identity)
    with Answers(context, lambda _: answer(b"hello\n")) as server:
        yield server


def pin_of(identity):
    """As --pin and curl have it."""
    spki = identity.cert.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo,
    )
    digest = hashlib.sha256(spki).digest()
    return "sha256//" + base64.b64encode(digest).decode()


class TestPin:
    """Keys that are expected."""

    OTHER = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    def test_the_key_or_another(self, duet, ca, server, identity):
        words = ("--cacert", ca.file)
        own = pin_of(identity)
        both = f"{self.OTHER};{own}"
        assert duet.get(*words, "--pin", own, server.url).exit == 0
        assert duet.get(*words, "--pin", both, server.url).exit == 0
        fetch = duet.get("--json", *words, "--pin", self.OTHER, server.url)
        assert fetch.exit == PIN
        assert fetch.json["error"]["word"] == "wrong_pin"
        assert f"the server's key is {own}, which is none" in fetch.sentence

    def test_it_vouches_for_nobody(self, duet, server, identity):
        own = pin_of(identity)
        assert duet.get("--pin", own, server.url).exit == PEER_CERT
        assert duet.get("-k", "--pin", own, server.url).exit == 0
        assert duet.get("-k", "--pin", self.OTHER, server.url).exit == PIN

    def test_what_is_none(self, duet, server):
        fetch = duet.get("--pin", "sha256//AAAA", server.url)
        assert fetch.exit == 2
        assert "'sha256//AAAA' is no pin" in fetch.sentence


class TestAnchors:
    """A directory of them."""

    @pytest.mark.parametrize("name", ["ca.pem", "ca.crt", None])
    def test_plain_or_hashed(self, duet, ca, server, home, name):
        anchors = home / "anchors"
        anchors.mkdir()
        if name is None:
            argv = ["openssl", "x509", "-hash", "-noout", "-in", ca.file]
            done = subprocess.run(argv, stdout=subprocess.PIPE, check=True)
            name = done.stdout.decode().strip() + ".0"
        (anchors / name).write_bytes(ca.file.read_bytes())
        fetch = duet.get("--capath", anchors, server.url)
        assert (fetch.exit, fetch.out) == (0, b"hello\n"), fetch.err

    def test_none_in_it(self, duet, server, home):
        fetch = duet.get("--capath", home, server.url)
        assert fetch.exit == 77
        assert "no certificate in this directory" in fetch.sentence

    def test_beside_a_file(self, duet, ca, server, home):
        other = pki.Authority(home, "Other")
        fetch = duet.get("--cacert", other.file, "--capath", home, server.url)
        assert fetch.exit == PEER_CERT
        (home / "ca.pem").write_bytes(ca.file.read_bytes())
        fetch = duet.get("--cacert", other.file, "--capath", home, server.url)
        assert fetch.exit == 0


class TestVersion:
    """--min-tls"""

    @pytest.mark.parametrize("least, status", [("1.2", 0), ("1.3", HANDSHAKE)])
    def test_a_server_of_1_2(self, duet, ca, identity, least, status):
        context = server_context(identity)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with Answers(context, lambda _: answer(b"hello\n")) as server:
            fetch = duet.get(
                "--cacert", ca.file, "--min-tls", least, server.url
            )
        assert fetch.exit == status
        if status:
            assert "the only version that is allowed here" in fetch.sentence
            assert "1.1" not in fetch.sentence


@pytest.fixture(name="alice")
def fixture_alice(ca, home):
    """A client whose key is encrypted."""
    alice = ca.issue("alice", usage=(pki.CLIENT,))
    path = home / "alice.key"
    path.write_bytes(
        alice.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    alice.key_file = path
    return alice


@pytest.fixture(name="strict")
def fixture_strict(identity, ca):
    """A server that wants to know who asks."""
    context = server_context(identity)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca.file)
    with Answers(context, lambda _: answer(b"hello\n")) as server:
        yield server


class TestPassphrase:
    """Of a client's key."""

    def words(self, ca, alice, server, *more):
        """Of a fetch as alice."""
        return (
            *("--cacert", ca.file, "--cert", alice.chain_file),
            *("--key", alice.key_file, *more, server.url),
        )

    def test_of_a_file_or_standard_input(
        self, duet, ca, alice, strict, home
    ):  # pylint: disable=too-many-arguments
        (home / "pass").write_text("secret\nand more\n")
        words = self.words(ca, alice, strict, "--pass-file", "pass")
        assert duet.get(*words).exit == 0
        words = self.words(ca, alice, strict, "--pass-file", "-")
        assert duet.get(*words, stdin=b"secret").exit == 0
        words = self.words(ca, alice, strict, "--pass-fd", "0")
        assert duet.get(*words, stdin=b"secret\n").exit == 0
        fetch = duet.get(*words, stdin=b"wrong\n")
        assert fetch.exit == OWN_CERT

    @pytest.mark.parametrize(
        "typed, status",
        [
            (b"secret\n", 0),
            (b"x\x15sekr\x7f\x7fcret\n", 0),
            (b"sec\x03", -signal.SIGINT),
            (b"\n", OWN_CERT),
        ],
        ids=["right", "mended", "interrupted", "nothing"],
    )
    def test_asked_for_at_the_terminal(
        self, duet, ca, alice, strict, typed, status
    ):  # pylint: disable=too-many-arguments
        argv = ["duet", "get", *self.words(ca, alice, strict)]
        shown, code = at_terminal(duet, argv, b"alice.key': ", typed)
        assert code == status, shown
        assert b"the passphrase of '" in shown
        assert b"secret" not in shown.replace(b"a secret", b"")

    def test_nobody_is_asked_without_one(self, duet, ca, alice, strict):
        fetch = duet.get(*self.words(ca, alice, strict))
        assert fetch.exit == OWN_CERT
        assert "passphrase" in fetch.sentence

    def test_one_of_three(self, duet, ca, alice, strict):
        words = ("--pass", "x", "--pass-fd", "0")
        assert duet.get(*self.words(ca, alice, strict, *words)).exit == 2


def at_terminal(duet, argv, prompt, typed):
    """Run it with a terminal of its own, and type when it asks: what was
    shown, and its exit code."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(duet.home)
        os.execve(duet.path, [str(word) for word in argv], duet.env)
    shown = b""
    while True:
        try:
            piece = os.read(fd, 4096)
        except OSError:  # Linux: nobody has it any more
            break
        shown += piece
        if typed and prompt in shown:
            os.write(fd, typed)
            typed = b""
    os.close(fd)
    return shown, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class StaplingServer(SServer):
    """With an answer of OCSP that is given to it."""

    staple: Path

    def argv(self, config):
        return [*super().argv(config), "-status_file", self.staple]


def staple_of(ca, cert, status, days):
    """OCSP's answer about it."""
    now = datetime.datetime.utcnow()
    revoked = status == ocsp.OCSPCertStatus.REVOKED
    return (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=cert,
            issuer=ca.cert,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=now + days[0] * pki.DAY,
            next_update=now + days[1] * pki.DAY,
            revocation_time=now - pki.DAY if revoked else None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, ca.cert)
        .sign(ca.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED


class TestStaple:
    """What a server staples, and must."""

    @pytest.mark.parametrize("mode", ["off", "soft", "hard"])
    @pytest.mark.parametrize(
        "must, status, days, code, words",
        [
            (True, GOOD, (-1, 1), 0, ""),
            (True, GOOD, (-2, -1), STAPLE, "out of date"),
            (True, None, None, STAPLE, "the server sent none"),
            (False, REVOKED, (-1, 1), PEER_CERT, "was revoked by"),
        ],
        ids=["good", "old", "none", "revoked"],
    )
    def test_in_every_mode(
        self, duet, ca, need, home, mode, must, status, days, code, words
    ):  # pylint: disable=too-many-arguments
        identity = ca.issue("localhost", must_staple=must)
        kind = SServer if status is None else StaplingServer
        (home / "www").mkdir()
        (home / "www/x").write_text("hello\n")
        peer = kind(need("openssl"), home, home / "www", identity)
        if status is not None:
            peer.staple = home / "staple.der"
            peer.staple.write_bytes(staple_of(ca, identity.cert, status, days))
        words_given = ("--json", "--cacert", ca.file, "--revocation", mode)
        with peer.running():
            fetch = duet.get(*words_given, peer.url + "x")
        if mode == "hard" and code == STAPLE:
            # That it names no CRL either is found out first.
            code, words = PEER_CERT, "it names no CRL of its issuer"
        assert fetch.exit == code, fetch.err
        assert words in fetch.err
        if code == 0 and mode != "off":
            assert fetch.json["revocation"][0]["by"] == "staple"
