"""The file: sections, a manifest that counts and hashes each, and one signature over the manifest. Every byte is fixed by what it says. Pure."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from streams.errors import UsageError
from streams.evidence.canonical import canonical, plain
from streams.evidence.keys import SealingKey

FORMAT, VERSION = "plumbline-evidence", 1
Sections = Mapping[str, Sequence[Any]]


def written(sections: Sections, about: Mapping[str, Any], key: SealingKey) -> bytes:
    """The file's bytes. `about`: what the manifest says besides."""
    content = plain(sections)
    manifest = {
        **plain(about),
        "key_id": key.public.id,
        "sections": {name: {"rows": len(rows), "sha256": digest(rows)} for name, rows in content.items()},
    }
    said = canonical(manifest)
    return canonical({"format": FORMAT, "version": VERSION, "manifest": manifest, "signature": key.sign(said), "sections": content})


def read(content: bytes) -> dict[str, Any]:
    """The file as a document.

    Raises:
        UsageError: it is none.
    """
    try:
        document = json.loads(content)
        fits = (document["format"], document["version"]) == (FORMAT, VERSION) and isinstance(document["manifest"]["sections"], dict)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError("the file is no evidence bundle, or was cut", cause=f"{type(error).__name__}: {error}") from error
    if not fits:
        raise UsageError(f"this is no evidence bundle of version {VERSION}", cause="it was made by another version of Plumbline")
    return document


def digest(rows: Any) -> str:
    """SHA-256 (hex) of a section."""
    return sha256(canonical(rows)).hexdigest()
