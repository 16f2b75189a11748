"""Make text safe to show: redact values by their names, and mask known secrets in responses."""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# The functions walk values of any type.

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from ionoscloud._json import parse_json
from ionoscloud._secret_types import MASK, SecretStr, wrap_secrets
from ionoscloud._tracebacks import chained_errors

# A header that is not listed here is masked.
SAFE_HEADERS = {
    "accept",
    "accept-encoding",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "location",
    "retry-after",
    "server",
    "user-agent",
    "x-contract-number",
    "x-request-id",
    "x-ratelimit-burst",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
}
# A name with one of these words in it stands for a secret.
_SECRET_WORDS = [
    "password",
    "passphrase",
    "passcode",
    "passwd",
    "pwd",
    "secret",
    "token",
    "bearer",
    "jwt",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "authorization",
    "cookie",
    "sessionid",
    "signature",
    "userdata",
    "ssourl",
    "kubeconfig",
    "clientkey",
    "clientcert",
    "keydata",
    "authprovider",
    "headers",  # `/requests` repeats the headers and the body of every change
    "body",
]
_SAFE_PARAMETERS = {"depth", "pretty", "limit", "offset", "maxResults"}  # if the value is a number or a boolean
_SECRET_TEXT = re.compile("PRIVATE KEY-----|client-key-data|client-certificate-data")
_PROXY = re.compile(r"((?:\w+://)?)([^/?#]*@)?((?:\[[\w.:]+\]|[\w.-]+)(?::\d{0,5})?)(?:/[^@%]*)?")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*")
_HTML_IN_JSON = re.compile("[<>&=']")  # some JSON encoders escape these, for use within HTML
_ESCAPED_IN_JSON = re.compile(r"\\u[0-9a-f]{4}")
_CREDENTIALS = re.compile(r"(?i:basic|bearer|token)\s+\S|eyJ[\w-]+\.")
_DIGITS = re.compile(r"\d+")
_NO_SEPARATORS = dict.fromkeys(map(ord, "_- ."))
_MAX_DEPTH = 200  # levels of a value that `redact` copies
_MAX_BODY = 64 * 1024  # bytes of a body that a log shows
_MAX_QUOTED = 80  # characters of a value that an error quotes
_MIN_SECRET = 4  # characters of a secret that is masked everywhere; shorter ones occur within other words


def wrap_secret_headers(headers: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the headers with every value wrapped whose name is not in `SAFE_HEADERS`."""
    return {
        name: value if str(name).lower() in SAFE_HEADERS else wrap_secrets(value) for name, value in headers.items()
    }


def escape_unprintable(text: str) -> str:
    """Return the text as one line: unprintable characters become escape sequences, as in a repr."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """Mask each secret in the text, the longest first, also where it is escaped for a URL, JSON or HTML.

    Secrets of less than four characters are masked only between quotes, because they occur within other words.
    """
    wanted = {str(secret) for secret in secrets if secret}
    if not wanted or not text:
        return text
    spellings = {spelling: len(secret) for secret in wanted for spelling in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        if spelling in text:
            if spellings[spelling] >= _MIN_SECRET:
                text = text.replace(spelling, MASK)
            else:
                text = re.sub(rf"(?<=[\"'`]){re.escape(spelling)}(?=\\?[\"'`])", MASK, text)
    return text


def _spellings(secret: str) -> Iterator[str]:
    from html import escape  # slow to import, and only needed after failures
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


def mask_secrets_in_json(text: str, secrets: Iterable[str]) -> str:
    """Mask each secret in the text and, if that is JSON, in its decoded strings, which may have any escapes."""
    secrets = list(secrets)
    text = mask_secrets(text, secrets)
    if "\\" not in text or not secrets:
        return text

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {clean(key): clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [clean(item) for item in value]
        return mask_secrets(value, secrets) if isinstance(value, str) else value

    try:
        value = parse_json(text)
    except ValueError:
        return text
    cleaned = clean(value)
    return text if cleaned == value else json.dumps(cleaned)


def mask_secrets_in_headers(headers: Mapping[str, str], secrets: Iterable[str]) -> Mapping[str, str]:
    """Mask each secret in the values of `SAFE_HEADERS`; return the same object if there is nothing to mask."""
    secrets = list(secrets)
    changed = {
        name: text
        for name, value in headers.items()
        if name.lower() in SAFE_HEADERS and (text := mask_secrets(value, secrets)) != value
    }
    if not changed:
        return headers
    result = headers.copy()  # type: ignore[attr-defined]  # keeps repeated names, as in `HTTPHeaderDict`
    result.update(changed)
    return cast("Mapping[str, str]", result)


def find_secrets(content: bytes | str | None, headers: Mapping[str, Any], url: str = "") -> list[str]:
    """Return the secrets of a request, to mask them where the response repeats them.

    These are the values in a JSON or form body whose names stand for secrets, the credentials in the headers (whole
    values, tokens, passwords, values of cookies), and all values of headers and query that logs mask. This is slow: use
    it for errors and logs.
    """
    found: list[str] = []
    content_type = ""
    for name, value in headers.items():
        lower = str(name).lower()
        text = value.decode("latin-1") if isinstance(value, bytes) else str.__str__(str(value))
        if lower == "content-type":
            content_type = text
        if lower in SAFE_HEADERS:
            continue
        if "cookie" in lower:
            found += [text, *(pair.partition("=")[2].strip() for pair in text.split(";"))]
        elif is_secret_name(name):
            scheme, _, credentials = text.rpartition(" ")
            found += [text, credentials]
            if scheme.lower() == "basic":
                found.append(_basic_password(credentials))
        elif _may_be_secret(text):
            found.append(text)
    if content:
        try:
            _collect_secrets(json.loads(content), False, found)
        except (ValueError, RecursionError):
            found += _secrets_of_form(content, content_type)
    found += _secrets_of_query(url)
    return list(dict.fromkeys(filter(None, found)))


def _may_be_secret(text: str) -> bool:
    return len(text) >= _MIN_SECRET and text.lower() not in ("true", "false")


def _secrets_of_query(url: str) -> Iterator[str]:
    from urllib.parse import unquote, unquote_plus  # only needed after failures

    for part in re.split("[?#&;]", str.__str__(url))[1:]:
        name, equals, value = part.partition("=")
        if not (equals and value.strip("=")):
            value = part
        elif _is_safe_parameter(name, value):
            continue
        for text in (value, unquote(value), unquote_plus(value)):
            if _may_be_secret(text):
                yield text


def _basic_password(credentials: str) -> str:
    from base64 import b64decode  # only needed after failures

    try:
        return b64decode(credentials).decode("utf-8", "replace").partition(":")[2]
    except ValueError:
        return ""


def _secrets_of_form(content: bytes | str, content_type: str) -> list[str]:
    from urllib.parse import parse_qsl  # only needed after failures

    if content_type.startswith("multipart/"):
        from email import message_from_bytes

        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        fields: Any = message_from_bytes(b"Content-Type: %s\n\n%s" % (content_type.encode("utf-8", "replace"), data))
        return [
            part.get_payload(decode=True).decode("utf-8", "replace")
            for part in fields.walk()
            if not part.is_multipart() and is_secret_name(part.get_param("name", "", "Content-Disposition"))
        ]
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    try:
        return [value for name, value in parse_qsl(text) if is_secret_name(name)]
    except ValueError:
        return []


def _collect_secrets(value: Any, secret: bool, found: list[str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _collect_secrets(item, secret or is_secret_name(key) or (key == "value" and _is_secret_pair(value)), found)
    elif isinstance(value, list):
        for item in value:
            _collect_secrets(item, secret, found)
    elif secret and value is not None and not isinstance(value, bool):
        found.append(str(value))


def redact_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Mask the values of all headers that are not in `SAFE_HEADERS`, and redact the URL in `Location`."""
    redacted: dict[str, Any] = {}
    for name, value in headers.items():
        if isinstance(value, str):
            value = redact_url(value) if name.lower() == "location" else escape_unprintable(value)
        redacted[name] = value if name.lower() in SAFE_HEADERS else MASK
    return redacted


def redact_url(url: str) -> str:
    """Mask the user information and the values of query and fragment of a URL; return it on one line.

    A query parameter without a value is masked as a whole. Where parsers could disagree on the host, as with an encoded
    `@` or a port that is not a number, everything up to the last `@` is masked.
    """
    url, hash_sign, fragment = str.__str__(url).partition("#")
    url, question_mark, query = url.partition("?")
    if "@" in fragment or "@" in query:  # maybe of a password with an unencoded `?` or `#`
        whole = re.match(r"(?:[^/:?#@]*:)?//[^/]*$", url)
        if whole:
            return escape_unprintable(f"{url.partition('//')[0]}//{MASK}")
    if "//" in url or "@" in url:
        url = _redact_user(url)
    query, fragment = (re.sub(r"[^&;]+", _redact_part, part) for part in (query, fragment))
    return escape_unprintable(f"{url}{question_mark}{query}{hash_sign}{fragment}")


def _redact_user(url: str) -> str:
    before, slashes, rest = url.partition("//")
    if not slashes:
        before, rest = "", url
    authority, slash, path = rest.partition("/")
    end = _end_of_user(authority)
    _, colon, port = authority.rpartition(":")
    if not end and colon and port and "]" not in port and not _DIGITS.fullmatch(port):
        # Not a port, but the beginning of a password that contains a slash.
        end = _end_of_user(rest)
        if not end:
            return f"{before}{slashes}{MASK}{slash}{path}"
    return f"{before}{slashes}{MASK}@{rest[end:]}" if end else url


def _end_of_user(text: str) -> int:
    return max(text.rfind(sign) + len(sign) if sign in text else 0 for sign in ("@", "%40"))


def _is_safe_parameter(name: str, value: str) -> bool:
    return name in _SAFE_PARAMETERS and (value.isdigit() or value in ("true", "false"))


def _redact_part(match: re.Match[str]) -> str:
    name, equals, value = match[0].partition("=")
    if _is_safe_parameter(name, value):
        return match[0]
    return f"{name}={MASK}" if equals and value.strip("=") else MASK


def redact_proxy(proxy: str) -> str:
    """Mask user name and password in the URL of a proxy; mask all of it if the host cannot be identified."""
    match = _PROXY.fullmatch(proxy)
    return f"{match[1]}{f'{MASK}@' if match[2] else ''}{match[3]}" if match else MASK


def redact_body(body: bytes | str | None, secrets: Iterable[str] = ()) -> str:
    """Redact a JSON object or list for a log. For a long body, or one of another type, return only its length.

    Args:
        body: The body.
        secrets: Known secrets, which are masked in every value.
    """
    if not body:
        return "no body"
    if len(body) <= _MAX_BODY:
        try:
            data = parse_json(body)
            if isinstance(data, (dict, list)):
                return mask_secrets(json.dumps(redact(data)), secrets)
        except (ValueError, RecursionError):
            pass
    return f"{len(body)} bytes"


def describe_value(value: Any, name: str = "", secret: bool = False) -> str:
    """Describe a wrong value for an error: quote text, numbers and `None`, give the type of anything else.

    Long text is cut off. Text that contains the name of a secret, such as a body in JSON, or that looks like
    credentials, is not quoted.

    Args:
        value: The value.
        name: Name of the argument or attribute; it may stand for a secret.
        secret: Whether the value is known to be a secret.
    """
    if value is None or type(value).__name__ == "Null":
        return repr(value)
    if not (secret or isinstance(value, SecretStr) or is_secret_name(name)):
        if isinstance(value, str) and not (_has_secret_word(value[:10_000]) or _CREDENTIALS.match(value)):
            text = str.__str__(value)
            return repr(redact(text)) if len(text) <= _MAX_QUOTED else repr(redact(text)[:_MAX_QUOTED]) + "..."
        if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**_MAX_QUOTED):
            return repr(value)
    kind = "str" if isinstance(value, str) else "bytes" if isinstance(value, bytes) else type(value).__name__
    return with_article(kind)


def with_article(noun: str) -> str:
    """Put "a" or "an" before a noun."""
    return f"{'an' if noun[:1] in 'aeioAEIO' else 'a'} {noun}"


def redact(value: Any) -> Any:
    """Return a copy with all values masked whose names, on the wire or in Python, stand for secrets.

    Dicts, lists, tuples and sets are copied at every depth. The name can be a key, the first item of a pair, or the
    `name` or `key` of a dict that has a `value`. URLs are redacted, and text with a private key is masked as a whole.
    Models are not copied, because their repr masks secrets. Containers that contain themselves, or are nested too
    deeply, are cut off.
    """
    try:
        return _redact(value, [])
    except RecursionError:
        return MASK


def _redact(value: Any, enclosing: list[int]) -> Any:
    if isinstance(value, str):
        if _SECRET_TEXT.search(value):
            return MASK
        return redact_url(value) if ("://" in value or "@" in value) and _URL.fullmatch(value) else value
    if not isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return value
    if id(value) in enclosing or len(enclosing) > _MAX_DEPTH:
        return "..."
    enclosing.append(id(value))
    try:
        if isinstance(value, Mapping):
            pair = "value" in value and _is_secret_pair(value)
            return {
                key: MASK
                if item is not None and (is_secret_name(key) or (pair and key == "value"))
                else _redact_item(key, item, enclosing)
                for key, item in value.items()
            }
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and is_secret_name(value[0]):
            return (value[0], value[1] if value[1] is None else MASK)
        items = [_redact(item, enclosing) for item in value]
    finally:
        enclosing.pop()
    if isinstance(value, list):
        return items
    if isinstance(value, tuple):
        make: Any = getattr(value, "_make", tuple)  # `_make` of a named tuple
        return make(items)
    return frozenset(items) if isinstance(value, frozenset) else set(items)


def _redact_item(key: Any, item: Any, enclosing: list[int]) -> Any:
    if isinstance(item, str) and "?" in item and str(key).lower().endswith(("href", "url", "uri", "location")):
        return redact_url(item)
    return _redact(item, enclosing)


def _is_secret_pair(pair: Mapping[Any, Any]) -> bool:
    """Return whether the name in a dict of name and value stands for a secret."""
    return any(isinstance(pair.get(key), str) and is_secret_name(pair[key]) for key in ("name", "key"))


@lru_cache(maxsize=2048)
def is_secret_name(key: object) -> bool:
    """Return whether a name, on the wire or in Python, stands for a secret."""
    return _has_secret_word(str(key))


def _has_secret_word(text: str) -> bool:
    name = text.lower().translate(_NO_SEPARATORS)
    return any(word in name for word in _SECRET_WORDS)


def mask_secrets_in_error(error: BaseException, secrets: Iterable[str]) -> None:
    """Mask secrets and escape unprintable characters in an error of another package and in its causes.

    Errors about a response often quote it.
    """
    secrets = list(secrets)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return escape_unprintable(mask_secrets(value, secrets))
        if isinstance(value, bytes):
            return mask_secrets(value.decode("latin-1"), secrets).encode("latin-1", "replace")
        return value

    for each in chained_errors(error):
        each.args = tuple(map(clean, each.args))
        for name, value in vars(each).items():
            if isinstance(value, (str, bytes)):
                setattr(each, name, clean(value))
