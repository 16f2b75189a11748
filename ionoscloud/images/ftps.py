"""FTP over TLS for image uploads: both channels are verified, and every step ends by a deadline."""

from __future__ import annotations

import base64
import contextlib
import ftplib
import html
import json
import os
import re
import socket
import ssl
import struct
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from urllib3.exceptions import SSLError
from urllib3.util.ssl_ import assert_fingerprint

from ionoscloud._redaction import escape_unprintable, mask_secrets
from ionoscloud._secret_types import MASK, SecretStr
from ionoscloud._tracebacks import clear_locals
from ionoscloud._transport.deadline import timeout_pair
from ionoscloud._transport.resolver import look_up
from ionoscloud._transport.tls import ssl_context, trust_hint
from ionoscloud.exceptions import (
    ApiException,
    ConnectionException,
    OpenApiException,
    TimeoutException,
    TlsException,
    UnauthorizedException,
)

if TYPE_CHECKING:
    from ionoscloud.configuration import Configuration
    from ionoscloud.images.deadline import Deadline

PORT = 21
MAX_REPLY_LINES = 1000  # an endless reply must not fill the memory
MAX_REPLY_LENGTH = 1000  # characters of a reply that errors and logs show
# Replies with numbers that are needed; the rest of their text is dropped.
_NUMBERS = re.compile(
    r"(213) *(\d{1,18})\s*$|(227)\b.*?(\d{1,5}(?:,\d{1,5}){5})|(229)\b.*?(\(\|\|\|\d{1,5}\|\))", re.ASCII
)
_CODE = re.compile(r"\d{3}(?:[ -]|$)", re.ASCII)
# SO_LINGER of 0 s resets the connection: a server would treat an orderly close as the end of the file.
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class FtpServer:
    """FTP server of a location.

    Args:
        configuration: Provides timeouts and TLS settings.
        host: Name or address of the server.
        port: Port of its control channel.
        fingerprint: Fingerprint of its certificate; `None` to verify the host name instead.
        credentials: User name and password.
    """

    def __init__(
        self, configuration: Configuration, host: str, port: int, fingerprint: str | None, credentials: tuple[str, str]
    ) -> None:
        self.host = host
        self.port = port
        self.fingerprint = fingerprint
        self.timeouts = timeout_pair(configuration.timeout)
        self.context = ssl_context(configuration)
        # As in urllib3, a fingerprint replaces the check of the host name.
        by_name = fingerprint is None and configuration.assert_hostname is not False
        self.context.check_hostname = configuration.verify_ssl and by_name
        self.context.options &= ~ssl.OP_NO_TICKET  # the data channel resumes the TLS session of the control channel
        self._credentials = (credentials[0], SecretStr(credentials[1]))
        self.secrets = _secret_spellings(*credentials)

    @property
    def address(self) -> str:
        """Host, and the port unless it is the default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORT else f"{host}:{self.port}"

    def connect(self, deadline: Deadline, directory: str) -> Session:
        """Log in and change to a directory."""
        session = Session(self, deadline)
        try:
            session.open(directory, *self._credentials)
        except BaseException:
            session.close()
            raise
        return session


class Session(ftplib.FTP_TLS):
    """A login to an FTP server."""

    maxline = 2048  # bytes of a line of a reply

    def __init__(self, server: FtpServer, deadline: Deadline) -> None:
        super().__init__(context=server.context)
        self._server = server
        self._deadline = deadline
        self._lines = 0

    def open(self, directory: str, username: str, password: str) -> None:
        """Connect, secure the control channel, log in and change to a directory."""
        self.host = self._server.host
        plain = self._connect_control()
        self._use(plain)
        plain.settimeout(self._deadline.left(self._server.timeouts[1]))
        self.welcome = self.getresp()
        try:
            self.login(username, password)
        except BaseException as error:
            clear_locals(error)  # local variables of ftplib and ssl contain the password
            raise
        self.prot_p()
        self.voidcmd("TYPE I")
        self.cwd(directory)

    def _connect_control(self) -> socket.socket:
        timeout = self._server.timeouts[0]
        problem: OSError | None = None
        for address in look_up(self._server.host, self._server.port, self._deadline.left(timeout)):
            try:
                return socket.create_connection(address, self._deadline.left(timeout))
            except OSError as error:
                problem = error
        raise problem or OSError(f"{self._server.host} has no address")

    def _use(self, sock: socket.socket) -> None:
        """Use a socket as the control channel."""
        self._deadline.unwatch(self.sock)
        self.sock = sock
        self.af = sock.family
        self._deadline.watch(sock)
        if self.file:
            self.file.close()  # discards what was received before the connection was secure
        self.file = sock.makefile("r", encoding=self.encoding, errors="replace")

    def auth(self) -> str:
        """Secure the control channel. `login` calls this before it sends the credentials."""
        response = self.voidcmd("AUTH TLS")
        self._use(self._secured(self.sock))  # type: ignore[arg-type]
        return response

    def _secured(self, sock: socket.socket, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
        """Wrap a socket in TLS and verify the certificate."""
        sock.settimeout(self._deadline.left(self._server.timeouts[1]))
        secure = self.context.wrap_socket(
            sock, server_hostname=self.host, session=session, do_handshake_on_connect=False
        )
        try:
            with self._deadline.watching(secure):
                secure.do_handshake()
            if self._server.fingerprint:
                assert_fingerprint(secure.getpeercert(binary_form=True), self._server.fingerprint)
        except BaseException:
            secure.close()
            raise
        return secure

    @contextlib.contextmanager
    def data_channel(self) -> Generator[socket.socket]:
        """Context manager that opens a data channel, not yet secured."""
        address = self.makepasv()
        limit = self._deadline.left(self._server.timeouts[0])
        with socket.create_connection(address, limit) as plain, self._deadline.watching(plain):
            yield plain

    def makepasv(self) -> tuple[str, int]:
        """Request a data port. The host in the reply is ignored: data goes to the host of the control channel."""
        _, port = super().makepasv()
        return self.sock.getpeername()[0], port  # type: ignore[union-attr]

    def store(self, name: str, offset: int) -> None:
        """Announce a file and return when the server has accepted it.

        Args:
            name: Name of the file.
            offset: Byte at which the transfer continues; 0 for the whole file.

        Raises:
            ftplib.error_temp, ftplib.error_perm: The server rejected it.
        """
        if offset:
            self.sendcmd(f"REST {offset}")
        reply = self.sendcmd(f"STOR {name}")
        if reply.startswith("2"):  # some servers send the expected reply after this one
            reply = self.getresp()
        if not reply.startswith("1"):
            raise ftplib.error_reply(reply)

    def secure(self, plain: socket.socket) -> ssl.SSLSocket:
        """Secure a data channel with the TLS session of the control channel, which many servers require."""
        return self._secured(plain, self.sock.session)  # type: ignore[union-attr]

    def getline(self) -> str:
        self._lines += 1
        if self._lines > MAX_REPLY_LINES:
            raise ftplib.error_proto(f"the reply has more than {MAX_REPLY_LINES} lines")
        return super().getline()

    def getmultiline(self) -> str:
        """Read a reply, and redact it before any other code sees it."""
        self._lines = 0
        try:
            return _redact_reply(super().getmultiline(), self._server.secrets)
        except BaseException as error:
            clear_locals(error)  # local variables of ftplib contain the lines so far
            raise

    def close(self) -> None:
        self._deadline.unwatch(self.sock)
        super().close()

    def size_of(self, name: str) -> int | None:
        """Return the size of a file in bytes; `None` if it does not exist."""
        try:
            reply = self.sendcmd(f"SIZE {name}")
        except ftplib.error_perm as error:
            if str(error).startswith("550"):
                return None
            raise
        code, _, size = reply.partition(" ")
        if code != "213" or not (size.isascii() and size.isdecimal()):
            raise ftplib.error_reply(reply)
        return int(size)

    def send(self, channel: socket.socket, blocks: Iterable[bytes]) -> None:
        """Send blocks over a data channel, close it, and wait until the server confirms the file."""
        try:
            with channel, self._deadline.watching(channel):
                try:
                    for block in blocks:
                        self._deadline.left()
                        channel.sendall(block)
                except BaseException:
                    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    raise
                with contextlib.suppress(OSError):  # some servers skip the TLS closure; the size is compared later
                    channel.unwrap()  # type: ignore[attr-defined]
        except OSError as error:
            if not isinstance(error, socket.timeout):
                self.voidresp()  # raises the server's reason, such as a full disk
            raise
        self.voidresp()


def _secret_spellings(username: str, password: str) -> set[str]:
    """Return the encodings in which a server may repeat the password."""
    texts = {password, password.upper(), password.lower(), password.replace('"', '""')}
    texts |= {str.__repr__(password)[1:-1], password.encode("unicode_escape").decode(), json.dumps(password)[1:-1]}
    texts |= {quote(password), quote(password, "").lower(), html.escape(password)}
    # For a server with another character set, whose reply is decoded as UTF-8.
    texts |= {password.encode(charset, "replace").decode("utf-8", "replace") for charset in ("latin-1", "ascii")}
    texts |= {password.encode().decode("latin-1"), password.encode().hex(), password.encode().hex().upper()}
    for text in (password, f"{username}:{password}", f"\0{username}\0{password}"):
        encoded = base64.b64encode(text.encode()).decode().rstrip("=")
        texts |= {encoded, encoded.translate(str.maketrans("+/", "-_"))}
    return texts


def _redact_reply(reply: str, secrets: Iterable[str]) -> str:
    """Return a reply on one line with secrets masked, but keep its code and needed numbers even if they match."""
    numbers = _NUMBERS.match(reply)
    if numbers:
        code, value = filter(None, numbers.groups())
        return f"{code} {value if code != '227' else f'({value})'}"
    code = _CODE.match(reply)
    start = code.group() if code else ""
    shown = escape_unprintable(mask_secrets(reply, secrets))
    if not shown.startswith(start):
        shown = start + MASK
    return shown if len(shown) <= MAX_REPLY_LENGTH else f"{shown[:MAX_REPLY_LENGTH]}..."


def is_tls_failure(error: BaseException) -> bool:
    """Return whether TLS rejected the connection, as opposed to a connection that broke."""
    broke = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    return isinstance(error, (ssl.SSLError, SSLError)) and not isinstance(error, broke)


def is_transient(error: BaseException) -> bool:
    """Return whether a retry may help: the connection broke, or the server sent a 4xx reply other than 452."""
    if isinstance(error, ftplib.error_temp):
        return not str(error).startswith("452")
    return isinstance(error, (OSError, EOFError)) and not is_tls_failure(error)


def as_api_exception(
    error: Exception, server: FtpServer, path: str, deadline: Deadline, attempts: int
) -> OpenApiException:
    """Convert an error of a transfer to an exception of this package."""
    if isinstance(error, OpenApiException):
        return error
    error_class: type[ApiException] = ApiException
    text = f"{type(error).__name__}: {error}"
    if deadline.expired:
        error_class, text = TimeoutException, str(deadline)
    elif isinstance(error, ftplib.Error):
        error_class = UnauthorizedException if str(error).startswith("530") else ApiException
        text = str(error)
    elif isinstance(error, socket.timeout):
        error_class = TimeoutException
    elif is_tls_failure(error):
        error_class, text = TlsException, f"{text}{trust_hint(error)}"
    elif isinstance(error, EOFError):
        error_class, text = ConnectionException, "the server closed the connection"
    elif isinstance(error, OSError):
        error_class = ConnectionException
    result = error_class(reason=text, url=f"ftp://{server.address}/{quote(path)}", method="STOR")
    result.attempts = attempts
    result.__cause__ = error
    return result
