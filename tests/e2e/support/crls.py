# SPDX-License-Identifier: MIT
"""CRLs of any size and shape, written byte by byte, and who serves them.

A list of a million entries takes a library minutes to make; here it takes a
second, and mistakes of ours cannot hide behind those of one.
"""

import datetime
import shutil

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography import x509

from support import pki
from support.peers.nginx import Nginx

SHA256_ECDSA = bytes.fromhex("300a06082a8648ce3d040302")
OTHERS = 1 << 64  # serial numbers of entries that are nobody's begin here


def tlv(tag, *parts):
    """One element of DER."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def integer(value):
    """INTEGER, which is not negative."""
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def utc_time(when):
    """UTCTime."""
    return tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode())


def extension(last, value, critical=False):
    """One of id-ce (2.5.29)."""
    flag = b"\x01\x01\xff" if critical else b""
    return tlv(0x30, bytes([6, 3, 0x55, 0x1D, last]), flag, tlv(4, value))


def entry(serial, when, reason=None):
    """One that was revoked."""
    more = b""
    if reason is not None:
        value = tlv(10, bytes([reason]))
        more = tlv(0x30, extension(21, value))
    return tlv(0x30, integer(serial), utc_time(when), more)


def make(  # pylint: disable=too-many-arguments
    ca,
    revoked=(),
    count=0,
    url=None,
    number=1,
    days=(-1, 7),
    reason=1,
    signer=None,
):
    """The DER of a list of ca: of these certificates and count others; a part
    that is for one URL, or whole."""
    now = pki.utc_now()
    begin, end = (now + day * pki.DAY for day in days)
    others = utc_time(begin)
    entries = b"".join(
        tlv(0x30, integer(OTHERS + i), others) for i in range(count)
    )
    entries += b"".join(entry(c.serial_number, begin, reason) for c in revoked)
    key_id = x509.SubjectKeyIdentifier.from_public_key(ca.key.public_key())
    extensions = extension(35, tlv(0x30, tlv(0x80, key_id.digest)))
    extensions += extension(20, integer(number))
    if url is not None:
        name = tlv(0xA0, tlv(0xA0, tlv(0x86, url.encode())))
        user = tlv(0x81, b"\xff")
        extensions += extension(28, tlv(0x30, name, user), True)
    tbs = tlv(
        0x30,
        integer(1),
        SHA256_ECDSA,
        ca.name.public_bytes(),
        utc_time(begin),
        utc_time(end),
        tlv(0x30, entries) if entries else b"",
        tlv(0xA0, tlv(0x30, extensions)),
    )
    key = signer if signer is not None else ca.key
    signature = key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return tlv(0x30, tbs, SHA256_ECDSA, tlv(3, b"\0", signature))


class OpenNginx(Nginx):
    """nginx over plain HTTP, as CAs serve their lists."""

    name = "nginx-open"

    def listen(self):
        return f"\n        listen 127.0.0.1:{self.port};"


def days_ago(count):
    """As sentences have it."""
    return (pki.utc_now() - datetime.timedelta(days=count)).strftime(
        "%Y-%m-%d"
    )


def forget(duet):
    """What the program has kept of lists."""
    shutil.rmtree(duet.home / ".cache", ignore_errors=True)
