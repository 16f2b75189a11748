"""The TLS settings of connections: what is trusted, and which certificate the client shows."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

import certifi
from urllib3.util.ssl_ import create_urllib3_context

from ionoscloud.exceptions import ApiValueError

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration


def ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """Return what a configuration trusts and at least asks for. urllib3 decides on host names by itself."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load(context.load_verify_locations, ssl_ca_cert=configuration.ssl_ca_cert or certifi.where())
    return context


def load(load_files: Callable[..., object], **files: str | None) -> None:
    culprit = ""
    try:
        for name, path in files.items():
            culprit = f"{name} {path!r}"
            if path is not None:
                open(os.fspath(path), "rb").close()  # OpenSSL would not say which of them it cannot read
        culprit = ", ".join(f"{name} {path!r}" for name, path in files.items())
        load_files(*files.values())
    except (OSError, TypeError, ValueError) as error:
        raise ApiValueError(f"{culprit} cannot be used: {error}") from error
