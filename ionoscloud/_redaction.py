"""What may be shown: every text that reaches a log, an error, a repr or a traceback goes through here."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# It walks values of any kind.

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, wraps
from traceback import clear_frames
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast

if TYPE_CHECKING:
    from typing import SupportsIndex

MASK = "***"
SHOWN_HEADERS = {
    *("accept", "accept-encoding", "content-encoding", "content-length", "content-type", "date", "etag", "location"),
    *("retry-after", "server", "user-agent", "x-contract-number", "x-request-id"),
    *("x-ratelimit-burst", "x-ratelimit-limit", "x-ratelimit-remaining"),
}
# `headers` and `body` because the API repeats both of every change, secrets and all, under /requests.
_SECRET_WORDS = (
    *("password", "secret", "token", "credential", "privatekey", "accesskey", "userdata", "kubeconfig", "ssourl"),
    *("authorization", "cookie", "apikey", "passphrase", "passcode", "passwd", "pwd", "headers", "body"),
    # Those of kubeconfigs.
    *("clientkey", "clientcert", "keydata", "authprovider"),
    *("bearer", "jwt", "sessionid", "signature"),
)
_SHOWN_PARAMETERS = {"depth", "pretty", "limit", "offset", "maxResults"}  # where they are a number, or true or false
_SECRET_TEXT = re.compile("PRIVATE KEY-----|client-key-data|client-certificate-data")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*")
_HTML_IN_JSON = re.compile("[<>&=']")  # some encoders escape what HTML would take for markup
_ESCAPED_IN_JSON = re.compile(r"\\u[0-9a-f]{4}")
_CREDENTIALS = re.compile(r"(?i:basic|bearer|token)\s+\S|eyJ[\w-]+\.")
_DIGITS = re.compile(r"\d+")
_DEEPEST = 200  # levels of a value that are shown
_LONGEST_BODY = 64 * 1024  # bytes of a body that a log shows
_LONGEST = 80  # characters of a value that an error quotes
_LEAST = 4  # characters of a secret that is masked wherever it stands

F = TypeVar("F", bound=Callable[..., Any])


class SecretStr(str):
    """Text that is used like any other and does not show in the repr of whatever holds it.

    `repr()` is `'***'`, also of a slice, since tools show the beginning of what is long. `str()`, formatting,
    concatenation and encoding give the text itself. Copies and pickles are secret, too.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)

    def __str__(self) -> str:
        return self

    def __getitem__(self, key: SupportsIndex | slice) -> SecretStr:
        return SecretStr(super().__getitem__(key))

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return SecretStr, (str.__str__(self),)


class SecretBytes(bytes):
    """The same as `SecretStr` for bytes: `repr()` is `b'***'`, and everything else is as with any other bytes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK.encode())

    __str__ = __repr__

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        return value if isinstance(value, int) else SecretBytes(value)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return SecretBytes, (b"".join((self,)),)


def hidden(value: Any) -> Any:
    """Return text as `SecretStr` and bytes as `SecretBytes`, also inside of dicts, lists and tuples."""
    if isinstance(value, str):
        return value if isinstance(value, SecretStr) else SecretStr(value)
    if isinstance(value, bytes):
        return value if isinstance(value, SecretBytes) else SecretBytes(value)
    if isinstance(value, dict):
        return {key: hidden(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(map(hidden, value))
    return value


def hidden_headers(headers: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the headers with the values hidden that are not known to be harmless."""
    return {name: value if str(name).lower() in SHOWN_HEADERS else hidden(value) for name, value in headers.items()}


def plain_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers for other packages, which may look at the very type of what they write to a file."""
    try:
        return dict(zip(headers, map(str.__str__, headers.values())))
    except TypeError:  # not all of them are text
        return {name: str.__str__(v) if isinstance(v, str) else v for name, v in headers.items()}


def printable(text: str) -> str:
    """Return the text with every character that `str.isprintable` refuses escaped as in Python: it is one line then."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return the text with each secret masked, the longest first, also where it is escaped for a URL, JSON or HTML.

    Empty secrets are left out. One of less than four characters is masked only where it stands between quotes: it may
    be a part of any word.
    """
    wanted = {str(secret) for secret in secrets if secret}
    if not wanted or not text:
        return text
    spellings = {spelling: len(secret) for secret in wanted for spelling in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        if spelling in text:
            if spellings[spelling] >= _LEAST:
                text = text.replace(spelling, MASK)
            else:
                text = re.sub(rf"(?<=[\"'`]){re.escape(spelling)}(?=\\?[\"'`])", MASK, text)
    return text


def _spellings(secret: str) -> Iterator[str]:
    from html import escape  # needed for what went wrong only, as the next
    from urllib.parse import quote, quote_plus

    for safe in ("", "/"):
        quoted = quote(secret, safe, errors="replace")
        yield quoted
        yield re.sub("%..", lambda match: match[0].lower(), quoted)
    yield quote_plus(secret, errors="replace")
    html = escape(secret)
    decimal = html.replace("&#x27;", "&#39;")
    for text in {secret, escape(secret, quote=False), html, decimal, decimal.replace("&quot;", "&#34;")}:
        yield text
        for as_ascii in (True, False):
            escaped = json.dumps(text, ensure_ascii=as_ascii)[1:-1]
            for each in (escaped, escaped.replace("/", "\\/"), _HTML_IN_JSON.sub(_escaped_for_json, escaped)):
                yield each
                yield _ESCAPED_IN_JSON.sub(lambda match: f"\\u{match[0][2:].upper()}", each)


def _escaped_for_json(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def redacted_json(text: str, secrets: Iterable[str]) -> str:
    """Return text masked as by `redacted`; where it is JSON, also what only shows when it is decoded."""
    secrets = list(secrets)
    text = redacted(text, secrets)
    if "\\" not in text or not secrets:  # without an escape it says what it is
        return text
    from ionoscloud._models.json import parse_json

    found = False

    def clean(value: Any) -> Any:
        nonlocal found
        if isinstance(value, dict):
            return {clean(key): clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [clean(item) for item in value]
        if not isinstance(value, str):
            return value
        shown = redacted(value, secrets)
        found = found or shown != value
        return shown

    try:
        value = clean(parse_json(text))
    except ValueError:
        return text
    return json.dumps(value) if found else text


def redacted_headers(headers: Mapping[str, str], secrets: Iterable[str]) -> Mapping[str, str]:
    """Return headers with secrets masked in the values that are shown; the same headers where there are none."""
    secrets = list(secrets)
    changed = {
        name: text
        for name, value in headers.items()
        if name.lower() in SHOWN_HEADERS and (text := redacted(value, secrets)) != value
    }
    if not changed:
        return headers
    result = headers.copy()  # type: ignore[attr-defined]  # of urllib3, where a name can be there twice
    result.update(changed)
    return cast("Mapping[str, str]", result)


def secrets_of(content: bytes | str | None, headers: Mapping[str, Any], url: str = "") -> list[str]:
    """Return the secrets of a request, so that they can be masked in what the server says of it.

    They are the values in its body, JSON or a form, whose names stand for secrets, the credentials in its headers
    (the whole of them, the token or password in them, and each value of a cookie), and what logs do not show of its
    other headers and of its query. It takes time: it is for answers that are refusals, and for logs.
    """
    found: list[str] = []
    content_type = ""
    for name, value in headers.items():
        lower = str(name).lower()
        text = value.decode("latin-1") if isinstance(value, bytes) else str.__str__(str(value))
        if lower == "content-type":
            content_type = text
        if lower in SHOWN_HEADERS:
            continue
        if "cookie" in lower:
            found += [text, *(pair.partition("=")[2].strip() for pair in text.split(";"))]
        elif is_secret(name):
            scheme, _, credentials = text.rpartition(" ")
            found += [text, credentials]
            if scheme.lower() == "basic":
                found.append(_password_in(credentials))
        elif _may_be_secret(text):
            found.append(text)
    if content:
        try:
            _gather(json.loads(content), False, found)
        except (ValueError, RecursionError):
            found += _secrets_of_form(content, content_type)
    found += _secrets_of_query(url)
    return list(dict.fromkeys(filter(None, found)))


def _may_be_secret(text: str) -> bool:
    return len(text) >= _LEAST and text.lower() not in ("true", "false")


def _secrets_of_query(url: str) -> Iterator[str]:
    from urllib.parse import unquote, unquote_plus  # needed for what went wrong only

    for part in re.split("[?#&;]", str.__str__(url))[1:]:
        name, equals, value = part.partition("=")
        if not (equals and value.strip("=")):
            value = part
        elif _is_shown_parameter(name, value):
            continue
        for text in (value, unquote(value), unquote_plus(value)):
            if _may_be_secret(text):
                yield text


def _password_in(credentials: str) -> str:
    from base64 import b64decode  # needed for what went wrong only

    try:
        return b64decode(credentials).decode("utf-8", "replace").partition(":")[2]
    except ValueError:
        return ""


def _secrets_of_form(content: bytes | str, content_type: str) -> list[str]:
    from urllib.parse import parse_qsl  # needed for what went wrong only

    if content_type.startswith("multipart/"):
        from email import message_from_bytes

        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        fields: Any = message_from_bytes(b"Content-Type: %s\n\n%s" % (content_type.encode("utf-8", "replace"), data))
        return [
            part.get_payload(decode=True).decode("utf-8", "replace")
            for part in fields.walk()
            if not part.is_multipart() and is_secret(part.get_param("name", "", "Content-Disposition"))
        ]
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    try:
        return [value for name, value in parse_qsl(text) if is_secret(name)]
    except ValueError:
        return []


def _gather(value: Any, secret: bool, found: list[str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _gather(item, secret or is_secret(key) or (key == "value" and _names_secret(value)), found)
    elif isinstance(value, list):
        for item in value:
            _gather(item, secret, found)
    elif secret and value is not None and not isinstance(value, bool):
        found.append(str(value))


def shown_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers with the values masked that are not known to be harmless; `Location` as `shown_url`."""
    shown: dict[str, Any] = {}
    for name, value in headers.items():
        if isinstance(value, str):
            value = shown_url(value) if name.lower() == "location" else printable(value)
        shown[name] = value if name.lower() in SHOWN_HEADERS else MASK
    return shown


def shown_url(url: str) -> str:
    """Return a URL, on one line, with its user information and the values of its query and its fragment masked.

    A part of them without a value is masked as a whole. Where it is not clear what is the host, as with an encoded
    `@` or with a port that is no number, everything up to the last `@` is masked.
    """
    url, hash_sign, fragment = str.__str__(url).partition("#")
    url, question_mark, query = url.partition("?")
    if "@" in fragment or "@" in query:  # a password with such a character ends the host for some, and not for others
        whole = re.match(r"(?:[^/:?#@]*:)?//[^/]*$", url)
        if whole:
            return printable(f"{url.partition('//')[0]}//{MASK}")
    if "//" in url or "@" in url:
        url = _without_user(url)
    query, fragment = (re.sub(r"[^&;]+", _masked_part, part) for part in (query, fragment))
    return printable(f"{url}{question_mark}{query}{hash_sign}{fragment}")


def _without_user(url: str) -> str:
    before, slashes, rest = url.partition("//")
    if not slashes:
        before, rest = "", url
    authority, slash, path = rest.partition("/")
    end = _end_of_user(authority)
    _, colon, port = authority.rpartition(":")
    if not end and colon and port and "]" not in port and not _DIGITS.fullmatch(port):
        # That is no port, but the beginning of a password with a slash in it.
        end = _end_of_user(rest)
        if not end:
            return f"{before}{slashes}{MASK}{slash}{path}"
    return f"{before}{slashes}{MASK}@{rest[end:]}" if end else url


def _end_of_user(text: str) -> int:
    return max(text.rfind(sign) + len(sign) if sign in text else 0 for sign in ("@", "%40"))


def _is_shown_parameter(name: str, value: str) -> bool:
    return name in _SHOWN_PARAMETERS and (value.isdigit() or value in ("true", "false"))


def _masked_part(match: re.Match[str]) -> str:
    name, equals, value = match[0].partition("=")
    if _is_shown_parameter(name, value):
        return match[0]
    return f"{name}={MASK}" if equals and value.strip("=") else MASK


def shown_body(body: bytes | str | None, secrets: Iterable[str] = ()) -> str:
    """Return an object or a list in JSON with its secrets masked; of a longer or any other body only the length.

    Args:
        body: The body.
        secrets: What is masked wherever it stands.
    """
    if not body:
        return "no body"
    if len(body) > _LONGEST_BODY:
        return f"{len(body)} bytes"
    from ionoscloud._models.json import parse_json

    try:
        data = parse_json(body)
        return redacted(json.dumps(masked(data)), secrets) if isinstance(data, (dict, list)) else f"{len(body)} bytes"
    except (ValueError, RecursionError):
        return f"{len(body)} bytes"


def shown_value(value: Any, name: str = "", secret: bool = False) -> str:
    """Return what an error says of a value that is wrong: the value if it is short and no secret, else its type.

    A secret is also text that names one, such as a body that is JSON already, and text that looks like credentials.

    Args:
        value: The value. Text (its beginning, where it is long), numbers and `None` are shown; of all else the type is.
        name: Name of what holds the value; it may stand for a secret.
        secret: Whether the value is known to be a secret.
    """
    if value is None or type(value).__name__ == "Null":
        return repr(value)
    if not (secret or isinstance(value, SecretStr) or is_secret(name)):
        if isinstance(value, str) and not (_names_secret_in(value[:10_000]) or _CREDENTIALS.match(value)):
            text = str.__str__(value)
            return repr(masked(text)) if len(text) <= _LONGEST else repr(masked(text)[:_LONGEST]) + "..."
        if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**_LONGEST):
            return repr(value)
    kind = "str" if isinstance(value, str) else "bytes" if isinstance(value, bytes) else type(value).__name__
    return with_article(kind)


def with_article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeioAEIO' else 'a'} {noun}"


def masked(value: Any) -> Any:
    """Return a copy in which the values are masked whose names, on the wire or in Python, stand for secrets.

    Dicts, lists, tuples and sets are copied at every depth; a pair with such a name, and a dict of name and value,
    count as well. Of URLs the user and the values of the query are masked, and text with a private key in it as a
    whole. A model stays as it is, and masks its secrets when it is shown itself. What holds itself, or is nested too
    deeply, is cut short.
    """
    try:
        return _masked(value, [])
    except RecursionError:
        return MASK


def _masked(value: Any, above: list[int]) -> Any:
    if isinstance(value, str):
        if _SECRET_TEXT.search(value):
            return MASK
        return shown_url(value) if ("://" in value or "@" in value) and _URL.fullmatch(value) else value
    if not isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return value
    if id(value) in above or len(above) > _DEEPEST:
        return "..."
    above.append(id(value))
    try:
        if isinstance(value, Mapping):
            pair = "value" in value and _names_secret(value)
            return {
                key: MASK
                if item is not None and (is_secret(key) or (pair and key == "value"))
                else _masked_item(key, item, above)
                for key, item in value.items()
            }
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and is_secret(value[0]):
            return (value[0], value[1] if value[1] is None else MASK)
        items = [_masked(item, above) for item in value]
    finally:
        above.pop()
    if isinstance(value, list):
        return items
    if isinstance(value, tuple):
        make: Any = getattr(value, "_make", tuple)  # that of a named tuple
        return make(items)
    return frozenset(items) if isinstance(value, frozenset) else set(items)


def _masked_item(key: Any, item: Any, above: list[int]) -> Any:
    if isinstance(item, str) and "?" in item and str(key).lower().endswith(("href", "url", "uri", "location")):
        return shown_url(item)
    return _masked(item, above)


def _names_secret(pair: Mapping[Any, Any]) -> bool:
    """Say whether a dict is a pair of name and value, and the name stands for a secret."""
    return any(isinstance(pair.get(key), str) and is_secret(pair[key]) for key in ("name", "key"))


@lru_cache(maxsize=2048)
def is_secret(key: object) -> bool:
    """Say whether a name, on the wire or in Python, stands for a secret."""
    return _names_secret_in(str(key))


def _names_secret_in(text: str) -> bool:
    name = text.lower().replace("_", "").replace("-", "").replace(" ", "").replace(".", "")
    return any(word in name for word in _SECRET_WORDS)


def forget_locals(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of an error and of those that led to it.

    Tools that show local variables with a traceback would show credentials and bodies. Frames that still run keep
    theirs. What the caller was handling when it called us is the caller's own, and stays as it is.
    """
    for each in _led_to(error):
        clear_frames(each.__traceback__)


def redact_error(error: BaseException, secrets: Iterable[str]) -> None:
    """Mask secrets, and escape what is not printable, in the words of a foreign error and of those that led to it.

    What went wrong with an answer is often told in the words of the server.
    """
    secrets = list(secrets)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return printable(redacted(value, secrets))
        if isinstance(value, bytes):
            return redacted(value.decode("latin-1"), secrets).encode("latin-1", "replace")
        return value

    for each in _led_to(error):
        each.args = tuple(map(clean, each.args))
        for name, value in vars(each).items():
            if isinstance(value, (str, bytes)):
                setattr(each, name, clean(value))


def _led_to(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it, except what the caller was handling when it called us."""
    running: set[Any] = set()
    frame: Any = sys._getframe()
    while frame is not None:
        running.add(frame)
        frame = frame.f_back
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        trace = each.__traceback__
        if each is error or trace is None or trace.tb_frame not in running or _is_ours(trace.tb_frame):
            yield each
            waiting += [each.__cause__, each.__context__, *each.args]


def _is_ours(frame: Any) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] == "ionoscloud"


def without_locals(function: F) -> F:
    """Return a function whose errors show none of its local variables, nor of what it has called."""

    @wraps(function)
    def guarded(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except BaseException as error:
            args = options = None  # type: ignore[assignment]
            forget_locals(error)
            raise

    return cast(F, guarded)
