# SPDX-License-Identifier: MIT
"""Authorities and certificates, good ones and broken ones, made at run time.

Made with python-cryptography and not with the program, so that one mistake of
ours cannot hide another.
"""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

DAY = datetime.timedelta(days=1)
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


def utc_now():
    """The time, as certificates count it."""
    return datetime.datetime.utcnow().replace(microsecond=0)


@dataclass
class Identity:
    """A certificate chain and its key, as files."""

    cert: x509.Certificate
    key: object
    chain_file: Path
    key_file: Path

    @property
    def both_file(self):
        """Chain and key in one file, as some servers want them."""
        path = self.chain_file.with_suffix(".both.pem")
        path.touch(0o600)
        path.write_bytes(
            self.chain_file.read_bytes() + self.key_file.read_bytes()
        )
        return path


def pem(cert):
    """A certificate or a CRL as PEM."""
    return cert.public_bytes(serialization.Encoding.PEM)


def key_pem(key):
    """A private key as PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def new_key(bits=None):
    """P-256, or RSA of so many bits."""
    if bits is None:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, bits)


def general_name(name):
    """A DNS name or an address, told by its form."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """A CA that issues into a directory."""

    def __init__(self, directory, name="Duet Test Root", parent=None):
        self.directory = Path(directory)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = new_key()
        self.parent = parent
        signer = parent or self
        now = utc_now()
        self.cert = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 30 * DAY)
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(key_usage(ca=True), True)
            .add_extension(key_id(self.key), False)
            .add_extension(authority_id(signer.key), False)
            .sign(signer.key, hashes.SHA256())
        )
        self.file = self.directory / f"{slug(name)}.pem"
        self.file.write_bytes(pem(self.cert))

    def issue(
        self,
        *names,
        bits=None,
        usage=(SERVER,),
        days=(-1, 30),
        digest=None,
        with_chain=True,
        self_signed=False,
        common_name=None,
        crl_urls=(),
        issuer_url=None,
        must_staple=False,
    ):
        """A leaf for these names; days: first and last, from today."""
        key = new_key(bits)
        subject = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, common_name or names[0])]
        )
        signing = key if self_signed else self.key
        now = utc_now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if self_signed else self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY)
            .not_valid_after(now + days[1] * DAY)
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(key_usage(ca=False), True)
            .add_extension(x509.ExtendedKeyUsage(usage), False)
            .add_extension(key_id(key), False)
            .add_extension(authority_id(signing), False)
            .add_extension(
                x509.SubjectAlternativeName([general_name(n) for n in names]),
                False,
            )
        )
        if crl_urls:
            builder = builder.add_extension(crl_points(crl_urls), False)
        if issuer_url:
            builder = builder.add_extension(issuer_at(issuer_url), False)
        if must_staple:
            feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
            builder = builder.add_extension(feature, False)
        cert = builder.sign(signing, digest or hashes.SHA256())
        return self.store(cert, key, with_chain and not self_signed)

    def store(self, cert, key, with_chain):
        """The files of a new identity; the root is never in the chain."""
        base = self.directory / f"{cert.serial_number:x}"
        chain = pem(cert)
        issuer = self
        while with_chain and issuer.parent is not None:
            chain += pem(issuer.cert)
            issuer = issuer.parent
        identity = Identity(
            cert, key, base.with_suffix(".pem"), base.with_suffix(".key")
        )
        identity.chain_file.write_bytes(chain)
        identity.key_file.touch(0o600)
        identity.key_file.write_bytes(key_pem(key))
        return identity

    def crl(self, *revoked):
        """A CRL of these certificates, as a file."""
        now = utc_now()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(now - DAY)
            .next_update(now + 7 * DAY)
            .add_extension(x509.CRLNumber(1), False)
            .add_extension(authority_id(self.key), False)
        )
        for cert in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(cert.serial_number)
                .revocation_date(now - DAY)
                .build()
            )
        path = self.directory / "revoked.crl"
        path.write_bytes(pem(builder.sign(self.key, hashes.SHA256())))
        return path


def slug(name):
    """A name as a file name."""
    return name.lower().replace(" ", "-")


def key_id(key):
    """Subject key identifier."""
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def authority_id(key):
    """Authority key identifier."""
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def crl_points(urls):
    """Where the issuer's CRL is, each place by itself."""
    return x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                [x509.UniformResourceIdentifier(url)], None, None, None
            )
            for url in urls
        ]
    )


def issuer_at(url):
    """Where the issuer's own certificate is."""
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier(url),
            )
        ]
    )


def key_usage(ca):
    """What RFC 5280 wants of a CA and of a server."""
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
