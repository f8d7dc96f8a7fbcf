"""A request's body: its media type checked, read and inflated within a bound."""

import zlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from streams.web.problems import Problem

JSON_TYPES = frozenset({
    "application/json", "application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/cloudevents+json",
    "application/cloudevents-batch+json",
})  # fmt: skip
WBITS_GZIP = 31
LONGEST_LENGTH = 18  # digits of a Content-Length that is read as a number


def media_type(request: Request) -> str:
    """The media type without its parameters.

    Raises:
        Problem: 415 unless it is one that holds JSON. A form's types are refused on purpose: any page on the web can send those.
    """
    stated = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if stated not in JSON_TYPES:
        detail = f"Content-Type is {stated or 'not given'}; send application/json, or application/x-ndjson for JSON lines"
        raise Problem(415, "unsupported-media-type", detail, accepted=sorted(JSON_TYPES))
    return stated


async def read_body(request: Request, limit: int) -> bytes:
    """The body, inflated if it came as gzip or deflate.

    Raises:
        Problem: 413 for more than `limit` bytes (also inflated), 415 for another encoding, 400 for a broken one.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "deflate"):
        accepted = {"Accept-Encoding": "gzip, deflate"}
        raise Problem(415, "unsupported-encoding", f"Content-Encoding {encoding[:40]!r}; send gzip, deflate or none", headers=accepted)
    stated = request.headers.get("content-length", "0")
    if stated.isascii() and stated.isdigit() and (len(stated) > LONGEST_LENGTH or int(stated) > limit):
        raise _too_large(limit)
    try:
        if encoding == "identity":
            return await _bounded(request.stream(), limit)
        return await _bounded(_inflated(request.stream(), zlib.decompressobj(WBITS_GZIP if encoding == "gzip" else zlib.MAX_WBITS), limit), limit)
    except zlib.error as error:
        raise Problem(400, "broken-encoding", f"the body is not valid {encoding}: {error}") from None
    except ClientDisconnect:
        raise Problem(400, "incomplete-body", "the connection ended before the body did") from None


async def _bounded(parts: AsyncIterator[bytes], limit: int) -> bytes:
    body = bytearray()
    async for part in parts:
        body += part
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


async def _inflated(parts: AsyncIterator[bytes], inflater: "zlib._Decompress", limit: int) -> AsyncIterator[bytes]:
    """Never inflates more than one byte past the limit, however small the body was."""
    async for part in parts:
        yield inflater.decompress(part, limit + 1)
        if inflater.unconsumed_tail:
            raise _too_large(limit)
    yield inflater.flush()
    if not inflater.eof:
        raise Problem(400, "broken-encoding", "the compressed body ends too early")


def _too_large(limit: int) -> Problem:
    return Problem(413, "body-too-large", f"a body has at most {limit} bytes (web.max_body_bytes); send several requests", limit=limit)


async def read_small_form(request: Request, limit: int = 16_384) -> dict[str, str]:
    """The fields of a form of ours.

    Raises:
        Problem: 413 or 415 for what no form of ours sends.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Problem(415, "unsupported-media-type", "a form sends application/x-www-form-urlencoded")
    body = await _bounded(request.stream(), limit)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))
