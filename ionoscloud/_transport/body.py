"""Read and decompress the body of a response, up to the size limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

CHUNK = 64 * 1024
LARGE_CHUNK = 1024 * 1024
MAX_SINGLE_READ = 64 * 1024 * 1024  # bytes; a larger body is read in chunks
MAX_RATIO = 250  # of decompressed to compressed bytes: lists of the API reach 70, decompression bombs 1,000
RATIO_THRESHOLD = 1024 * 1024  # decompressed bytes below which `MAX_RATIO` does not apply


class UnreadableResponse(HTTPError):
    """The body of a response cannot be decoded, or exceeds the size limit."""

    def __init__(self, response: Any, problem: str) -> None:
        super().__init__(f"the response is {problem}")
        self.status: int = response.status
        self.headers: Mapping[str, str] = response.headers


def read_body(response: Any, limit: int) -> bytes:
    """Return the decompressed body of a response.

    Args:
        response: The `urllib3.HTTPResponse`.
        limit: Maximum bytes after decompression.

    Raises:
        UnreadableResponse: The body is larger, broken, or has an unknown encoding.
        urllib3.exceptions.HTTPError: The connection broke.
    """
    if type(response) is not HTTPResponse:  # a recorder or a test has decompressed it already
        return response.data or b""
    headers, length = response.headers, response.length_remaining
    coding = (headers["Content-Encoding"].lower() if "Content-Encoding" in headers else "") or "identity"
    if coding == "identity" and length and length <= min(limit, MAX_SINGLE_READ):
        data: Any = response.read(decode_content=False)
        return response.data if data is None else data
    if response.closed:  # there is no body, or a test has read it already
        return response.data or b""
    body = bytearray()
    for part in _decoded(response, coding):
        body += part
        if len(body) > limit:
            raise UnreadableResponse(response, f"larger than max_response_bytes ({limit})")
    return bytes(body)


def _decoded(response: Any, coding: str) -> Iterator[bytes]:
    """Yield the decompressed body in parts of a bounded size.

    The decoders of urllib3 also limit the size of a part, but they return truncated data without an error, and do not
    limit the ratio. https://www.rfc-editor.org/rfc/rfc9112.html#section-8
    """
    if coding == "identity":
        yield from response.stream(LARGE_CHUNK, decode_content=False)
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise UnreadableResponse(response, f"compressed as {coding!r}, which was not requested")
    decoder = None
    compressed = decompressed = 0
    try:
        for data in response.stream(CHUNK, decode_content=False):
            compressed += len(data)
            while data:
                if decoder is None or decoder.eof:  # a body can have several members
                    # Some servers send deflate without the header of zlib, whose first byte always ends in 8.
                    # https://www.rfc-editor.org/rfc/rfc9110.html#section-8.4.1.2
                    is_raw = coding == "deflate" and data[0] % 16 != 8
                    decoder = zlib.decompressobj(-zlib.MAX_WBITS if is_raw else zlib.MAX_WBITS | 32)
                part = decoder.decompress(data, CHUNK)
                decompressed += len(part)
                if decompressed > max(RATIO_THRESHOLD, MAX_RATIO * compressed):
                    raise UnreadableResponse(response, f"compressed more than {MAX_RATIO} to 1")
                yield part
                data = decoder.unconsumed_tail or decoder.unused_data
        if decoder is not None:
            yield decoder.flush()
    except zlib.error:
        raise UnreadableResponse(response, f"not valid {coding}") from None
    if decoder is not None and not decoder.eof:
        raise UnreadableResponse(response, f"truncated {coding}")
