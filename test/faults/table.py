"""What goes wrong and what a caller sees of it: the tests check this table, and `docs/reliability.md` is made of it.

python test/faults/table.py
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

from server import FaultyServer, Step, answer, be_greeted, drip, flood, read, read_a_little, reset, send, stall

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


@dataclass(frozen=True)
class Fault:
    """A row of the table.

    Args:
        name: What goes wrong.
        scripts: What the server does on its first connection, and so on; none for a server that does not listen.
        error: Class of the error, or a pair for the two sides (see `side_of`); none when the caller gets an answer.
        says: Words of its message.
        reached: How often a request of either side reached the server.
        attempts: How often the client tried, where that differs.
        connections: How many connections were made, where that differs.
        waits: Least and most seconds that the client waited between the attempts.
        retry_after: Least and most seconds that the error says the server asked for.
        tls: Kind of certificate that the server has; none for a server without TLS, "broken" for one that breaks it.
        proxy: Whether the server is a proxy on the way to another.
        settings: Settings of the client.
    """

    name: str
    scripts: tuple[tuple[Step, ...], ...]
    error: str | tuple[str | None, str | None] | None
    says: str = ""
    reached: tuple[int, int] = (1, 1)
    attempts: tuple[int, int] = (0, 0)
    connections: tuple[int, int] = (-1, -1)
    waits: tuple[float, float] = (0, 0.1)
    retry_after: tuple[float, float] | None = None
    tls: str | None = None
    proxy: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.attempts == (0, 0):
            object.__setattr__(self, "attempts", self.reached)
        if self.connections == (-1, -1):
            object.__setattr__(self, "connections", self.reached)

    @property
    def errors(self) -> tuple[str | None, str | None]:
        """The errors of the two sides."""
        return self.error if isinstance(self.error, tuple) else (self.error, self.error)


def once(*steps: Step | bytes) -> tuple[tuple[Step, ...], ...]:
    """Return a script for every connection: read the request, then do this."""
    return ((read, *(send(step) if isinstance(step, bytes) else step for step in steps)),)


def then_ok(*steps: Step | bytes) -> tuple[tuple[Step, ...], ...]:
    """Return scripts for a server that does this once, and answers as it should from then on."""
    return (*once(*steps), *once(OK))


def redirect(location: str | Callable[[FaultyServer], str], status: str = "302 Found") -> Step:
    return send(
        lambda server: answer(b"", status, Location=location(server) if callable(location) else location),
    )


def in_half_a_minute(server: FaultyServer) -> bytes:
    return answer(b"", SLOW_DOWN, Retry_After=formatdate(time.time() + 30, usegmt=True))


def by_another_clock(server: FaultyServer) -> bytes:
    """Ask for 7 seconds, by a clock that is an hour ahead."""
    dates = {"Date": time.time() + 3600, "Retry_After": time.time() + 3607}
    return answer(b"", SLOW_DOWN, **{name: formatdate(int(date), usegmt=True) for name, date in dates.items()})


OK = answer(b'{"id": "x"}')
PACKED = answer(gzip.compress(b'{"id": "x"}') + b"\0", Content_Encoding="gzip")
HEAD = OK[:17]  # the status line
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SLOW_DOWN = "429 Too Many Requests"
LARGE = {"max_response_bytes": 100_000}
SILENT = {"timeout": 0.1}
DRIPPING = {"timeout": 5, "total_timeout": 0.2}
BROKEN = "ConnectionException"
LATE = "TimeoutException"
UNTRUSTED = "TlsException"
WRONG = "ApiException"
BUSY = "TooManyRequestsException"
FAILED = "ServiceException"
# What may be repeated is sent four times, anything else once.
RETRIED: dict[str, Any] = {"reached": (4, 1)}
UNSENT: dict[str, Any] = {"reached": (0, 0), "attempts": (4, 4), "connections": (4, 4)}
REFUSED: dict[str, Any] = {"reached": (0, 0), "attempts": (1, 1), "connections": (1, 1)}

INTRODUCTION = """\
# What goes wrong, and what a caller sees of it

<!-- Made by `python test/faults/table.py` from what the tests do; do not edit. -->

Every error below is an `ApiException` or a subclass of it. Its `attempts` says how often the client tried, and its
`retry_after` how many seconds the server asked to wait.

What is tried again, at most `Configuration.max_retries` times:

- any request that could not be sent because there was no connection, be it for want of TCP, of a proxy or of TLS, and
  any that was answered with 429;
- GET, PUT and DELETE also when the connection broke, when nothing came in time, and after 502, 503 and 504;
- nothing when the connection cannot be trusted.

POST and PATCH are never sent again when the server may have carried them out. PUT and DELETE are, because doing one of
them twice leaves the server as doing it once; but a DELETE that was carried out and not answered may end as a
`NotFoundException` with `attempts` above 1. With `max_retries` at 0 nothing is sent twice. Redirects are followed for
GET and HEAD alone, and only on the same server.

A `urllib3.Retry` in `Configuration.retries` takes the place of these rules, except that a connection that cannot be
trusted is never tried again. It is bounded as they are: no wait is longer than `max_wait_time` or goes beyond
`total_timeout`, and all the threads of a client have 100 retries together, of which five answers that needed none give
one back. `out_of_budget` of an error is true when there were none left.

All attempts of a call together end after `Configuration.total_timeout` seconds, or those of its own option
`_total_timeout`. `out_of_time` of an error is true when that was its reason: in the middle of an attempt, or because
the wait for the next one would have been too long. `wait_for_completion` gives each of its questions what is left of
its own time, and at least a second, and raises `ApiTimeout` when that is over.

The last columns say how often the request reached the server, with `max_retries` at its default of 3.
"""

HEADER = """\
| What goes wrong | What the caller sees | GET | PUT, DELETE | PATCH, POST |
| --- | --- | --- | --- | --- |
"""
ELSEWHERE = "The server sends the client elsewhere"

FAULTS: dict[str, list[Fault]] = {
    "The connection breaks": [
        Fault("refused", (), BROKEN, "refused", (0, 0), (4, 4), (0, 0)),
        Fault("reset in the TLS handshake", ((be_greeted, reset),), BROKEN, "reset by peer", **UNSENT, tls="broken"),
        Fault("closed in the TLS handshake", ((be_greeted,),), BROKEN, "connecting failed", **UNSENT, tls="broken"),
        Fault("reset before a proxy answered", once(reset), BROKEN, "reset by peer", **UNSENT, proxy=True),
        Fault("closed before a proxy answered", once(), BROKEN, "closed connection", **UNSENT, proxy=True),
        Fault("a proxy that talks nonsense", once(b"what?\r\n\r\n"), BROKEN, "what?", **UNSENT, proxy=True),
        Fault("reset once the first bytes arrived", ((read_a_little, reset),), BROKEN, "Connection aborted", **RETRIED),
        Fault("reset before the answer", once(reset), BROKEN, "reset by peer", **RETRIED),
        Fault("closed before the answer", once(), BROKEN, "closed connection", **RETRIED),
        Fault("reset within the status line", once(HEAD[:11], reset), BROKEN, "reset by peer", **RETRIED),
        Fault("closed within the status line", once(HEAD[:11]), BROKEN, "Connection aborted", **RETRIED),
        Fault("reset within the headers", once(OK[:40], reset), BROKEN, "reset by peer", **RETRIED),
        Fault("closed within the headers", once(OK[:40]), BROKEN, **RETRIED),
        Fault("reset after the headers", once(OK[:-11], reset), BROKEN, "reset by peer", **RETRIED),
        Fault("closed within the body", once(OK[:-1]), BROKEN, "IncompleteRead", **RETRIED),
        Fault("closed within a packed body", once(PACKED[:-1]), BROKEN, "IncompleteRead", **RETRIED),
        Fault("closed within a chunk", once(CHUNKED, b"b\r\n{"), BROKEN, "IncompleteRead", **RETRIED),
        Fault("closed between chunks", once(CHUNKED, b'6\r\n{"id":\r\n'), BROKEN, "ProtocolError", **RETRIED),
    ],
    "Nothing comes, or very slowly": [
        Fault("silent in the TLS handshake", ((stall,),), LATE, "timed out", **UNSENT, tls="broken", settings=SILENT),
        Fault("silent before a proxy answered", once(stall), LATE, "timed out", **UNSENT, proxy=True, settings=SILENT),
        Fault(
            "silent before it read the request", ((stall,),), LATE, "timed out", (0, 0), (4, 1), (4, 1), settings=SILENT
        ),
        Fault("silent before the answer", once(stall), LATE, "timed out", **RETRIED, settings=SILENT),
        Fault("silent within the status line", once(HEAD[:11], stall), LATE, "timed out", **RETRIED, settings=SILENT),
        Fault("silent within the headers", once(OK[:40], stall), LATE, "timed out", **RETRIED, settings=SILENT),
        Fault("silent within the body", once(OK[:-1], stall), LATE, "timed out", **RETRIED, settings=SILENT),
        Fault("headers byte by byte, past `total_timeout`", once(drip(OK)), LATE, "timed out", settings=DRIPPING),
        Fault(
            "body byte by byte, past `total_timeout`",
            once(answer(length=99), drip(b" " * 90)),
            LATE,
            "timed out",
            settings=DRIPPING,
        ),
        Fault(
            "answer of a proxy byte by byte, past `total_timeout`",
            once(drip(b"HTTP/1.1 200 Connection established\r\n" + b"X: x\r\n" * 90)),
            LATE,
            "timed out",
            **REFUSED,
            proxy=True,
            settings=DRIPPING,
        ),
        Fault(
            "`100 Continue` without end, past `total_timeout`",
            once(flood(b"HTTP/1.1 100 Continue\r\n\r\n")),
            LATE,
            "timed out",
            settings=DRIPPING,
        ),
    ],
    "The answer is not one": [
        Fault(
            "`100 Continue` without end",
            once(flood(b"HTTP/1.1 100 Continue\r\nX: " + b"x" * 60_000 + b"\r\n\r\n")),
            BROKEN,
            "never ends",
            **RETRIED,
            settings={**LARGE, "total_timeout": 5},
        ),
        Fault("`103 Early Hints` before the answer", once(HINTS * 3 + OK), None),
        Fault(
            "`103 Early Hints` without end",
            once(flood(HINTS * 1000)),
            BROKEN,
            "never ends",
            **RETRIED,
            settings={**LARGE, "total_timeout": 5},
        ),
        Fault("closed after `103 Early Hints`", once(HINTS), BROKEN, "closed connection", **RETRIED),
        Fault(
            "`101 Switching Protocols`",
            once(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", stall),
            BROKEN,
            "another protocol",
            **RETRIED,
        ),
        Fault("status line that is none", once(b"\x00\xff what?\r\n\r\n"), BROKEN, "BadStatusLine", **RETRIED),
        Fault("header of 70 kB", once(HEAD, b"X: " + b"x" * 70_000 + b"\r\n\r\n"), BROKEN, "65536 bytes", **RETRIED),
        Fault("more than 100 headers", once(HEAD, b"X: x\r\n" * 101 + b"\r\n"), BROKEN, "100 headers", **RETRIED),
        Fault("two values of `Content-Length`", once(answer(Content_Length="2, 3")), BROKEN, "Content-Length"),
        Fault("`Content-Length` too large", once(answer(length=10)), BROKEN, "IncompleteRead", **RETRIED),
        Fault(
            "`Content-Length` in 30 digits",
            once(answer(length=10**30)),
            BROKEN,
            "IncompleteRead",
            **RETRIED,
            settings={"max_response_bytes": 10**40},
        ),
        Fault("`Content-Length` too small: the rest is ignored", once(OK + b"more"), None),
        Fault(
            "length of a chunk that is no number",
            once(CHUNKED, b"zz\r\n{}\r\n"),
            BROKEN,
            "InvalidChunkLength",
            **RETRIED,
        ),
        Fault("length of a chunk that is negative", once(CHUNKED, b"-5\r\n{}\r\n0\r\n\r\n"), BROKEN, **RETRIED),
        Fault("gzip that is none", once(answer(b"no gzip", Content_Encoding="gzip")), WRONG, "not gzip"),
        Fault(
            "gzip cut short",
            once(answer(gzip.compress(b'{"id": "x"}')[:15], Content_Encoding="gzip")),
            WRONG,
            "gzip cut short",
        ),
        Fault(
            "packed twice",
            once(answer(gzip.compress(gzip.compress(b"{}")), Content_Encoding="gzip, gzip")),
            WRONG,
            "nobody asked for",
        ),
        Fault("packed as `br` or `zstd`", once(answer(b"{}", Content_Encoding="br")), WRONG, "nobody asked for"),
        Fault(
            "larger than `max_response_bytes`",
            once(answer(b" " * 100_001)),
            WRONG,
            "larger than max_response_bytes",
            settings=LARGE,
        ),
        Fault(
            "larger than `max_response_bytes` once unpacked",
            once(answer(gzip.compress(bytes(100_001)), Content_Encoding="gzip")),
            WRONG,
            "larger than max_response_bytes",
            settings=LARGE,
        ),
        Fault(
            "unpacked more than 250 times its size",
            once(answer(gzip.compress(b'{"items":[' + b"{}," * 10**6 + b"{}]}"), Content_Encoding="gzip")),
            WRONG,
            "packed more than 250 to 1",
        ),
        Fault(
            "more than a value for each 8 bytes",
            once(answer(b'{"items":[' + b"{}," * 10**6 + b"{}]}")),
            WRONG,
            "more than a value for each 8 bytes",
        ),
        Fault("text that is not UTF-8", once(answer(b'{"id": "\xff"}')), WRONG, "not JSON"),
        Fault("JSON cut short", once(answer(b'{"id": ')), WRONG, "not JSON"),
        Fault("a page of HTML", once(answer(b"<html></html>", Content_Type="text/html")), WRONG, "not JSON"),
        Fault("JSON in 101 levels", once(answer(b'{"a":' * 101 + b"1" + b"}" * 101)), WRONG, "nested too deeply"),
        Fault("JSON in 100,000 levels", once(answer(b"[" * 100_000)), WRONG, "nested too deeply"),
    ],
    "The server refuses": [
        Fault("429 once", then_ok(answer(b"", SLOW_DOWN)), None, reached=(2, 2)),
        Fault(
            "429 once, `Retry-After` in seconds",
            then_ok(answer(b"", SLOW_DOWN, Retry_After="7")),
            None,
            reached=(2, 2),
            waits=(7, 7),
        ),
        Fault(
            "429 once, `Retry-After` as a date", then_ok(send(in_half_a_minute)), None, reached=(2, 2), waits=(20, 30)
        ),
        Fault(
            "429 once, `Retry-After` as a date by a wrong clock, which `Date` shows",
            then_ok(send(by_another_clock)),
            None,
            reached=(2, 2),
            waits=(6, 8),
        ),
        Fault(
            "429 once, `Retry-After` with a fraction",
            then_ok(answer(b"", SLOW_DOWN, Retry_After="2.5")),
            None,
            reached=(2, 2),
            waits=(2.5, 2.5),
        ),
        Fault(
            "429 once, `Retry-After` as a list: the longest",
            then_ok(answer(b"", SLOW_DOWN, Retry_After="1, 3.5, 2")),
            None,
            reached=(2, 2),
            waits=(3.5, 3.5),
        ),
        Fault(
            "429 once, `Retry-After` that is neither",
            then_ok(answer(b"", SLOW_DOWN, Retry_After="soon")),
            None,
            reached=(2, 2),
        ),
        Fault(
            "429, `Retry-After` beyond `max_wait_time`",
            once(answer(b"", SLOW_DOWN, Retry_After="86400")),
            BUSY,
            "429",
            waits=(0, 0),
            retry_after=(86400, 86400),
        ),
        Fault(
            "429, `Retry-After` as a date beyond `max_wait_time`",
            once(send(in_half_a_minute)),
            BUSY,
            "429",
            waits=(0, 0),
            retry_after=(1, 30),
            settings={"max_wait_time": 1},
        ),
        Fault(
            "429, `Retry-After` in 5,000 digits",
            once(answer(b"", SLOW_DOWN, Retry_After="9" * 5000)),
            BUSY,
            "429",
            waits=(0, 0),
            retry_after=(86400, float("inf")),
        ),
        Fault(
            "429 once, `Retry-After` as a date in the year 99999",
            then_ok(answer(b"", SLOW_DOWN, Retry_After="Fri, 31 Dec 99999 23:59:59 GMT")),
            None,
            reached=(2, 2),
        ),
        Fault("429 for ever", once(answer(b"", SLOW_DOWN)), BUSY, "429", (4, 4)),
        Fault("500", once(answer(b"", "500 Internal Server Error")), FAILED, "500"),
        Fault("503 once", then_ok(answer(b"", "503 Service Unavailable")), (None, FAILED), "503", (2, 1)),
        Fault("502 for ever", once(answer(b"", "502 Bad Gateway")), FAILED, "502", **RETRIED),
        Fault("503 for ever", once(answer(b"", "503 Service Unavailable")), FAILED, "503", **RETRIED),
        Fault("504 for ever", once(answer(b"", "504 Gateway Timeout")), FAILED, "504", **RETRIED),
    ],
    ELSEWHERE: [
        Fault("to the same server", then_ok(redirect("/v5/images?moved=1")), (None, WRONG), "302", (2, 1), (1, 1)),
        Fault("to the same server for ever", once(redirect("/v5/images")), WRONG, "302", (6, 1)),
        Fault(
            "to a user of the same server", once(redirect(lambda s: f"http://me:x@127.0.0.1:{s.port}")), WRONG, "302"
        ),
        Fault("to nowhere", once(redirect("http://[")), WRONG, "302"),
        Fault("to another host", once(redirect(lambda s: f"http://localhost:{s.port}/v5")), WRONG, "302"),
        Fault("to another port", once(redirect(lambda s: f"http://127.0.0.1:{s.other.port}/v5")), WRONG, "302"),
        Fault(
            "to another port, disguised as a user name",
            once(redirect(lambda s: f"http://127.0.0.1:{s.other.port}\\@127.0.0.1:{s.port}/v5")),
            WRONG,
            "302",
        ),
        Fault(
            "from https to http",
            once(redirect(lambda s: f"http://localhost:{s.port}/v5")),
            WRONG,
            "302",
            tls="right",
        ),
    ],
    "The connection cannot be trusted": [
        Fault("certificate expired", once(OK), UNTRUSTED, "certificate has expired", **REFUSED, tls="expired"),
        Fault(
            "certificate that signed itself",
            once(OK),
            UNTRUSTED,
            "certificate verify failed",
            **REFUSED,
            tls="self-signed",
        ),
        Fault(
            "certificate of an unknown authority",
            once(OK),
            UNTRUSTED,
            "certificate verify failed",
            **REFUSED,
            tls="unknown",
        ),
        Fault("certificate of another host", once(OK), UNTRUSTED, "hostname", **REFUSED, tls="other host"),
        Fault(
            "certificate with another `fingerprint`",
            once(OK),
            UNTRUSTED,
            "fingerprint",
            **REFUSED,
            tls="right",
            settings={"fingerprint": "ab" * 32},
        ),
        Fault("TLS 1.1 at most", once(OK), UNTRUSTED, "protocol version", **REFUSED, tls="old"),
        Fault("client certificate missing", once(OK), UNTRUSTED, "certificate required", **REFUSED, tls="demanding"),
    ],
}


def side_of(verb: str, title: str) -> int:
    """Return the side of a request in the rows of a section: 0 if it may be repeated, or redirected; else 1."""
    return 0 if verb == "GET" or (verb in ("PUT", "DELETE") and title != ELSEWHERE) else 1


def page() -> str:
    """Return the text of the page."""
    return INTRODUCTION + "".join(
        f"\n## {title}\n\n{HEADER}{''.join(_line(row, title) for row in rows)}" for title, rows in FAULTS.items()
    )


def _line(row: Fault, title: str) -> str:
    sides = [side_of(verb, title) for verb in ("GET", "PUT", "PATCH")]
    sees = one = _seen(row, 0)
    if one != _seen(row, 1):
        sees = f"{'GET, PUT, DELETE' if sides[1] == 0 else 'GET'}: {one}; others: {_seen(row, 1)}"
    return f"| {row.name} | {sees} | {' | '.join(_count(row, side) for side in sides)} |\n"


def _seen(row: Fault, side: int) -> str:
    error = row.errors[side]
    if error is None:
        return "the answer"
    details = ["with `retry_after`"] if row.retry_after else []
    if row.says:
        details.insert(0, f"“{row.says}”")
    return " ".join([f"`{error}`", *details])


def _count(row: Fault, side: int) -> str:
    reached, attempts = row.reached[side], row.attempts[side]
    if attempts <= reached:
        return str(reached)
    return f"{reached}, tried {'once' if attempts == 1 else f'{attempts} times'}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
