# SPDX-License-Identifier: MIT
"""Fifteen servers that a client must refuse, each for another reason."""

import contextlib
import socket
import ssl
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes

from support import pki
from support.listener import Listener
from support.wire import Wire, server_context

NAME = "localhost"
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Broken:
    """A running server and what the client's one sentence must hold."""

    listener: Listener
    words: tuple  # each is in the sentence, in any case of letters
    exit: int
    options: list = field(default_factory=list)  # of `duet get`


def tls_server(context):
    """Handshake, one request, one reply: for those who get so far."""

    def one(sock):
        wire = Wire(sock, context, server=True)
        try:
            wire.handshake()
            if wire.read_head()[0]:
                wire.write(REPLY)
                wire.close_notify()
        except (ssl.SSLError, OSError):
            pass  # the client refused, as it should
        finish(wire)

    return Listener(one)


def finish(wire):
    """FIN, then read on: an RST must not overtake the alert."""
    try:
        wire.fin()
        wire.tcp_end()
    except OSError:
        pass


def certificate(identity, words, *options):
    """A server whose only fault is its certificate."""
    return Broken(
        tls_server(server_context(identity)), words, 60, list(options)
    )


def date(identity_time):
    """As the sentences write it."""
    return identity_time.strftime("%Y-%m-%d")


def expired(root):
    """Its last day was two days ago."""
    identity = root.issue(NAME, days=(-30, -2))
    last = date(identity.cert.not_valid_after)
    return certificate(identity, ("expired", last))


def not_yet_valid(root):
    """Its first day is in three days, or our clock is wrong."""
    identity = root.issue(NAME, days=(3, 30))
    first = date(identity.cert.not_valid_before)
    return certificate(identity, ("not valid", first, "clock"))


def wrong_name(root):
    """For two other names, which a person wants to see."""
    identity = root.issue("www.example.org", "shop.example.org")
    return certificate(identity, (NAME, "www.example.org", "shop.example.org"))


def self_signed(root):
    """Vouches for itself."""
    identity = root.issue(NAME, self_signed=True)
    return certificate(identity, ("self-signed", "trust anchor"))


def unknown_ca(root):
    """A whole chain, up to a root that we do not have."""
    other = pki.Authority(root.directory, "Other Root")
    identity = other.issue(NAME)
    with open(identity.chain_file, "ab") as chain:
        chain.write(pki.pem(other.cert))
    return certificate(identity, ("Other Root", "trust"))


def missing_intermediate(root):
    """Our root, but the certificate between is not sent."""
    middle = pki.Authority(root.directory, "Test Intermediate CA", parent=root)
    identity = middle.issue(NAME, with_chain=False)
    return certificate(identity, ("Test Intermediate CA", "whole chain"))


def client_auth_only(root):
    """May be used by a client only."""
    identity = root.issue(NAME, usage=(pki.CLIENT,))
    return certificate(identity, ("client", "server"))


def rsa_1024(root):
    """A key that can be broken."""
    return certificate(root.issue(NAME, bits=1024), ("1024", "RSA"))


def sha_1(root):
    """A signature that can be forged."""
    identity = root.issue(NAME, digest=hashes.SHA1())
    return certificate(identity, ("SHA-1",))


def revoked(root):
    """Its issuer has taken it back."""
    identity = root.issue(NAME)
    crl = root.crl(identity.cert)
    return certificate(identity, ("revoked",), "--crl", str(crl))


def tls_1_1(root):
    """Speaks nothing newer."""
    context = server_context(root.issue(NAME, bits=2048))
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return Broken(tls_server(context), ("version", "TLS 1.2"), 35)


def client_certificate(root):
    """Wants one of us."""
    context = server_context(root.issue(NAME))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(root.file)
    return Broken(tls_server(context), ("client certificate", "give one"), 35)


def plain_http(_):
    """Speaks HTTP without TLS."""

    def one(sock):
        sock.recv(65536)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while sock.recv(65536):
                pass

    return Broken(Listener(one), ("plain HTTP", "http://"), 35)


def closes_at_once(_):
    """Accepts and is gone."""
    return Broken(
        Listener(lambda sock: None), ("without an answer", "hello"), 35
    )


def no_common_cipher(root):
    """One cipher suite, and we do not do that one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    identity = root.issue(NAME, bits=2048)
    context.load_cert_chain(identity.chain_file, identity.key_file)
    return Broken(tls_server(context), ("cipher", "both sides"), 35)


ALL = [
    expired,
    not_yet_valid,
    wrong_name,
    self_signed,
    unknown_ca,
    missing_intermediate,
    client_auth_only,
    rsa_1024,
    sha_1,
    tls_1_1,
    client_certificate,
    plain_http,
    closes_at_once,
    no_common_cipher,
    revoked,
]
