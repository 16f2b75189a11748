"""The TLS settings of connections: what is trusted, and which certificate the client shows."""

from __future__ import annotations

import os
import re
import ssl
from typing import TYPE_CHECKING

import certifi
import urllib3.util.ssl_

from ionoscloud.exceptions import ApiValueError
from ionoscloud.settings import check_regular, checked

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration

_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
# OpenSSL's: no issuer (2, 20), self-signed (18, 19), and a first certificate that cannot be verified (21).
_UNKNOWN_ISSUER = {2, 18, 19, 20, 21}


class _NoPassword(Exception):
    """A key that is encrypted, and no password for it."""


def ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """Return what a configuration trusts and at least asks for. urllib3 decides on host names by itself.

    Raises:
        ApiValueError: The trusted certificates cannot be read; it names the setting or the variable.
    """
    verified = checked("verify_ssl", configuration.verify_ssl)
    if urllib3.util.ssl_.IS_PYOPENSSL:
        # Some programs let urllib3 use pyOpenSSL, and mocket leaves it behind: it takes a context for one connection.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = verified
        context.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
    else:
        # Looked up now: tools such as truststore replace what it makes.
        context = urllib3.util.ssl_.create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verified else ssl.CERT_NONE)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    name, path = "ssl_ca_cert", configuration.ssl_ca_cert
    if not path:
        name, path = configuration._environment_authorities or (name, certifi.where())
    try:
        if name == "SSL_CERT_DIR" or os.path.isdir(path):
            folders = [folder for folder in os.fspath(path).split(os.pathsep) if os.path.isdir(folder)]
            if not any(_HASHED.fullmatch(file) for folder in folders for file in os.listdir(folder)):
                raise ValueError("it is no folder with hashed certificates, as `openssl rehash` makes them")
            context.load_verify_locations(capath=path)
        else:
            check_regular(path)
            context.load_verify_locations(cafile=path)
    except (OSError, TypeError, ValueError) as error:
        raise ApiValueError(f"{name} {_shown(path)} cannot be used: {error}") from error
    return context


def load_client_certificate(context: ssl.SSLContext, configuration: Configuration) -> None:
    """Load the certificate that the client shows, and its key, if the configuration has them.

    Raises:
        ApiValueError: A file cannot be used, the key is encrypted and there is no password, or that is the wrong one.
    """
    files = {"cert_file": configuration.cert_file, "key_file": configuration.key_file}
    if not configuration.cert_file:
        if configuration.key_file:
            raise ApiValueError("key_file needs the certificate that belongs to it: set cert_file")
        return
    asked = False

    def password() -> str:  # without a function OpenSSL would ask on the terminal
        nonlocal asked
        asked = True
        if configuration.key_password is None:
            raise _NoPassword
        return configuration.key_password

    culprit = ""
    try:
        for name, path in files.items():
            culprit = f"{name} {_shown(path)}"
            if path is not None:
                check_regular(path)
                open(path, "rb").close()  # OpenSSL would not say which of them it cannot read
        culprit = ", ".join(f"{name} {_shown(path)}" for name, path in files.items())
        context.load_cert_chain(configuration.cert_file, configuration.key_file, password)
    except _NoPassword:
        raise ApiValueError(f"{culprit}: the key is encrypted, set key_password") from None
    except (OSError, TypeError, ValueError) as error:
        if asked and getattr(error, "reason", None) != "KEY_VALUES_MISMATCH":
            # Not the cause: that of a password which cannot be encoded holds it.
            raise ApiValueError(f"{culprit}: key_password does not decrypt the key") from None
        raise ApiValueError(f"{culprit} cannot be used: {error}") from error


def trust_hint(error: Exception) -> str:
    """Return what to do about a certificate of an authority that is not trusted, to be put after the error's text."""
    cause = error if isinstance(error, ssl.SSLError) or not error.args else error.args[0]
    if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in _UNKNOWN_ISSUER:
        return "; if you trust its authority, name the file with its certificate in ssl_ca_cert or SSL_CERT_FILE"
    return ""


def _shown(path: str | os.PathLike[str] | None) -> str:
    return repr(path) if path is None else repr(os.fspath(path))
