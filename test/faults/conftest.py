from __future__ import annotations

import datetime
import hashlib
import shutil
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL.crypto import X509
from proxy_server import start_proxy


class Certificates:
    """Certificates of an authority for tests, as files and as contexts of servers."""

    KEY_PASSWORD = "päss-of-the-key"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.authority_file = str(folder / "authority.pem")
        self.authority.cert_pem.write_to_path(self.authority_file)
        self.leaf = self.authority.issue_cert("localhost")
        self.leaf_file, self.leaf_key = str(folder / "leaf.pem"), str(folder / "leaf.key")
        self.leaf.cert_chain_pems[0].write_to_path(self.leaf_file)
        self.leaf.private_key_pem.write_to_path(self.leaf_key)
        self.client_file = str(folder / "client.pem")
        self.client_key = str(folder / "client.key")
        client = self.authority.issue_cert("client")
        client.cert_chain_pems[0].write_to_path(self.client_file)
        client.private_key_pem.write_to_path(self.client_key)
        self.client_both = str(folder / "client-both.pem")
        client.private_key_and_cert_chain_pem.write_to_path(self.client_both)
        key = serialization.load_pem_private_key(client.private_key_pem.bytes(), None)
        encrypted = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(self.KEY_PASSWORD.encode()),
        )
        self.client_key_encrypted = str(folder / "client-encrypted.key")
        Path(self.client_key_encrypted).write_bytes(encrypted)
        self.client_both_encrypted = str(folder / "client-both-encrypted.pem")
        Path(self.client_both_encrypted).write_bytes(Path(self.client_file).read_bytes() + encrypted)
        self.hashed_folder = str(folder / "hashed")
        self._hash(self.authority_file)

    def _hash(self, file: str) -> None:
        """Put a certificate into the folder under its hashed name, as `openssl rehash` does."""
        name = X509.from_cryptography(x509.load_pem_x509_certificate(Path(file).read_bytes())).subject_name_hash()
        Path(self.hashed_folder).mkdir()
        shutil.copy(file, Path(self.hashed_folder) / f"{name:08x}.0")

    def fingerprint(self, digest: str) -> str:
        """Return the fingerprint of the valid certificate."""
        certificate = ssl.PEM_cert_to_DER_cert(self.leaf.cert_chain_pems[0].bytes().decode())
        return hashlib.new(digest, certificate).hexdigest()

    def context(self, kind: str) -> ssl.SSLContext:
        """Return the context of a server with this kind of certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
        if kind == "self-signed":
            context.load_cert_chain(self._self_signed())
            return context
        leaf = {
            "expired": lambda: self.authority.issue_cert("localhost", not_before=past, not_after=past.replace(month=2)),
            "unknown": lambda: trustme.CA().issue_cert("localhost"),
            "other host": lambda: self.authority.issue_cert("other.example.com"),
        }.get(kind, lambda: self.leaf)()
        leaf.configure_cert(context)
        if kind == "old":
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        if kind == "client certificate":
            self.authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _self_signed(self) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        file = self.folder / "self-signed.pem"
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        file.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
            + builder.sign(key, hashes.SHA256()).public_bytes(pem)
        )
        return file


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def tls_proxy(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[int]:
    pytest.importorskip("proxy")
    files = ("--cert-file", certificates.leaf_file, "--key-file", certificates.leaf_key)
    yield from start_proxy(tmp_path_factory.mktemp("proxy"), *files)
