"""FTP over TLS as the upload of images needs it: both channels verified, and every step bounded in time."""

from __future__ import annotations

import base64
import contextlib
import ftplib
import html
import json
import math
import os
import re
import socket
import ssl
import struct
import threading
import traceback
import weakref
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from urllib3.exceptions import SSLError
from urllib3.util.ssl_ import assert_fingerprint

from ionoscloud import _clock
from ionoscloud._redaction import MASK, SecretStr, printable, redacted
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

PORT = 21
REPLY_LINES = 1000  # no reply has more; one that never ends must not fill the memory
REPLY_SHOWN = 1000  # characters of a reply that are kept
# Replies whose numbers are used; nothing else of them is kept.
_NUMBERS = re.compile(
    r"(213) *(\d{1,18})\s*$|(227)\b.*?(\d{1,5}(?:,\d{1,5}){5})|(229)\b.*?(\(\|\|\|\d{1,5}\|\))", re.ASCII
)
_CODE = re.compile(r"\d{3}(?:[ -]|$)", re.ASCII)
# Close at once and tell the other side: without that the end of a broken transfer passes for the end of the file.
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Deadline:
    """Cuts the connections of an upload when its time is over, or when it is called off.

    A time-out of a socket alone would let a server that drips bytes keep a caller for ever.

    It waits with bare locks: a signal that interrupts an `Event` can leave it locked for all other threads.

    Args:
        seconds: Time until then; `None` for no limit.

    Attributes:
        over: Whether that is past.
    """

    def __init__(self, seconds: float | None) -> None:
        self._gate = threading.Lock()  # closed until it is over
        self._gate.acquire()
        self.over = False
        self._seconds = seconds
        self._end = math.inf if seconds is None else _clock.monotonic() + seconds
        self._called_off = False
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()

    def __enter__(self) -> Deadline:
        if self._seconds is not None:
            arguments = weakref.ref(self), self._gate, min(max(self.until(0) or 0, 0), threading.TIMEOUT_MAX)
            threading.Thread(target=_cut_in_time, args=arguments, name="upload deadline", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def __str__(self) -> str:
        return "it was called off" if self._called_off else f"it took longer than {self._seconds:g} s"

    def left(self, limit: float = math.inf) -> float:
        """Return the seconds that a step may take, which are not more than its own limit.

        Raises:
            socket.timeout: None are left.
        """
        remaining = min(limit, self._end - _clock.monotonic(), threading.TIMEOUT_MAX)
        if remaining <= 0:
            self.over = True
        if self.over:
            raise socket.timeout(str(self))
        return remaining

    def until(self, later: float) -> float | None:
        """Return the seconds until so many seconds after it; `None` for no limit."""
        remaining = max(self._end + later - _clock.monotonic(), 0)
        return remaining if remaining < threading.TIMEOUT_MAX else None

    def wait(self, seconds: float) -> bool:
        """Wait so many seconds, or until it is over; say whether it is."""
        if self._gate.acquire(timeout=min(max(seconds, 0), threading.TIMEOUT_MAX)):
            self._open_gate()
        return self.over

    @contextlib.contextmanager
    def watching(self, sock: socket.socket) -> Generator[None]:
        """Cut this connection, too, as long as the context lasts."""
        try:
            self.watch(sock)
            yield
        finally:
            self.forget(sock)

    def watch(self, sock: socket.socket) -> None:
        """Cut this connection, too."""
        with self._lock:
            self._sockets.add(sock)
        self.left()  # only now: what comes after it finds the connection

    def forget(self, sock: socket.socket | None) -> None:
        """Leave this connection alone; to be called before it is closed, since its number may serve another then."""
        with self._lock:
            self._sockets.discard(sock)

    def cut(self) -> None:
        """End everything now."""
        now = _clock.monotonic()
        self._called_off = self._called_off or now < self._end
        self._end = min(self._end, now)
        self.over = True
        self._open_gate()
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    # Not that of SSLSocket, after which another thread could go on in clear text.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _open_gate(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is open
            self._gate.release()

    def __del__(self) -> None:
        # A signal may have kept `cut` from it, or even `__init__` from its end.
        with contextlib.suppress(AttributeError, RuntimeError):
            self._gate.release()


def _cut_in_time(reference: weakref.ref[Deadline], gate: threading.Lock, seconds: float) -> None:
    """Cut what takes too long; this thread ends as soon as nobody needs it, so that it holds no deadline itself."""
    if not gate.acquire(timeout=seconds):
        deadline = reference()
        if deadline is not None:
            deadline.cut()
        return
    with contextlib.suppress(RuntimeError):
        gate.release()


class Door:
    """An FTP server of a location, and what is needed to enter it.

    Args:
        configuration: Its time-outs and its certificates are those of the connections.
        host: Name or address of the server.
        port: Port of its control channel.
        fingerprint: Pin of its certificate, as `Configuration.fingerprint` is of the API's.
        credentials: User name and password.

    Attributes:
        secrets: What no reply may repeat.
    """

    def __init__(
        self, configuration: Configuration, host: str, port: int, fingerprint: str | None, credentials: tuple[str, str]
    ) -> None:
        self.host = host
        self.port = port
        self.fingerprint = fingerprint
        self.timeouts = timeout_pair(configuration.timeout)
        self.context = ssl_context(configuration)
        # A pin says more than a name, and is compared instead of it, as urllib3 does.
        by_name = fingerprint is None and configuration.assert_hostname is not False
        self.context.check_hostname = configuration.verify_ssl and by_name
        self.context.options &= ~ssl.OP_NO_TICKET  # the data channel takes up the session of the control channel
        self._credentials = (credentials[0], SecretStr(credentials[1]))
        self.secrets = _spellings(*credentials)

    @property
    def address(self) -> str:
        """Host and port; the port only if it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORT else f"{host}:{self.port}"

    @contextlib.contextmanager
    def session(self, deadline: Deadline, directory: str) -> Generator[Session]:
        """Log in for as long as the context lasts, with a directory for the current one."""
        session = Session(self, deadline)
        try:
            session.enter(directory, *self._credentials)
            yield session
        finally:
            session.close()


class Session(ftplib.FTP_TLS):
    """A login at a door."""

    maxline = 2048  # bytes of a line of a reply

    def __init__(self, door: Door, deadline: Deadline) -> None:
        super().__init__(context=door.context)
        self._door = door
        self._deadline = deadline
        self._lines = 0

    def enter(self, directory: str, username: str, password: str) -> None:
        """Connect, secure the connection, log in and go to a directory."""
        connect, read = self._door.timeouts
        self.host = self._door.host
        plain = self._connected(connect)
        plain.settimeout(read)
        self._listen_to(plain)
        self.welcome = self.getresp()
        try:
            self.login(username, password)
        except BaseException as error:
            _forget_locals(error)  # the password is among those of ftplib and ssl
            raise
        self.prot_p()
        self.voidcmd("TYPE I")
        self.cwd(directory)

    def _connected(self, timeout: float) -> socket.socket:
        problem: OSError | None = None
        for address in look_up(self._door.host, self._door.port, self._deadline.left(timeout)):
            try:
                return socket.create_connection(address, self._deadline.left(timeout))
            except OSError as error:
                problem = error
        raise problem or OSError(f"{self._door.host} has no address")

    def _listen_to(self, sock: socket.socket) -> None:
        self._deadline.forget(self.sock)
        self.sock = sock
        self.af = sock.family
        self._deadline.watch(sock)
        if self.file:
            self.file.close()  # with what came before the connection was secure
        self.file = sock.makefile("r", encoding=self.encoding, errors="replace")

    def auth(self) -> str:
        """Secure the control channel; `login` calls it before it sends anything of the account."""
        answer = self.voidcmd("AUTH TLS")
        self._listen_to(self._secured(self.sock))  # type: ignore[arg-type]
        return answer

    def _secured(self, sock: socket.socket, session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
        """Return the socket with TLS; the server must prove again who it is on each of them."""
        sock.settimeout(self._deadline.left(self._door.timeouts[1]))
        secure = self.context.wrap_socket(
            sock, server_hostname=self.host, session=session, do_handshake_on_connect=False
        )
        try:
            with self._deadline.watching(secure):
                secure.do_handshake()  # within the time-out of the socket as a whole, however slowly the server drips
            if self._door.fingerprint:
                assert_fingerprint(secure.getpeercert(binary_form=True), self._door.fingerprint)
        except BaseException:
            secure.close()
            raise
        return secure

    @contextlib.contextmanager
    def data_channel(self) -> Generator[socket.socket]:
        """Connect to where the server takes data, in clear as yet, for as long as the context lasts."""
        address = self.makepasv()
        limit = self._deadline.left(self._door.timeouts[0])
        with socket.create_connection(address, limit) as plain, self._deadline.watching(plain):
            yield plain

    def makepasv(self) -> tuple[str, int]:
        """Ask for a port; its host is that of the control channel, whatever the server says."""
        _, port = super().makepasv()
        return self.sock.getpeername()[0], port  # type: ignore[union-attr]

    def store(self, name: str, offset: int) -> None:
        """Announce a file, or what comes after an offset; comes back once the server has accepted that.

        Raises:
            ftplib.error_temp, ftplib.error_perm: It refused.
        """
        if offset:
            self.sendcmd(f"REST {offset}")
        reply = self.sendcmd(f"STOR {name}")
        if reply.startswith("2"):  # of some servers another one follows
            reply = self.getresp()
        if not reply.startswith("1"):
            raise ftplib.error_reply(reply)

    def secure(self, plain: socket.socket) -> ssl.SSLSocket:
        """Secure a data channel; many servers take only one with the TLS session of the control channel."""
        return self._secured(plain, self.sock.session)  # type: ignore[union-attr]

    def getline(self) -> str:
        self._lines += 1
        if self._lines > REPLY_LINES:
            raise ftplib.error_proto(f"a reply of more than {REPLY_LINES} lines")
        return super().getline()

    def getmultiline(self) -> str:
        """Read a reply; only what may be shown of it gets any further."""
        self._lines = 0
        try:
            return _shown(super().getmultiline(), self._door.secrets)
        except BaseException as error:
            _forget_locals(error)  # the lines so far are among them
            raise

    def close(self) -> None:
        self._deadline.forget(self.sock)
        super().close()

    def size_of(self, name: str) -> int | None:
        """Return the size of a file in bytes; `None` when it is not there."""
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
        """Send a file over a data channel, close that, and wait until the server says that it has it."""
        try:
            with channel, self._deadline.watching(channel):
                try:
                    for block in blocks:
                        self._deadline.left()
                        channel.sendall(block)
                except BaseException:
                    channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    raise
                with contextlib.suppress(OSError):  # some servers close without a word; the size is compared later
                    channel.unwrap()  # type: ignore[attr-defined]
        except OSError as error:
            if not isinstance(error, socket.timeout):
                self.voidresp()  # which raises what the server says of it, such as that its disk is full
            raise
        self.voidresp()


def _spellings(username: str, password: str) -> set[str]:
    """Return the password in the spellings in which a server may repeat it."""
    texts = {password, password.upper(), password.lower(), password.replace('"', '""')}
    texts |= {str.__repr__(password)[1:-1], password.encode("unicode_escape").decode(), json.dumps(password)[1:-1]}
    texts |= {quote(password), quote(password, "").lower(), html.escape(password)}
    # As a server with another character set writes it, and as it looks here.
    texts |= {password.encode(charset, "replace").decode("utf-8", "replace") for charset in ("latin-1", "ascii")}
    texts |= {password.encode().decode("latin-1"), password.encode().hex(), password.encode().hex().upper()}
    for text in (password, f"{username}:{password}", f"\0{username}\0{password}"):
        encoded = base64.b64encode(text.encode()).decode().rstrip("=")
        texts |= {encoded, encoded.translate(str.maketrans("+/", "-_"))}
    return texts


def _shown(reply: str, secrets: Iterable[str]) -> str:
    """Return a reply on one line without secrets; the code stays, and numbers that are used, whatever the password."""
    numbers = _NUMBERS.match(reply)
    if numbers:
        code, value = filter(None, numbers.groups())
        return f"{code} {value if code != '227' else f'({value})'}"
    code = _CODE.match(reply)
    start = code.group() if code else ""
    shown = printable(redacted(reply, secrets))
    if not shown.startswith(start):
        shown = start + MASK
    return shown if len(shown) <= REPLY_SHOWN else f"{shown[:REPLY_SHOWN]}..."


def _forget_locals(error: BaseException | None) -> None:
    """Clear the local variables in the traceback of an error and of those before it: they may be secret."""
    seen: set[int] = set()
    rest = [error]
    while rest:
        error = rest.pop()
        if error is not None and id(error) not in seen:
            seen.add(id(error))
            traceback.clear_frames(error.__traceback__)
            rest += (error.__cause__, error.__context__)


def is_untrusted(error: BaseException) -> bool:
    """Say whether an error means that the connection cannot be trusted, and not that it broke."""
    broke = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    return isinstance(error, (ssl.SSLError, SSLError)) and not isinstance(error, broke)


def is_transient(error: BaseException) -> bool:
    """Say whether it may work at another attempt: the connection broke, or the server asks for it (4xx)."""
    if isinstance(error, ftplib.error_temp):
        return not str(error).startswith("452")
    return isinstance(error, (OSError, EOFError)) and not is_untrusted(error)


def as_api_exception(error: Exception, door: Door, path: str, deadline: Deadline, attempts: int) -> OpenApiException:
    """Return what a caller is told of an error on the way."""
    error_class: type[ApiException] = ApiException
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, OpenApiException):
        return error
    if deadline.over:
        error_class, text = TimeoutException, str(deadline)
    elif isinstance(error, ftplib.Error):
        error_class = UnauthorizedException if str(error).startswith("530") else ApiException
        text = str(error)
    elif isinstance(error, socket.timeout):
        error_class = TimeoutException
    elif is_untrusted(error):
        error_class, text = TlsException, f"{text}{trust_hint(error)}"
    elif isinstance(error, EOFError):
        error_class, text = ConnectionException, "the server closed the connection"
    elif isinstance(error, OSError):
        error_class = ConnectionException
    result = error_class(reason=text, url=f"ftp://{door.address}/{quote(path)}", method="STOR")
    result.attempts = attempts
    result.__cause__ = error
    return result
