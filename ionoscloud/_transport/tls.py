"""Create TLS contexts: trusted certificates, verification, client certificates."""

from __future__ import annotations

import os
import re
import ssl
from typing import TYPE_CHECKING, Any

import certifi
import urllib3.util.ssl_

from ionoscloud._argument_errors import ApiValueError
from ionoscloud._checks import check_regular_file, check_setting

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration

_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
# Error codes of OpenSSL: no issuer (2, 20), self-signed (18, 19), first certificate cannot be verified (21).
_UNKNOWN_ISSUER = {2, 18, 19, 20, 21}
_shared: dict[tuple[Any, ...], ssl.SSLContext] = {}


class _NoPassword(Exception):
    """The key is encrypted, and `key_password` is not set."""


def tls_options(configuration: Configuration) -> dict[str, Any]:
    """Return the options of `urllib3.PoolManager` for connections over TLS.

    Raises:
        ApiValueError: A file cannot be used, or the key is encrypted and `key_password` does not decrypt it.
    """
    context = shared_context(configuration)
    _load_client_certificate(context, configuration)
    options: dict[str, Any] = {"ssl_context": context, "cert_reqs": context.verify_mode}
    if configuration.assert_hostname is not None:
        options["assert_hostname"] = configuration.assert_hostname
    if configuration.fingerprint:
        options["assert_fingerprint"] = configuration.fingerprint
    return options


def shared_context(configuration: Configuration) -> ssl.SSLContext:
    """Return the TLS context of `ssl_context`; all clients with default TLS settings share one.

    Creating a context takes 30 ms and most of the memory of a client. Contexts with other settings are not shared,
    because urllib3 and client certificates change them.
    """
    own_settings = (
        configuration.ssl_ca_cert or configuration.ca_cert_data or configuration._ca_variable,
        configuration.cert_file or configuration.key_file,
        configuration.fingerprint or configuration.assert_hostname is not None,
    )
    if configuration.verify_ssl is not True or any(own_settings) or urllib3.util.ssl_.IS_PYOPENSSL:
        return ssl_context(configuration)
    # Tools such as truststore replace these functions, which makes existing contexts outdated.
    key = certifi.where(), urllib3.util.ssl_.create_urllib3_context, ssl.SSLContext
    if key not in _shared:
        _shared.clear()
    return _shared.get(key) or _shared.setdefault(key, ssl_context(configuration))


def ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """Return a TLS context with the trusted certificates of a configuration. urllib3 verifies host names itself.

    Raises:
        ApiValueError: The certificates cannot be read; the error names the setting or the variable.
    """
    verified = check_setting("verify_ssl", configuration.verify_ssl)
    if urllib3.util.ssl_.IS_PYOPENSSL:
        # Some programs, such as mocket, make urllib3 use pyOpenSSL, whose contexts work for one connection only.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = verified
        context.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
    else:
        # Not imported by name, because tools such as truststore replace it.
        context = urllib3.util.ssl_.create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verified else ssl.CERT_NONE)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    name, path = "ssl_ca_cert", configuration.ssl_ca_cert
    if configuration.ca_cert_data:
        _load_text(context, configuration.ca_cert_data)
        if not path:
            return context
    if not path:
        name, path = configuration._ca_variable or (name, certifi.where())
    try:
        if name == "SSL_CERT_DIR" or os.path.isdir(path):
            folders = [folder for folder in os.fspath(path).split(os.pathsep) if os.path.isdir(folder)]
            if not any(_HASHED.fullmatch(file) for folder in folders for file in os.listdir(folder)):
                raise ValueError("the folder has no hashed certificates; run `openssl rehash` on it")
            context.load_verify_locations(capath=path)
        else:
            check_regular_file(path)
            context.load_verify_locations(cafile=path)
    except (OSError, TypeError, ValueError) as error:
        raise ApiValueError(f"{name} {_quote(path)} cannot be used: {error}") from error
    return context


def _load_text(context: ssl.SSLContext, text: str) -> None:
    """Trust the certificates in a text (PEM).

    Raises:
        ApiValueError: One of them is invalid.
    """
    try:
        # `ssl` accepts only ASCII, but comments between the certificates often have other characters.
        context.load_verify_locations(cadata=text.encode("ascii", "replace").decode())
    except (OSError, TypeError, ValueError) as error:
        raise ApiValueError(f"ca_cert_data cannot be used: {error}") from error


def _load_client_certificate(context: ssl.SSLContext, configuration: Configuration) -> None:
    """Load the client certificate and its key, if the configuration has them.

    Raises:
        ApiValueError: A file cannot be used, or the password of an encrypted key is missing or wrong.
    """
    files = {"cert_file": configuration.cert_file, "key_file": configuration.key_file}
    if not configuration.cert_file:
        if configuration.key_file:
            raise ApiValueError("key_file needs the certificate that belongs to it: set cert_file")
        return
    asked = False

    def password() -> str:  # without this function, OpenSSL would prompt on the terminal
        nonlocal asked
        asked = True
        if configuration.key_password is None:
            raise _NoPassword
        return configuration.key_password

    culprit = ""
    try:
        for name, path in files.items():
            culprit = f"{name} {_quote(path)}"
            if path is not None:
                check_regular_file(path)
                open(path, "rb").close()  # OpenSSL does not say which file it cannot read
        culprit = ", ".join(f"{name} {_quote(path)}" for name, path in files.items())
        context.load_cert_chain(configuration.cert_file, configuration.key_file, password)
    except _NoPassword:
        raise ApiValueError(f"{culprit}: the key is encrypted, set key_password") from None
    except (OSError, TypeError, ValueError) as error:
        if asked and getattr(error, "reason", None) != "KEY_VALUES_MISMATCH":
            # Without the cause: an encoding error would contain the password.
            raise ApiValueError(f"{culprit}: key_password does not decrypt the key") from None
        raise ApiValueError(f"{culprit} cannot be used: {error}") from error


def trust_hint(error: Exception) -> str:
    """Return advice to append to the text of an error, if an unknown authority issued the certificate."""
    cause = error if isinstance(error, ssl.SSLError) or not error.args else error.args[0]
    if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in _UNKNOWN_ISSUER:
        return "; if you trust its authority, set ssl_ca_cert or SSL_CERT_FILE to the file with its certificate"
    return ""


def _quote(path: str | os.PathLike[str] | None) -> str:
    return repr(path) if path is None else repr(os.fspath(path))
