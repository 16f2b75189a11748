"""Replies of servers: errors and logs show them on one line, truncated, and without the password."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import socket
import ssl
import traceback
from urllib.parse import quote

import pytest
from tools import BYTES, PATIENCE

import ionoscloud
from ionoscloud.images.deadline import Deadline
from ionoscloud.images.ftps import MAX_REPLY_LENGTH

pytestmark = pytest.mark.once

USER, PASSWORD = "me@example.com", 'hün "ter\\2/+'
SPELLINGS = {
    "as it is": PASSWORD,
    "percent-encoded": quote(PASSWORD, safe=""),
    "percent-encoded in part": quote(PASSWORD),
    "percent-encoded in lower case": quote(PASSWORD, safe="").lower(),
    "Base64": base64.b64encode(PASSWORD.encode()).decode(),
    "Base64 with the user": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
    "Base64 for URLs": base64.urlsafe_b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
    "Base64 as in SASL": base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode(),
    "upper case": PASSWORD.upper(),
    "lower case": PASSWORD.lower(),
    "double quotes": PASSWORD.replace('"', '""'),
    "a literal": repr(PASSWORD)[1:-1],
    "an ASCII literal": ascii(PASSWORD)[1:-1],
    "JSON": json.dumps(PASSWORD)[1:-1],
    "HTML": html.escape(PASSWORD),
    "hexadecimal": PASSWORD.encode().hex(),
    "Latin-1": PASSWORD.encode("latin-1"),
    "ASCII": PASSWORD.encode("ascii", "replace"),
    "encoded twice": PASSWORD.encode().decode("latin-1"),
}


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG, "ionoscloud")
    return caplog


@pytest.fixture
def upload_as(client, upload_error_from):
    """Upload to a scripted server with a password, and return the expected error."""

    def upload_as(password, server, *args, **options):
        client.configuration.username, client.configuration.password = USER, password
        client.configuration.token = "not for FTP servers"
        client.configuration.max_retries = options.pop("max_retries", 0)
        return upload_error_from(server, *args, **options)

    return upload_as


@pytest.fixture(autouse=True)
def any_user(monkeypatch):
    """Skip the search for existing images: the API does not know the token."""
    monkeypatch.setattr("ionoscloud.images.upload.find_private_images", lambda *args: [])


def everything(error):
    """Return all texts of an error and its causes, with the local variables of their frames."""
    seen, rest, texts = set(), [error], []
    while rest:
        error = rest.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        texts += [str(error), repr(error), repr(vars(error)), repr(getattr(error, "transfers", ""))]
        texts += traceback.TracebackException.from_exception(error, capture_locals=True).format()
        rest += [error.__cause__, error.__context__, *(t.error for t in getattr(error, "transfers", ()))]
    return "\n".join(texts)


def saying(command, code, text):
    """Return steps that reply to a command with a text."""
    line = text if isinstance(text, bytes) else text.encode()
    reply = f"{code} not ".encode() + line + b" here\r\n"

    def step(login, argument):
        if command == "STOR":
            login.do_stor(argument)
        login.say(reply)
        login.sock.close()
        raise ConnectionError

    return {command: step}


COMMANDS = [("PASS", "530"), ("PBSZ", "500"), ("PROT", "536"), ("TYPE", "504"), ("CWD", "550"), ("SIZE", "551")]
COMMANDS += [("PASV", "425"), ("PASV", "227"), ("STOR", "552"), ("SIZE", "213"), ("STOR", "999")]


@pytest.mark.parametrize(("command", "code"), COMMANDS)
def test_a_password_in_a_reply_is_masked(scripted, upload_as, log, command, code):
    server = scripted(**saying(command, code, PASSWORD))
    error = upload_as(PASSWORD, server, max_retries=1)
    assert PASSWORD not in everything(error) + log.text and "hün" not in everything(error) + log.text
    assert f"{code} not *** here" in str(error) or f"'{code} not *** here'" in log.text


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_of_a_password_is_masked(scripted, upload_as, log, spelling):
    server = scripted(**saying("CWD", "550", spelling))
    text = everything(upload_as(PASSWORD, server)) + log.text
    assert "550 not *** here" in text.replace("***=", "***").replace("***=", "***")


@pytest.mark.parametrize("password", ["2", "22", "227", "230", "213", "0", "1", ",", "(", "***", "150 ", "1000000"])
def test_a_password_that_is_part_of_every_reply_does_not_break_the_upload(client, scripted, send, upload_as, password):
    client.configuration.username, client.configuration.password = USER, password
    server = scripted()
    assert send(hosts={"de/fra": server.address})[0].state == "done"
    assert list(server.files.values()) == [BYTES]


@pytest.mark.parametrize("password", ["530 wrong", "wrong"])
def test_the_code_of_a_reply_is_not_masked(scripted, upload_as, password):
    server = scripted(PASS=lambda *_: "530 wrong")
    error = upload_as(password, server)
    assert type(error.__cause__) is ionoscloud.UnauthorizedException
    assert str(error).endswith(": 530 ***")


CONTROL = "550-\x1b[31mred\r\n2026-01-01 ERROR forged\u2028line\x85\x07\r\n550 \u202eend"


def test_a_reply_is_shown_on_one_line_without_control_characters(scripted, upload_as, log):
    server = scripted(CWD=lambda *_: CONTROL)
    error = upload_as(PASSWORD, server)
    shown = r"550-\x1b[31mred\n2026-01-01 ERROR forged\u2028line\x85\x07\n550 \u202eend"
    assert str(error.__cause__).endswith(shown) and shown in str(error)
    assert len(str(error).splitlines()) == 2  # one for each location
    assert all(record.getMessage().isprintable() for record in log.records)


def test_a_reply_that_fails_an_attempt_is_logged_on_one_line(scripted, upload_as, log):
    server = scripted(CWD=lambda *_: CONTROL.replace("550", "450"))
    upload_as(PASSWORD, server, max_retries=1)
    assert any("forged" in record.getMessage() for record in log.records)
    assert all(record.getMessage().isprintable() for record in log.records)


def test_a_long_reply_is_truncated(scripted, upload_as, log):
    line = "550-" + "x" * 500 + "\r\n"
    server = scripted(CWD=lambda *_: line * 900 + "550 end")
    error = upload_as(PASSWORD, server)
    assert len(str(error)) < MAX_REPLY_LENGTH + 500 and max(map(len, log.messages)) < MAX_REPLY_LENGTH + 500
    error = upload_as(PASSWORD, scripted(CWD=lambda *_: "550 " + "x" * 100_000))
    assert "more than 2048 bytes" in str(error)


@pytest.mark.parametrize("size", ["-5", "1_000", "5 or so", "x", "9" * 5000, "\u0665"])
def test_an_invalid_size_is_an_error(scripted, upload_as, size):
    error = upload_as(PASSWORD, scripted(SIZE=lambda *_: f"213 {size}"[:2000]))
    assert "213 " in str(error) and type(error.__cause__) is ionoscloud.ApiException


# Debuggers and error trackers show the local variables of each frame.


def cut(login, _):
    login.sock.close()
    raise ConnectionError


def send_half_a_reply(login, _):
    login.say(f"230-Welcome, {PASSWORD}\r\n{PASSWORD}\r\n")
    cut(login, _)


@pytest.mark.parametrize(
    "steps",
    [
        {"PASS": cut},
        {"USER": cut},
        {"PASS": send_half_a_reply},
        {"CWD": send_half_a_reply},
        {"PASS": lambda *_: "530 No"},
        {"CWD": cut},
    ],
)
def test_no_local_variable_of_a_failed_upload_contains_the_password(scripted, upload_as, steps):
    text = everything(upload_as(PASSWORD, scripted(**steps)))
    assert "transfer_image" in text and "client = " in text  # local variables are shown
    assert PASSWORD not in text and repr(PASSWORD)[1:-1] not in text
    assert "PASS h" not in text


def test_no_local_variable_contains_the_password_if_it_cannot_be_sent(scripted, upload_as, monkeypatch):
    sendall = ssl.SSLSocket.sendall

    def fail(self, data, flags=0):
        if bytes(data).startswith(b"PASS"):
            socket.socket.shutdown(self, socket.SHUT_RDWR)
        return sendall(self, data, flags)

    monkeypatch.setattr("ssl.SSLSocket.sendall", fail)
    text = everything(upload_as(PASSWORD, scripted()))
    assert PASSWORD not in text and repr(PASSWORD)[1:-1] not in text and repr(PASSWORD.encode())[2:-1] not in text


def test_no_local_variable_contains_an_invalid_password(client, send):
    client.configuration.username, client.configuration.password = USER, "hunter\n2"
    with pytest.raises(ionoscloud.ApiValueError, match="password must be one line") as caught:
        send()
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert repr("hunter\n2")[1:-1] not in shown and "credentials = " in shown


def test_a_callback_keeps_its_local_variables(scripted, upload_as):
    def progress(*_):
        clue = "found it"
        raise RuntimeError(clue[:0])

    assert "clue = 'found it'" in everything(upload_as(PASSWORD, scripted(), io.BytesIO(BYTES), progress=progress))


def test_a_deadline_expires_while_time_is_frozen(monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    deadline = Deadline(0.05)
    assert deadline.wait(PATIENCE) and str(deadline) == "it took longer than 0.05 s"
