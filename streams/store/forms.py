"""Statements as multipart forms: how ClickHouse's clients send a statement whose bound parameters are too long for a URL."""

import re

from streams.store.bodies import BadBody, BodyTooLarge, Plain
from streams.store.statement import Refused

MAX_FORM = 16 << 20
_BOUNDARY = re.compile(r'multipart/form-data\s*;.*?boundary="?([^";]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'form-data\s*;.*?\bname="([^"]*)"', re.IGNORECASE | re.DOTALL)


def form_fields(content_type: str, body: Plain) -> dict[str, str] | None:
    """The fields of a form: `query`, `param_*` and settings; None when the body is no form.

    Raises:
        BadBody: the form is broken.
        BodyTooLarge: it is over MAX_FORM.
        Refused: it brings a file, which would be external data.
    """
    found = _BOUNDARY.match(content_type)
    if found is None:
        return None
    mark = b"\r\n--" + found[1].encode("latin-1")
    parts = (b"\r\n" + _whole(body)).split(mark)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise BadBody("the form does not end with its boundary")
    return dict(map(_field, parts[1:-1]))


def _whole(body: Plain) -> bytes:
    whole = bytearray()
    while piece := body.read(1 << 16):
        whole += piece
        if len(whole) > MAX_FORM:
            raise BodyTooLarge(f"a form has at most {MAX_FORM} bytes")
    return bytes(whole)


def _field(part: bytes) -> tuple[str, str]:
    head, separator, value = part.partition(b"\r\n\r\n")
    name = _NAME.search(head)
    if not separator or name is None:
        raise BadBody("a part of the form has no name")
    if b"filename=" in head.lower():
        raise Refused(48, "NOT_IMPLEMENTED", "external data is not supported: bind an array, or insert into a table")
    try:
        return name[1].decode(), value.decode()
    except UnicodeDecodeError as error:
        raise BadBody("a part of the form is not UTF-8") from error
