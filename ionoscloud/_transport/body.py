"""Reads the body of a response into memory, never more of it than the settings permit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

CHUNK = 64 * 1024
LARGE_CHUNK = 1024 * 1024
WHOLE = 64 * 1024 * 1024  # largest body that is read in one piece
FREE = 1024 * 1024  # bytes that may be unpacked whatever the ratio
MOST_PACKED = 250  # largest ratio of unpacked to packed bytes: lists of the API reach 70, a bomb has 1,000


class UnreadableResponse(HTTPError):
    """A response that came, and is not read to its end."""

    def __init__(self, response: Any, problem: str) -> None:
        super().__init__(f"the response is {problem}")
        self.status: int = response.status
        self.headers: Mapping[str, str] = response.headers


def read_body(response: Any, limit: int) -> bytes:
    """Return the body of a response, unpacked.

    Args:
        response: The `urllib3.HTTPResponse`.
        limit: Most bytes, after they were unpacked.

    Raises:
        UnreadableResponse: It is larger, packed in an unknown way, or broken.
        urllib3.exceptions.HTTPError: The connection broke.
    """
    if type(response) is not HTTPResponse:  # a recorder or a test has it already, unpacked
        return response.data or b""
    headers, length = response.headers, response.length_remaining
    coding = (headers["Content-Encoding"].lower() if "Content-Encoding" in headers else "") or "identity"
    if coding == "identity" and length and length <= min(limit, WHOLE):
        data: Any = response.read(decode_content=False)
        return response.data if data is None else data
    if response.closed:  # there is no body, or a test has given one at once
        return response.data or b""
    body = bytearray()
    for part in _parts(response, coding):
        body += part
        if len(body) > limit:
            raise UnreadableResponse(response, f"larger than max_response_bytes ({limit})")
    return bytes(body)


def _parts(response: Any, coding: str) -> Iterator[bytes]:
    """Yield the body, unpacked, in parts of a bounded size; urllib3 misses an end that was cut off."""
    if coding == "identity":
        yield from response.stream(LARGE_CHUNK, decode_content=False)
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise UnreadableResponse(response, f"packed as {coding!r}, which nobody asked for")
    unpacker = None
    packed = unpacked = 0
    try:
        for data in response.stream(CHUNK, decode_content=False):
            packed += len(data)
            while data:
                if unpacker is None or unpacker.eof:  # several can follow one another
                    # Some servers send deflate without the header of zlib, whose first byte always ends in 8.
                    bare = coding == "deflate" and data[0] % 16 != 8
                    unpacker = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS | 32)
                part = unpacker.decompress(data, CHUNK)
                unpacked += len(part)
                if unpacked > max(FREE, MOST_PACKED * packed):
                    raise UnreadableResponse(response, f"packed more than {MOST_PACKED} to 1")
                yield part
                data = unpacker.unconsumed_tail or unpacker.unused_data
        if unpacker is not None:
            yield unpacker.flush()
    except zlib.error:
        raise UnreadableResponse(response, f"not {coding}") from None
    if unpacker is not None and not unpacker.eof:
        raise UnreadableResponse(response, f"{coding} cut short")
